import { UsageError } from "../base/errors.ts";
import { isKlarnaEnvironment } from "../guard/environments.ts";
import { visible } from "../guard/foreign-text.ts";
import { profileHash } from "../profile/hash.ts";
import { unlikeIn, unlikeText } from "../report/alike.ts";
import { type CompareOptions, compareRuns } from "../report/compare.ts";
import { JUDGED_OPERATIONS_MOST } from "../report/compare-figures.ts";
import type { ReadReport } from "../report/read-report.ts";
import type { ComparisonRequest } from "../report/run-record.ts";
import type { ComparedRun, Conditions } from "../report/schema/comparison.ts";
import type { Comparison } from "../report/schema.ts";
import { LAST, readBaselines } from "./baselines.ts";
import { hostFacts } from "./host.ts";
import type { Prepared, Surroundings } from "./prepare.ts";

/** What the user asks for, as the command line or a caller of the package gives it. */
export interface CompareRequest {
  /** Each a report.json, the folder of a run, or `last`; at least one. */
  readonly baselines: readonly string[];
  /** Operations to judge, three at most; empty: those with the most samples. */
  readonly judge: readonly string[];
  /** Compare what is not alike. */
  readonly unlike: boolean;
  /** A second run decides what is beyond a limit; on the emulator alone. */
  readonly confirm: boolean;
}

/**
 * What a run will be compared with, read before anything is opened, so that a wrong file costs no run.
 *
 * @throws UsageError `REPORT_…` for what can't be read, `COMPARE_UNLIKE` for a baseline that is not alike,
 *   `COMPARE_JUDGE` for operations that can't be judged, `COMPARE_CONFIRM` for a second run that Klarna would be sent
 */
export function comparisonRequest(
  { baselines, judge, unlike, confirm }: CompareRequest,
  { plan }: Prepared,
  { cwd, env }: Pick<Surroundings, "cwd" | "env">,
): ComparisonRequest {
  if (confirm && isKlarnaEnvironment(plan.environment)) {
    throw new UsageError(
      "COMPARE_CONFIRM",
      "`--confirm` makes a second run by itself, and Klarna is sent nothing a second time unasked",
      {
        hint: "leave --confirm out; make a second run yourself, and: klarna-perf compare last <first> --confirm <second>",
      },
    );
  }
  checkJudged(
    judge,
    plan.operations.map(({ operation }) => operation),
  );
  const conditions: Conditions = {
    profile: plan.profile.name,
    profileHash: profileHash(plan.profile),
    environment: plan.environment,
    // The server's own are known when it has answered.
    quotas: [],
    host: hostFacts(),
  };
  const { runs, problems } = readBaselines(baselines, { ids: [], conditions }, { cwd, env });
  if (!unlike && !baselines.includes(LAST)) requireAlike(runs, conditions);
  return {
    baselines: [...runs],
    judge: [...new Set(judge)],
    unlike,
    confirm: confirm ? "asked" : "no",
    problems: [...problems],
  };
}

/**
 * One run, or the same twice for certainty, beside its baseline.
 *
 * @param candidates the first, and a second run that confirms it
 * @throws UsageError `COMPARE_…` for runs that can't be compared, `REPORT_…` for what can't be read
 */
export function compareCandidates(
  { baselines, judge, unlike }: Omit<CompareRequest, "confirm">,
  candidates: readonly ReadReport[],
  { cwd, env }: Pick<Surroundings, "cwd" | "env">,
): Comparison {
  const confirming = candidates.length > 1;
  let confirm: CompareOptions["confirm"] = confirming ? "asked" : "no";
  let comparison: Comparison | undefined;
  const [first] = candidates;
  if (!first) throw new RangeError("no candidate");
  const ids = candidates.map(({ run }) => run.id);
  const { conditions } = first.run;
  const earlier = readBaselines(baselines, { ids, conditions }, { cwd, env });
  for (const { run, problems } of candidates) {
    checkJudged(
      judge,
      run.operations.map(({ name }) => name),
    );
    if (!unlike) requireAlike(earlier.runs, run.conditions);
    comparison = compareRuns(earlier.runs, run, {
      judge: [...new Set(judge)],
      unlike,
      confirm,
      problems: [...earlier.problems, ...problems],
    });
    if (comparison.outcome === "unconfirmed") {
      const beyond = comparison.judged.filter(({ outcome }) => outcome === "beyond");
      confirm = { run: run.id, beyond };
    } else break;
  }
  if (comparison && comparison.outcome !== "not-compared") return comparison;
  throw new UsageError("COMPARE_NOTHING", comparison?.reason ?? "", {
    hint: "name whole runs, baseline and candidate (`last` takes those of the same profile in the same place), or add --unlike for a mere difference",
  });
}

/** @throws UsageError `COMPARE_UNLIKE` when none of the baseline's runs is like the candidate */
export function requireAlike(baselines: readonly ComparedRun[], candidate: Conditions): void {
  const differences = baselines.map(({ conditions }) => unlikeIn(conditions, candidate));
  const last = differences.at(-1);
  if (!last || differences.some((one) => one.length === 0)) return;
  throw new UsageError(
    "COMPARE_UNLIKE",
    `the runs are not alike, so that a difference would say nothing: ${unlikeText(last)}`,
    { hint: "compare runs of one profile in one place on one machine, or add --unlike" },
  );
}

/** @param known operations that a run has @throws UsageError `COMPARE_JUDGE` */
export function checkJudged(judge: readonly string[], known: readonly string[]): void {
  if (new Set(judge).size > JUDGED_OPERATIONS_MOST) {
    throw new UsageError(
      "COMPARE_JUDGE",
      `${judge.length} operations to judge, and ${JUDGED_OPERATIONS_MOST} at most can be`,
      { hint: "each one more makes false alarms likelier, and the limits of all wider" },
    );
  }
  const unknown = judge.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new UsageError(
    "COMPARE_JUDGE",
    `\`${visible(unknown)}\` is no operation of this run, and so can't be judged`,
    { hint: `name one of: ${known.join(", ")}` },
  );
}
