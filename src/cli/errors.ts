import { inspect } from "node:util";
import {
  EXIT,
  type ExitCode,
  formatPlace,
  KlarnaPerfError,
  Refusals,
  UsageErrors,
} from "../base/errors.ts";
import { oneLine } from "../guard/foreign-text.ts";

/** Stack traces of an unforeseen error's causes that are shown. */
const CAUSES_MAX = 3;
const STACK_LINES_MAX = 30;

/** What a person reads of an error, and the exit code. A stack trace only for what we did not foresee. */
export function describeError(error: unknown): { readonly text: string; readonly code: ExitCode } {
  if (error instanceof UsageErrors || error instanceof Refusals) {
    return { text: error.all.map(describe).join(""), code: error.exitCode };
  }
  if (error instanceof KlarnaPerfError) return { text: describe(error), code: error.exitCode };
  const lines = unforeseen(error).map((line) => `  ${oneLine(line)}\n`);
  return {
    text: `klarna-perf: fault FAULT_UNFORESEEN: please report this\n${lines.join("")}`,
    code: EXIT.fault,
  };
}

function describe(error: KlarnaPerfError): string {
  const place = formatPlace(error.place);
  const where = place === "" ? "" : `${oneLine(place)}: `;
  const hint = error.hint ? `  ${oneLine(error.hint)}\n` : "";
  const cause =
    error.exitCode === EXIT.fault && error.cause instanceof Error
      ? `  (${oneLine(error.cause.message)})\n`
      : "";
  return `klarna-perf: ${error.code}: ${where}${oneLine(error.message)}\n${hint}${cause}`;
}

/** Where it came from, and nothing of what else it carries: an error of a library may hold a request and its headers. */
function unforeseen(error: unknown): string[] {
  const lines: string[] = [];
  let one = error;
  for (let depth = 0; depth <= CAUSES_MAX && one instanceof Error; depth++, one = one.cause) {
    const stack = (one.stack ?? String(one)).split("\n").slice(0, STACK_LINES_MAX);
    lines.push(...(depth === 0 ? stack : [`caused by: ${stack[0]}`, ...stack.slice(1)]));
  }
  return lines.length > 0 ? lines : [inspect(error, { depth: 0 })];
}
