import { EXIT, type ExitCode } from "../base/errors.ts";
import type { Report } from "../report/schema.ts";

/** What a run's command ends with. */
export function exitCodeOf(
  { verdict, interrupted }: Pick<Report, "verdict" | "interrupted">,
  isFault: boolean,
  acceptInconclusive: boolean,
): ExitCode {
  if (isFault) return EXIT.fault;
  if (interrupted) return EXIT.interrupted;
  if (verdict === "inconclusive" && acceptInconclusive) return EXIT.passed;
  return EXIT[verdict];
}
