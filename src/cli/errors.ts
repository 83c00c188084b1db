import { inspect } from "node:util";
import { EXIT, type ExitCode, formatPlace, KlarnaPerfError, UsageErrors } from "../base/errors.ts";

/** What a person reads of an error, and the exit code. A stack trace only for what we did not foresee. */
export function describeError(error: unknown): { readonly text: string; readonly code: ExitCode } {
  if (error instanceof UsageErrors) {
    return { text: error.all.map(describe).join(""), code: error.exitCode };
  }
  if (error instanceof KlarnaPerfError) return { text: describe(error), code: error.exitCode };
  return {
    text: `klarna-perf: fault FAULT_UNFORESEEN: please report this\n${inspect(error)}\n`,
    code: EXIT.fault,
  };
}

function describe(error: KlarnaPerfError): string {
  const place = formatPlace(error.place);
  const where = place === "" ? "" : `${place}: `;
  const hint = error.hint ? `  ${error.hint}\n` : "";
  const cause =
    error.exitCode === EXIT.fault && error.cause instanceof Error
      ? `  (${error.cause.message})\n`
      : "";
  return `klarna-perf: ${error.code}: ${where}${error.message}\n${hint}${cause}`;
}
