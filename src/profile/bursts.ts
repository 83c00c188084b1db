import { type PerSecond, perSecond } from "../base/units.ts";
import type { BurstWindow } from "../guard/cap-schedule.ts";
import type { Stage } from "../workload/workload.ts";

/** What the stages of a run ask of one category, told apart by how much they ask. */
export interface Demand {
  /** The highest rate of the stages that stay at or below the threshold; 0 where none does. */
  readonly peakPerSecond: PerSecond;
  /** The highest rate of those that go above it, and when that is; `undefined` where none does. */
  readonly above:
    | { readonly peakPerSecond: PerSecond; readonly windows: readonly BurstWindow[] }
    | undefined;
}

/**
 * Tells stages apart by the rate at which they make a category's requests. Stages above the threshold that follow one
 * another are one window; a ramp that goes above it anywhere is above it as a whole.
 *
 * @param rateOf the category's requests a second at so many journeys a second
 * @param threshold requests a second; `Infinity`: nothing is above it
 */
export function demandOf(
  stages: readonly Stage[],
  rateOf: (journeys: PerSecond) => number,
  threshold: number,
): Demand {
  let peak = 0;
  let peakAbove = 0;
  const windows: { fromUs: number; toUs: number }[] = [];
  let start = 0;
  for (const { from, to, duration } of stages) {
    const end = start + duration;
    const rate = rateOf(perSecond(Math.max(from, to)));
    if (rate <= threshold) {
      peak = Math.max(peak, rate);
    } else {
      peakAbove = Math.max(peakAbove, rate);
      const last = windows.at(-1);
      if (last?.toUs === start) last.toUs = end;
      else windows.push({ fromUs: start, toUs: end });
    }
    start = end;
  }
  const above = windows.length === 0 ? undefined : { peakPerSecond: perSecond(peakAbove), windows };
  return { peakPerSecond: perSecond(peak), above };
}
