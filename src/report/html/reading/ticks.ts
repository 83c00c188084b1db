/** Where an axis has its lines, and what stands at them. */

/** Seconds between two lines of a time axis, at least. */
export const TIME_STEPS_S: readonly number[] = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900,
  1800, 3600, 7200, 10_800, 21_600, 43_200,
];

/** Beyond so many seconds nobody counts in seconds. */
const CLOCK_FROM_S = 180;

/** `45 s` on an axis of at most three minutes; else minutes and seconds, `12:30`, and hours before them from one on. */
export function timeLabel(atS: number, wholeS: number): string {
  if (wholeS <= CLOCK_FROM_S) return `${Number(atS.toFixed(3))} s`;
  const seconds = Math.round(atS);
  const two = (n: number): string => String(n).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const tail = `${two(minutes)}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${tail}` : tail.replace(/^0(?=\d:)/, "");
}

/** 1, 2 and 5 times each power of ten from `min` to `max`: lines of a logarithmic axis, which uPlot has at powers alone. */
export function oneTwoFive(min: number, max: number): number[] {
  if (!(min > 0)) return [];
  const found: number[] = [];
  for (let power = 10 ** Math.floor(Math.log10(min)); power <= max; power *= 10) {
    for (const step of [1, 2, 5]) {
      if (step * power >= min && step * power <= max) found.push(step * power);
    }
  }
  return found;
}

/** The percentile at so many nines: 1 is `90 %`, 2 is `99 %`. */
export function percentLabel(nines: number): string {
  return `${Number((100 - 100 * 10 ** -nines).toFixed(Math.max(2, Math.ceil(nines))))} %`;
}

const QUARTERS = [0.25, 0.5, 0.75].map((share) => -Math.log10(1 - share));
const NINES = [1, 2, 3, 4, 5, 6, 7, 8];

/** Where an axis of percentiles has its lines, in nines; the quarters have room only where there are few nines. */
export function percentileTicks(min: number, max: number): number[] {
  const quarters = max - min > 3 ? QUARTERS.slice(1, 2) : QUARTERS;
  return [...quarters, ...NINES].filter((nines) => nines >= min && nines <= max);
}
