import { isAbsolute } from "node:path";
import * as z from "zod";
import { UsageError } from "../base/errors.ts";
import { isSeed, SEED_FORM } from "../base/random.ts";
import { LEVELS } from "../guard/quotas.ts";
import { latencySchema } from "../model/latency.ts";
import { TEST_API_KEY } from "./access.ts";
import { customerSchema } from "./customer.ts";
import { protectionSchema } from "./protection.ts";

const absolutePath = z.string().refine(isAbsolute, { error: "must be an absolute path" });
/** 0: any free one. */
const port = z.number().int().min(0).max(65_535);

/** What the emulator's process is told: one line of JSON on its standard input. What has a default may be left out. */
export const emulatorOptionsSchema = z.strictObject({
  /** Where the emulator registers; made if missing. */
  registryDir: absolutePath,
  /** On loopback. */
  port,
  /** Klarna's quota table to enforce. */
  quotas: z.enum(["test", "live"]),
  /** Whose keys call: a partner's own, or an acquiring partner's. */
  level: z.enum(LEVELS),
  latency: latencySchema,
  seed: z.number().refine(isSeed, { error: `must be ${SEED_FORM}` }),
  /** The only keys accepted; null: every well-formed test key. */
  apiKeys: z
    .array(z.string().regex(TEST_API_KEY, { error: "must be a klarna_test_api_ key" }))
    .min(1)
    .nullable(),
  /** null: nobody ever comes to a payment's page. */
  customer: customerSchema.nullable().default(null),
  /** null: there is no such rule. */
  protection: protectionSchema.nullable().default(null),
  /** As `parseFault` reads them; their time windows count from when the emulator listens. */
  faults: z.array(z.string().max(1000)).max(100).default([]),
  /** Where faults can be set while it runs; null: nowhere. */
  control: z.strictObject({ port }).nullable().default(null),
  /** The access record: a line a request, and at the end its figures; null: neither. Neither file may exist. */
  record: z
    .strictObject({ log: absolutePath, summary: absolutePath.nullable() })
    .nullable()
    .default(null),
});
export type EmulatorOptions = z.infer<typeof emulatorOptionsSchema>;

/** @throws UsageError EMULATOR_OPTIONS; its message repeats no value, since one may be a key */
export function parseOptions(line: string): EmulatorOptions {
  let raw: unknown;
  try {
    raw = JSON.parse(line);
  } catch {
    throw new UsageError("EMULATOR_OPTIONS", "the emulator's options are not JSON", { hint: HINT });
  }
  const parsed = emulatorOptionsSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    (issue) => `${issue.path.join(".") || "options"}: ${issue.message}`,
  );
  throw new UsageError(
    "EMULATOR_OPTIONS",
    `the emulator's options can't be used: ${problems.join("; ")}`,
    { hint: HINT },
  );
}

const HINT = "give one line of JSON on standard input, with the fields of EmulatorOptions";
