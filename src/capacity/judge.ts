import type { Figure } from "../measure/figure.ts";
import type { Figures, Threshold } from "../measure/threshold.ts";
import type { ProbeFigures } from "./probe-figures.ts";
import type { Probe } from "./search.ts";

/** Why a rate is too high: the quota refuses too many journeys, or thresholds are missed; or both. */
export interface Why {
  /** The category that refused most; `undefined`: no more journeys than allowed were refused. */
  readonly quota: string | undefined;
  /** As the profile wrote them. */
  readonly thresholds: readonly string[];
}

export interface Criteria {
  /** The largest share of journeys that may meet a 429, 0 to 1. */
  readonly throttledShare: number;
  readonly thresholds: readonly Threshold[];
}

/**
 * Whether a rate is within the criteria, as observed: one probe is one sample of what the rate comes to, and the interval
 * over the seeds says how far samples differ. A threshold of an operation that was not asked at all is passed over.
 */
export function judge(figures: ProbeFigures, { throttledShare, thresholds }: Criteria): Probe<Why> {
  const missed = thresholds.filter(
    (threshold) => !isMet(threshold, figures.of(threshold.operation)),
  );
  const quota = figures.throttledShare > throttledShare ? figures.mostThrottled : undefined;
  if (missed.length === 0 && quota === undefined) return { beyond: undefined };
  return { beyond: { quota, thresholds: missed.map(({ text }) => text) } };
}

function isMet({ figure, limit }: Threshold, figures: Figures | undefined): boolean {
  return figures === undefined || observed(figure, figures) <= limit;
}

/** In the figure's unit; infinite where it is known only to be more than something. */
function observed(figure: Figure, figures: Figures): number {
  switch (figure.kind) {
    case "percentile": {
      const { valueUs, censored } = figures[figure.time].times.percentile(figure.p);
      return censored ? Number.POSITIVE_INFINITY : (valueUs ?? 0);
    }
    case "max": {
      const { maxUs, censoredCount } = figures[figure.time].times;
      return censoredCount > 0 ? Number.POSITIVE_INFINITY : (maxUs ?? 0);
    }
    case "ratio":
      return figure.of === "errorRatio"
        ? ratio(figures.errors, figures.sent)
        : ratio(figures.dropped, figures.planned);
    case "count":
      return figures[figure.of];
  }
}

function ratio(count: number, of: number): number {
  return of === 0 ? 0 : count / of;
}
