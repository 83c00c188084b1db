import { EXIT } from "../base/errors.ts";

/** How one run of the command ended. */
export interface Ending {
  /** null: a signal ended it. */
  readonly exitCode: number | null;
  /** The run's own words; `undefined`: it never came to a verdict. */
  readonly verdict?: string;
  readonly reason?: string;
  /** What the comparison came to; a regression has been confirmed by a second run already. */
  readonly comparison?: string;
  /** The folder of the report that decided: of a run and the one that confirms it, either. */
  readonly dir?: string;
  /** Whether the job was cancelled while it ran, however it ended. */
  readonly cancelled?: boolean;
}

/** What the job does, and what it tells whoever looks at it. */
export interface JobEnding {
  readonly fails: boolean;
  readonly level: "notice" | "warning" | "error";
  readonly text: string;
}

/**
 * Whether a run is made once more before anybody is alarmed. On the emulator alone, where a second run costs nothing:
 * `invalid` means that the machine was too busy to measure, and a threshold missed on a shared machine may be its doing
 * as well. Against Klarna nothing is repeated without a person's say, and nothing at all in a job that was cancelled.
 */
export function deservesRerun(
  { exitCode, comparison, cancelled }: Ending,
  environment: string,
): boolean {
  if (environment !== "emulator" || cancelled) return false;
  if (exitCode === EXIT.invalid) return true;
  return exitCode === EXIT.failed && comparison !== "regressed";
}

/** @param rerun the second run, where there was one; of two endings the better one counts, and the other is told */
export function jobEnding(first: Ending, rerun: Ending | undefined, inconclusive: "warn" | "fail") {
  const last = rerun ?? first;
  const ending = endingOf(last, inconclusive);
  if (!rerun) return ending;
  if (ending.fails) {
    const same = wordOf(first) === wordOf(last);
    const text = same
      ? `twice: ${ending.text}`
      : `${ending.text}; the first run: ${endingOf(first, inconclusive).text}`;
    return { ...ending, text };
  }
  const text = `${ending.text}; the first run was ${wordOf(first)}, and a second one was not`;
  return { ...ending, level: "warning", text } as const;
}

function endingOf(ending: Ending, inconclusive: "warn" | "fail"): JobEnding {
  const text = ending.reason ? `${wordOf(ending)}: ${ending.reason}` : wordOf(ending);
  if (ending.exitCode === EXIT.passed) return { fails: false, level: "notice", text };
  if (ending.exitCode === EXIT.inconclusive && inconclusive === "warn") {
    return { fails: false, level: "warning", text };
  }
  return { fails: true, level: "error", text };
}

const WORDS: Readonly<Record<number, string>> = {
  [EXIT.fault]: "a fault of klarna-perf or of this machine",
  [EXIT.usage]: "a usage or configuration error",
  [EXIT.refused]: "refused by the guard",
  [EXIT.interrupted]: "interrupted",
};

function wordOf({ exitCode, verdict }: Ending): string {
  // None of these codes is a verdict's: what a run told before it, it did not end with.
  const word = exitCode === null ? undefined : WORDS[exitCode];
  if (word !== undefined && exitCode !== EXIT.interrupted) return word;
  if (verdict !== undefined) return verdict;
  if (exitCode === null) return "ended by a signal";
  return word ?? `ended with exit code ${exitCode}`;
}
