import { CensoredHistogram } from "../measure/censored.ts";
import { FALSE_ALARMS_MOST, judgeRegression, type RunFigure } from "../measure/regression.ts";
import type { Sample } from "../measure/samples.ts";
import { percentileShift, SHIFT_PERCENTILES } from "../measure/shift.ts";
import type { ComparedRun, JudgedFigure, ShiftPoint } from "./schema/comparison.ts";
import type { Comparison, Distribution } from "./schema.ts";

/** Each further figure that is judged makes a false alarm likelier, and so the limits of all of them wider. */
export const JUDGED_OPERATIONS_MOST = 3;
const JUDGED_PERCENTILES = [50, 95] as const;

/** At most three, as the limits are shared among them. */
export function mostSampled({ operations }: ComparedRun): string[] {
  return [...operations]
    .sort((a, b) => b.responseTime.count - a.responseTime.count || (a.name < b.name ? -1 : 1))
    .slice(0, JUDGED_OPERATIONS_MOST)
    .map(({ name }) => name);
}

/** Each figure of these operations against what runs like the baseline's let expect. */
export function judgeFigures(
  baselines: readonly ComparedRun[],
  candidate: ComparedRun,
  operations: readonly string[],
): JudgedFigure[] {
  const falseAlarms = FALSE_ALARMS_MOST / (operations.length * JUDGED_PERCENTILES.length);
  return operations.flatMap((operation) => {
    const [sample, ...before] = [candidate, ...baselines].map((run) => sampleIn(run, operation));
    return JUDGED_PERCENTILES.map((p): JudgedFigure => {
      const after = figureOf(sample, p);
      const earlier = before.map((one) => figureOf(one, p));
      const { outcome, expectedUs, limitUs, reason } = judgeRegression(earlier, after, falseAlarms);
      return {
        operation,
        figure: `responseTime.p${p}`,
        baselineUs: earlier.map(({ valueUs }) => valueUs),
        candidateUs: after.valueUs,
        candidateCensored: after.censored,
        expectedUs,
        limitUs,
        outcome,
        reason,
      };
    });
  });
}

function figureOf(sample: Sample | undefined, p: number): RunFigure {
  if (!sample) return { valueUs: null, censored: false, count: 0 };
  return { ...sample.times.percentile(p), count: sample.times.count };
}

/** The points of a shift plot for each operation that both runs have. */
export function shifts(baseline: ComparedRun, candidate: ComparedRun): Comparison["operations"] {
  return candidate.operations.flatMap((after) => {
    const before = baseline.operations.find(({ name }) => name === after.name);
    if (!before) return [];
    const [b, c] = [sampleOf(before.responseTime), sampleOf(after.responseTime)];
    return [
      {
        name: after.name,
        baseline: before.responseTime,
        errorRatio: { baseline: before.errorRatio, candidate: after.errorRatio },
        shift: SHIFT_PERCENTILES.map((p): ShiftPoint => {
          const { differenceUs, interval, reason } = percentileShift(b, c, p);
          const [earlier, later] = [b.times.percentile(p), c.times.percentile(p)];
          return {
            p,
            baselineUs: earlier.valueUs,
            baselineCensored: earlier.censored,
            candidateUs: later.valueUs,
            candidateCensored: later.censored,
            differenceUs,
            interval: interval && { ...interval },
            ...(reason !== undefined && { reason }),
          };
        }),
      },
    ];
  });
}

/** Operations of `other` that `run` does not have. */
export function missingIn(run: ComparedRun, other: ComparedRun): string[] {
  const names = new Set(run.operations.map(({ name }) => name));
  return other.operations.map(({ name }) => name).filter((name) => !names.has(name));
}

function sampleIn(run: ComparedRun, operation: string): Sample | undefined {
  const found = run.operations.find(({ name }) => name === operation);
  return found && sampleOf(found.responseTime);
}

/** @throws RangeError for a histogram that can't be read; `readReport` lets none through */
function sampleOf(distribution: Distribution): Sample {
  const times = CensoredHistogram.decode(distribution);
  const { effectiveCount, effectiveCountReason } = distribution;
  if (typeof effectiveCount === "number") return { times, effective: { count: effectiveCount } };
  const reason = effectiveCountReason ?? "the report does not say how many samples these are worth";
  return { times, effective: { count: null, reason } };
}
