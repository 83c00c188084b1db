import { spawn } from "node:child_process";
import * as z from "zod";
import type { Ending } from "./ending.ts";

/** What is read of the one JSON object that `run --json` prints. */
const summary = z.object({
  verdict: z.string(),
  verdictReason: z.string(),
  interrupted: z.boolean(),
  comparison: z.object({ outcome: z.string() }).nullish(),
  dir: z.string(),
});

/** A summary is a few kilobytes; whatever is longer is none. */
const SUMMARY_MOST = 4 * 1024 * 1024;

/**
 * Runs the command as its users do, in a process of its own, so that the whole lock stands around it. What it tells a
 * person goes on to the job's log.
 *
 * @param bin the program's file
 * @param env the command's whole environment
 * @throws Error where it can't be started
 */
export async function runCommand(
  bin: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Ending> {
  const child = spawn(process.execPath, [bin, ...args], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  // A cancelled job asks its process to end, by SIGINT and 7.5 s later by SIGTERM; 2.5 s after that it kills it. The run
  // stops sending and writes its reports at the first, and ends at once at the second.
  let cancelled = false;
  const forward = (signal: NodeJS.Signals): void => {
    cancelled = true;
    child.kill(signal);
  };
  process.on("SIGINT", forward);
  process.on("SIGTERM", forward);
  let told = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    if (told.length <= SUMMARY_MOST) told += text;
  });
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve(code));
    });
    return { exitCode, cancelled, ...verdictIn(told) };
  } finally {
    process.off("SIGINT", forward);
    process.off("SIGTERM", forward);
  }
}

/** @param told standard output; a run that never began tells nothing */
function verdictIn(told: string): Omit<Ending, "exitCode"> {
  let json: unknown;
  try {
    json = JSON.parse(told);
  } catch {
    return {};
  }
  const read = summary.safeParse(json);
  if (!read.success) return {};
  const { verdict, verdictReason, interrupted, comparison, dir } = read.data;
  return {
    verdict: interrupted ? "interrupted" : verdict,
    reason: verdictReason,
    dir,
    ...(comparison ? { comparison: comparison.outcome } : {}),
  };
}
