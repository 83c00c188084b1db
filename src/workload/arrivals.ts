import { exponential, type Random } from "../base/random.ts";
import { MICROS_PER_SECOND, type Micros, micros } from "../base/units.ts";
import type { Phase } from "./outcome.ts";
import type { OpenWorkload, Stage } from "./workload.ts";

export interface Arrival {
  /** Microseconds after the run's first due time. */
  readonly at: Micros;
  readonly phase: Phase;
}

/**
 * Arrivals this close to the end of a stage, in fractions of one arrival, belong to the next: areas are sums
 * of floating-point products, and `0.1/s` for `30s` must make 3 arrivals and not 4.
 */
const AREA_TOLERANCE = 1e-9;

/**
 * The due times of an open workload: ascending, all before the end of the last stage, a function of the
 * index alone, so that no rounding adds up.
 *
 * With L(t) the area under the rate curve up to t, arrival k of uniform arrivals is due at t with L(t) = k,
 * the first at the start. Poisson arrivals put the k-th point of a Poisson process of rate 1 in the place
 * of k (inversion; Çinlar, "Introduction to Stochastic Processes", 1975, §4.7).
 *
 * @param random used by Poisson arrivals only
 */
export function* arrivals(
  { arrivals: kind, stages }: Pick<OpenWorkload, "arrivals" | "stages">,
  random: Random,
): Generator<Arrival> {
  let area = kind === "poisson" ? exponential(random) : 0;
  let areaBefore = 0;
  let start = 0;
  for (const stage of stages) {
    const areaHere = stageArrivals(stage);
    while (area - areaBefore < areaHere - AREA_TOLERANCE) {
      const offset = Math.floor(
        offsetSeconds(stage, Math.max(0, area - areaBefore)) * MICROS_PER_SECOND,
      );
      yield { at: micros(start + Math.min(offset, stage.duration - 1)), phase: stage.phase };
      area += kind === "poisson" ? exponential(random) : 1;
    }
    areaBefore += areaHere;
    start += stage.duration;
  }
}

/** The area under a stage's rate curve: how many arrivals it brings, a fraction where the last one is cut off. */
export function stageArrivals({ from, to, duration }: Stage): number {
  return ((from + to) / 2) * (duration / MICROS_PER_SECOND);
}

/** How many arrivals a workload has: exactly so for uniform arrivals, the mean for Poisson ones. */
export function countArrivals({
  arrivals: kind,
  stages,
}: Pick<OpenWorkload, "arrivals" | "stages">): number {
  const area = stages.reduce((sum, stage) => sum + stageArrivals(stage), 0);
  return kind === "poisson" ? area : Math.max(0, Math.ceil(area - AREA_TOLERANCE));
}

/** The end of the last stage, from the run's first due time. */
export function plannedDuration(stages: readonly Stage[]): Micros {
  return micros(stages.reduce((sum, stage) => sum + stage.duration, 0));
}

/** The end of the last steady stage, from the run's first due time. */
export function steadyEnd(stages: readonly Stage[]): Micros {
  const last = stages.findLastIndex(({ phase }) => phase === "steady");
  return plannedDuration(stages.slice(0, last + 1));
}

/**
 * When the area under `from + (to - from) t / d` reaches `area`: the root of a quadratic, in the form that
 * divides by a sum and so stays exact as the slope goes to 0.
 */
function offsetSeconds({ from, to, duration }: Stage, area: number): number {
  if (area === 0) return 0;
  const slope = (to - from) / (duration / MICROS_PER_SECOND);
  return (2 * area) / (from + Math.sqrt(Math.max(0, from * from + 2 * slope * area)));
}
