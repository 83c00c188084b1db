import { isAbsolute } from "node:path";
import { z } from "zod";
import { UsageError } from "../base/errors.ts";
import { isSeed, SEED_FORM } from "../base/random.ts";
import { LEVELS } from "../guard/quotas.ts";
import { TEST_API_KEY } from "./access.ts";
import { latencySchema } from "./latency.ts";

/** What the emulator's process is told: one line of JSON on its standard input. */
export const emulatorOptionsSchema = z.strictObject({
  /** Where the emulator registers; made if missing. */
  registryDir: z.string().refine(isAbsolute, { error: "must be an absolute path" }),
  /** A loopback port; 0: any free one. */
  port: z.number().int().min(0).max(65_535),
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

const HINT = "give one line of JSON on standard input, with every field of EmulatorOptions";
