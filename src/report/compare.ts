import { BASELINE_RUNS_LEAST } from "../measure/regression.ts";
import { type Unlike, unlikeIn, unlikeText } from "./alike.ts";
import { judgeFigures, missingIn, mostSampled, shifts } from "./compare-figures.ts";
import type { ComparedRun, JudgedFigure } from "./schema/comparison.ts";
import type { Comparison } from "./schema.ts";

export interface CompareOptions {
  /** Operations to judge, three at most; empty: those with the most samples in the newest baseline run. */
  readonly judge: readonly string[];
  /** Compare what is not alike, as a difference and never as a regression. */
  readonly unlike: boolean;
  /** `asked`: a second run decides what is beyond a limit. Or what the first run had beyond its limits. */
  readonly confirm: "no" | "asked" | Confirming;
  /** What of the baseline could not be read, by name. */
  readonly problems: readonly string[];
}

/** The first of two candidate runs, and what it had beyond its limits. */
export interface Confirming {
  readonly run: string;
  readonly beyond: readonly Pick<JudgedFigure, "operation" | "figure">[];
}

/**
 * A run beside one baseline run or several. Pure: the same runs give the same comparison.
 *
 * @param baselines in any order; the newest is the one that differences are taken from
 */
export function compareRuns(
  baselines: readonly ComparedRun[],
  candidate: ComparedRun,
  { judge, unlike, confirm, problems }: CompareOptions,
): Comparison {
  const runs = baselines
    .map((run) => ({
      run,
      unlike: [...unlikeEnds(run, candidate), ...unlikeIn(run.conditions, candidate.conditions)],
    }))
    .sort((a, b) => (whenOf(a.run) < whenOf(b.run) ? -1 : 1));
  const alike = runs.filter((one) => one.unlike.length === 0).map(({ run }) => run);
  const comparable = unlike ? runs.map(({ run }) => run) : alike;
  const head = {
    baselines: runs.map(({ run: { id, startedAt, verdict }, unlike }) => {
      return { id, startedAt, verdict, unlike };
    }),
    confirms: typeof confirm === "string" ? null : confirm.run,
    problems: [...problems],
  };
  const newest = comparable.at(-1);
  if (!newest) {
    return {
      ...head,
      outcome: "not-compared",
      reason: whyNone(
        runs.map((one) => one.unlike),
        candidate,
      ),
      operations: [],
      onlyInBaseline: [],
      onlyInCandidate: [],
      judged: [],
    };
  }
  const judged =
    alike.length < BASELINE_RUNS_LEAST
      ? []
      : judgeFigures(alike, candidate, judge.length > 0 ? judge : mostSampled(newest));
  return {
    ...head,
    ...outcomeOf(judged, alike.length, confirm),
    operations: shifts(newest, candidate),
    onlyInBaseline: missingIn(candidate, newest),
    onlyInCandidate: missingIn(newest, candidate),
    judged,
  };
}

/** One time for two runs: by name, so that the order they were given in does not matter. */
function whenOf({ startedAt, id }: ComparedRun): string {
  return `${startedAt} ${id}`;
}

/** A run that did not measure what it was to measure is like no other: as a baseline, and as a candidate. */
function unlikeEnds(before: ComparedRun, after: ComparedRun): Unlike[] {
  const whole = "a run of its own";
  const [baseline, candidate] = [cutShort(before) ?? whole, cutShort(after) ?? whole];
  return baseline === whole && candidate === whole ? [] : [{ what: "end", baseline, candidate }];
}

/** How a run ended that measured less than it was to; `undefined` for a whole one. */
function cutShort({ verdict, interrupted }: ComparedRun): string | undefined {
  if (interrupted) return "interrupted";
  return verdict === "invalid" || verdict === "stopped" ? verdict : undefined;
}

function whyNone(unlike: readonly (readonly Unlike[])[], candidate: ComparedRun): string {
  const ended = cutShort(candidate);
  if (ended !== undefined) {
    return `this run was ${ended}: it did not measure what it was to, and nothing is judged by it`;
  }
  const last = unlike.at(-1);
  return last
    ? `no baseline run is like this one (${unlikeText(last)})`
    : "there is no run to compare with yet";
}

function outcomeOf(
  judged: readonly JudgedFigure[],
  alike: number,
  confirm: CompareOptions["confirm"],
): Pick<Comparison, "outcome" | "reason"> {
  const decided = judged.filter(({ outcome }) => outcome !== "undecided");
  if (decided.length === 0) {
    const why = judged[0]
      ? `no figure could be judged: ${named(judged[0])}`
      : `no regression can be told: that takes ${BASELINE_RUNS_LEAST} baseline runs or more that are like this one, and there ${alike === 1 ? "is 1" : `are ${alike}`}`;
    return { outcome: "difference", reason: why };
  }
  const beyond = judged.filter(({ outcome }) => outcome === "beyond");
  const confirmed =
    typeof confirm === "string"
      ? beyond
      : beyond.filter(({ operation, figure }) =>
          confirm.beyond.some((one) => one.operation === operation && one.figure === figure),
        );
  const [first] = confirmed;
  if (first) {
    const others = confirmed.length > 1 ? ` (and ${confirmed.length - 1} more)` : "";
    if (confirm === "asked") {
      return { outcome: "unconfirmed", reason: `${named(first)}${others}; a second run decides` };
    }
    const twice = typeof confirm === "string" ? "" : ", as in the run before it";
    return { outcome: "regressed", reason: `${named(first)}${twice}${others}` };
  }
  return {
    outcome: "not-regressed",
    reason:
      beyond.length > 0
        ? "what was beyond its limit in the first run is within it in the second"
        : `${decided.length} of ${judged.length} judged figures are known, all within what runs like the ${alike} of the baseline have`,
  };
}

function named({ operation, figure, reason }: JudgedFigure): string {
  return `${operation} ${figure}: ${reason}`;
}
