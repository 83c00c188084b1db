import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import * as z from "zod";

/** As many as fit in memory with ease: of a longer record the first ones are reported on. */
export const REQUESTS_MAX = 300_000;

const us = z.number().int().nonnegative();
const zeroLine = z.strictObject({ zero: z.iso.datetime(), unit: z.literal("us") });
const connectionLine = z.strictObject({ at: us, connection: us });
const requestLine = z.strictObject({
  at: us,
  connection: us,
  operation: z.string(),
  status: z.number().int().nullable(),
  end: us,
  client: z.strictObject({
    intent: z.string(),
    write: z.boolean(),
    keyHash: z.string().optional(),
    limit: z.number().optional(),
    remaining: z.number().optional(),
    reset: z.number().optional(),
  }),
});
/** A request, as the emulator saw it. */
export type Seen = z.infer<typeof requestLine>;

/** An access record as read. */
export interface Access {
  /** Civil time of its zero, milliseconds since the Unix epoch. */
  readonly zeroMs: number;
  readonly connections: number;
  /** By arrival. */
  readonly requests: readonly Seen[];
  /** That were too many. */
  readonly leftOut: number;
}

/** @param path of `access.jsonl`; lines that can't be read are passed over */
export async function readAccess(path: string): Promise<Access> {
  let zeroMs = 0;
  let connections = 0;
  let leftOut = 0;
  const requests: Seen[] = [];
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const value: unknown = parseJson(line);
    const request = requestLine.safeParse(value);
    if (request.success) {
      if (requests.length < REQUESTS_MAX) requests.push(request.data);
      else leftOut++;
    } else if (connectionLine.safeParse(value).success) connections++;
    else {
      const zero = zeroLine.safeParse(value);
      if (zero.success) zeroMs = Date.parse(zero.data.zero);
    }
  }
  requests.sort((a, b) => a.at - b.at);
  return { zeroMs, connections, requests, leftOut };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
