import { formatMicros } from "../base/units.ts";
import type { Figure } from "./figure.ts";
import {
  decideThreshold,
  type Figures,
  type Threshold,
  type ThresholdResult,
} from "./threshold.ts";

export type Verdict = "stopped" | "invalid" | "failed" | "inconclusive" | "passed";

export interface VerdictFacts {
  /** Why the kill switch or a signal ended the run; null if neither did. */
  readonly stopped: string | null;
  readonly invalidReasons: readonly string[];
  /** Why a threshold ended the run, as good as missed; null if none did. */
  readonly aborted: string | null;
  readonly thresholds: readonly ThresholdResult[];
  /** Of a drill: why its client failed, or why nothing is known of it; null where it conforms, and elsewhere. */
  readonly client: { readonly outcome: "fails" | "untold"; readonly reason: string } | null;
  /** What is worse than in the runs before; null without a regression. */
  readonly regression: string | null;
}

/** The first that applies of stopped, invalid, failed, inconclusive, passed; the reason is one sentence. */
export function decideVerdict(facts: VerdictFacts): { verdict: Verdict; reason: string } {
  if (facts.stopped !== null) return { verdict: "stopped", reason: facts.stopped };
  const [invalid] = facts.invalidReasons;
  if (invalid !== undefined) {
    return { verdict: "invalid", reason: withOthers(invalid, facts.invalidReasons.length) };
  }
  if (facts.aborted !== null) return { verdict: "failed", reason: facts.aborted };
  const missed = facts.thresholds.filter(({ outcome }) => outcome === "missed");
  if (missed[0]) return { verdict: "failed", reason: quoted(missed[0], missed.length) };
  if (facts.client?.outcome === "fails") return { verdict: "failed", reason: facts.client.reason };
  if (facts.regression !== null) {
    return { verdict: "failed", reason: `a regression: ${facts.regression}` };
  }
  const open = facts.thresholds.filter(({ outcome }) => outcome !== "met");
  if (open[0]) return { verdict: "inconclusive", reason: quoted(open[0], open.length) };
  if (facts.client) return { verdict: "inconclusive", reason: facts.client.reason };
  const count = facts.thresholds.length;
  if (count === 0)
    return { verdict: "passed", reason: "the run kept its plan; no threshold was set" };
  return {
    verdict: "passed",
    reason: count === 1 ? "the threshold was met" : `all ${count} thresholds were met`,
  };
}

function quoted({ threshold, reason }: ThresholdResult, count: number): string {
  return withOthers(`${threshold.text}: ${reason}`, count);
}

function withOthers(text: string, count: number): string {
  return count === 1 ? text : `${text} (and ${count - 1} more)`;
}

/** What tells whether the runner measured the target or itself. */
export interface ValidityFacts {
  readonly thresholds: readonly Threshold[];
  /** The steady phase as it was; null: all operations together. */
  readonly figures: (operation: string | null) => Figures | undefined;
  /** The same with `runnerLag` taken out of every response time, and the runner's own drops out of the counts. */
  readonly figuresWithoutLag: (operation: string | null) => Figures | undefined;
  /** In the steady phase. */
  readonly planned: number;
  /** Dropped as `runner` in the steady phase. */
  readonly runnerDrops: number;
  /** 429 answers in the whole run. */
  readonly throttled: number;
  /** Whether the run was a rate-limit drill, which seeks 429s. */
  readonly drill: boolean;
}

const LAG_SHARE_MAX = 0.05;
const LAG_US_MAX = 2_000;
const RUNNER_DROP_SHARE_MAX = 0.01;

/** Whether the runner dropped more of what was planned than a run can bear, for its own lateness. */
export function dropsTooMany(runnerDrops: number, planned: number): boolean {
  return runnerDrops > RUNNER_DROP_SHARE_MAX * planned;
}

/** Why the run is neither passed nor failed: each reason a sentence; empty for a valid run. */
export function invalidReasons(facts: ValidityFacts): string[] {
  const reasons: string[] = [];
  for (const threshold of facts.thresholds) {
    const reason = lagMatters(
      threshold,
      facts.figures(threshold.operation),
      facts.figuresWithoutLag(threshold.operation),
    );
    if (reason !== null) reasons.push(reason);
  }
  if (dropsTooMany(facts.runnerDrops, facts.planned)) {
    reasons.push(
      `the runner dropped ${facts.runnerDrops} of ${facts.planned} steady requests, more than 1 %, since it was late itself`,
    );
  }
  if (facts.throttled > 0 && !facts.drill) {
    reasons.push(
      `${facts.throttled} ${facts.throttled === 1 ? "answer was" : "answers were"} 429: the rate limit was hit, so latencies are the limiter's`,
    );
  }
  return reasons;
}

/** Whether the runner's own lateness moved the judged percentile by more than 5 % and 2 ms, or changed the outcome. */
function lagMatters(
  threshold: Threshold,
  withLag: Figures | undefined,
  withoutLag: Figures | undefined,
): string | null {
  const { figure, text } = threshold;
  if (figure.kind === "percentile" && withLag && withoutLag) {
    const measured = withLag[figure.time].times.percentile(figure.p).valueUs;
    const unlagged = withoutLag[figure.time].times.percentile(figure.p).valueUs;
    if (measured !== null && unlagged !== null) {
      const moved = Math.abs(measured - unlagged);
      if (moved > LAG_US_MAX && moved > LAG_SHARE_MAX * unlagged) {
        return `${text}: ${formatMicros(measured)} with the runner's own lag, ${formatMicros(unlagged)} without it`;
      }
    }
  }
  const before = decideThreshold(threshold, withLag).outcome;
  const after = decideThreshold(threshold, withoutLag).outcome;
  return before === after
    ? null
    : `${text}: ${before} with the runner's own ${isOfDrops(figure) ? "drops" : "lag"}, ${after} without`;
}

function isOfDrops(figure: Figure): boolean {
  return "of" in figure && (figure.of === "dropped" || figure.of === "dropRatio");
}
