import { MICROS_PER_SECOND, type Micros, type PerSecond, perSecond } from "../base/units.ts";

/** The cap of a category over a run: one figure, and a higher one while a burst lasts. */
export interface CapSchedule {
  /** Outside bursts. */
  readonly capPerSecond: PerSecond;
  /** `undefined`: there are none. */
  readonly bursts?: Bursts | undefined;
}

export interface Bursts {
  /** While one lasts. */
  readonly capPerSecond: PerSecond;
  /** In order of time; none begins before the one before has ended. */
  readonly windows: readonly BurstWindow[];
}

/** Whole microseconds after the run's origin, its first due time: `fromUs` included, `toUs` not. */
export interface BurstWindow {
  readonly fromUs: number;
  readonly toUs: number;
}

/** The highest rates that a category may reach: outside bursts, and while one lasts. */
export interface Peaks {
  readonly peak: PerSecond;
  readonly burstPeak: PerSecond;
}

/** The cap in force at some time, and until when: the run's clock, or `Infinity`. */
export interface Regime {
  readonly capPerSecond: PerSecond;
  readonly until: number;
  readonly inBurst: boolean;
}

/**
 * Bursts with less time than this between them are one: a quota counted by the second would see them together.
 */
const APART_US = MICROS_PER_SECOND;

/** @param origin the clock's time from which the windows count; `undefined`: the run has not begun, and no burst has */
export function regimeAt(
  { capPerSecond, bursts }: CapSchedule,
  origin: Micros | undefined,
  at: number,
): Regime {
  if (bursts !== undefined && origin !== undefined) {
    for (const { fromUs, toUs } of bursts.windows) {
      if (at < origin + fromUs) return { capPerSecond, until: origin + fromUs, inBurst: false };
      if (at < origin + toUs)
        return { capPerSecond: bursts.capPerSecond, until: origin + toUs, inBurst: true };
    }
  }
  return { capPerSecond, until: Number.POSITIVE_INFINITY, inBurst: false };
}

/** The same windows under caps that are nowhere higher than these. */
export function lowered(
  { capPerSecond, bursts }: CapSchedule,
  { peak, burstPeak }: Peaks,
): CapSchedule {
  return {
    capPerSecond: lower(capPerSecond, peak),
    bursts: bursts && { ...bursts, capPerSecond: lower(bursts.capPerSecond, burstPeak) },
  };
}

/** The highest cap that is ever in force. */
export function highestCap({ capPerSecond, bursts }: CapSchedule): PerSecond {
  return perSecond(Math.max(capPerSecond, bursts?.capPerSecond ?? 0));
}

/** @throws RangeError unless each window is some whole microseconds long and they are in order of time */
export function checkWindows(windows: readonly BurstWindow[]): void {
  let before = 0;
  for (const { fromUs, toUs } of windows) {
    const whole = Number.isSafeInteger(fromUs) && Number.isSafeInteger(toUs);
    if (!whole || fromUs < before || toUs <= fromUs) {
      throw new RangeError(`not a burst after ${before} µs: from ${fromUs} µs to ${toUs} µs`);
    }
    before = toUs;
  }
}

/** How long all bursts last together, in microseconds. */
export function timeInBursts(windows: readonly BurstWindow[]): number {
  return windows.reduce((sum, { fromUs, toUs }) => sum + toUs - fromUs, 0);
}

/** How long the longest burst lasts, in microseconds; those that are hardly apart count as one, the time between them too. */
export function longestBurst(windows: readonly BurstWindow[]): number {
  let longest = 0;
  let from = 0;
  let before = Number.NEGATIVE_INFINITY;
  for (const { fromUs, toUs } of windows) {
    if (fromUs - before >= APART_US) from = fromUs;
    longest = Math.max(longest, toUs - from);
    before = toUs;
  }
  return longest;
}

function lower(cap: PerSecond, most: PerSecond): PerSecond {
  return perSecond(Math.min(cap, most));
}
