import * as z from "zod";
import { Fault } from "../base/errors.ts";
import { ENVIRONMENT_NAMES, KINDS } from "../guard/environments.ts";

/** The verdicts of a run, as its report has them. */
export const VERDICTS = ["stopped", "invalid", "failed", "inconclusive", "passed"] as const;

/** The first 12 hex digits of a SHA-256: tells two keys or accounts apart and gives neither away. */
export const fingerprint = z.string().regex(/^[0-9a-f]{12}$/);
export const runId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/);
export const profileName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/);
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** A refusal's, a check's or a stop's. */
export const code = z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/);
export const count = z.number().int().nonnegative();

const what = {
  run: runId,
  profile: profileName,
  profileHash: sha256,
  kind: z.enum(KINDS),
  environment: z.enum(ENVIRONMENT_NAMES),
  /** Fingerprints; null on the emulator, which is asked with a key made for the run. */
  key: fingerprint.nullable(),
  account: fingerprint.nullable(),
};

/** Where a chain stands: how many lines it has, and the SHA-256 of the last one, in hexadecimal. */
const head = z.strictObject({ lines: count.positive(), hash: sha256 });

const entrySchema = z.discriminatedUnion("event", [
  /** The first line of every log, and nowhere else. */
  z.strictObject({
    event: z.literal("log-began"),
    /** Names the chain: random, 32 hex digits. */
    chain: z.string().regex(/^[0-9a-f]{32}$/),
    /** Where the log before this one ended, if there was one that has been taken away. */
    after: head.nullable(),
  }),
  z.strictObject({
    event: z.literal("decision"),
    ...what,
    /** The permit's label, as the permit schema limits it. */
    permit: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/)
      .nullable(),
    /** What the plan makes at most, with every retry, poll and the clean-up: what the guard judged. */
    requests: count,
    allowed: z.boolean(),
    /** `ALLOWED`, or the refusal's code. */
    code,
  }),
  z.strictObject({ event: z.literal("run-began"), ...what }),
  z.strictObject({ event: z.literal("run-tripped"), run: runId, code }),
  z.strictObject({
    event: z.literal("run-ended"),
    run: runId,
    verdict: z.enum(VERDICTS),
    exitCode: count.max(255),
    /** Requests that were sent. */
    sent: count,
  }),
]);

/** One line's content. Its fields are these and no others, each too narrow for a key, an account or foreign text. */
export type AuditEntry = z.infer<typeof entrySchema>;
/** An entry that a caller may append; the first line is the log's own. */
export type AppendedEntry = Exclude<AuditEntry, { event: "log-began" }>;
export type AuditHead = z.infer<typeof head>;
/** A report that carries the log's head, whatever else it has. */
export const reportWithHeadSchema = z.looseObject({ guard: z.looseObject({ audit: head }) });

/** The entry with its fields in the order of the schema, whatever order and company they came in. @throws Fault `FAULT_LEDGER_ENTRY` */
export function checkedEntry(entry: AuditEntry): AuditEntry {
  return checked(entrySchema, entry);
}

/** @returns the entry of a line that is the first of a log */
export function beginningOf(line: string): Extract<AuditEntry, { event: "log-began" }> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const linked = z.looseObject({ n: z.unknown(), prev: z.unknown(), at: z.unknown() });
  const parsed = linked.safeParse(value);
  if (!parsed.success) return undefined;
  const { n, prev, at, ...entry } = parsed.data;
  const found = entrySchema.safeParse(entry);
  return found.success && found.data.event === "log-began" ? found.data : undefined;
}

/** A value that our own code hands in: one that does not fit is our bug, and its text may be what must not be shown. */
export function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path }) => path.join(".")).join(", ");
  throw new Fault("FAULT_LEDGER_ENTRY", `the ledger takes no such entry: ${fields}`, {
    hint: "please report this",
  });
}
