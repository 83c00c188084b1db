import { formatMicros } from "../base/units.ts";
import { DASH } from "./figures.ts";
import type { JudgedFigure, ShiftPoint } from "./schema/comparison.ts";
import type { Comparison } from "./schema.ts";

/** How a comparison reads in words, the same in every view. Plain text: nothing here is encoded for a format. */

export const COMPARISON_WORDS: Readonly<Record<Comparison["outcome"], string>> = {
  difference: "difference",
  regressed: "regressed",
  "not-regressed": "not regressed",
  unconfirmed: "unconfirmed",
  "not-compared": "not compared",
};

export const JUDGED_WORDS: Readonly<Record<JudgedFigure["outcome"], string>> = {
  beyond: "beyond",
  within: "within",
  undecided: "undecided",
};

/** What tables show of a shift; the plot has all of it. */
export const SHOWN_PERCENTILES: readonly number[] = [50, 90, 95, 99];

/** What the intervals of a shift say, and what they do not. */
export const SHIFT_BASIS =
  "Intervals are of the difference between these two runs alone, at 95 % for each percentile: two runs of one and the same target differ as well, by what this can't tell.";

export function shownPoints(operation: Comparison["operations"][number]): ShiftPoint[] {
  return operation.shift.filter(({ p }) => SHOWN_PERCENTILES.includes(p));
}

/** Why points that are shown have no interval, or no difference: the first reason of each operation, once each. */
export function missingReasons({ operations }: Comparison): string[] {
  const reasons = operations.map((operation) => {
    const point = shownPoints(operation).find(({ reason }) => reason !== undefined);
    return point?.reason ?? "";
  });
  return [...new Set(reasons)].filter((reason) => reason !== "");
}

/** The newest of the baselines that the candidate was compared with; undefined where there was none. */
export function comparedWith({ baselines, operations }: Comparison): string | undefined {
  if (operations.length === 0) return undefined;
  const alike = baselines.filter(({ unlike }) => unlike.length === 0);
  return (alike.at(-1) ?? baselines.at(-1))?.id;
}

/** `412 ms`, `> 10 s`, or a dash. */
export function formatSide(us: number | null, censored: boolean): string {
  if (us === null) return DASH;
  return (censored ? "> " : "") + formatMicros(us);
}

/** `+12.1 ms (+3.2 %)`, or a dash. */
export function formatDifference({ differenceUs, baselineUs }: ShiftPoint): string {
  if (differenceUs === null) return DASH;
  const share = baselineUs !== null && baselineUs > 0 ? differenceUs / baselineUs : null;
  const percent = share === null ? "" : ` (${signOf(share)}${percentOf(Math.abs(share))})`;
  return signed(differenceUs) + percent;
}

/** `-3 ms to +12 ms`, `from +3 ms`, `up to +3 ms`, or a dash. */
export function formatShiftInterval({ interval }: ShiftPoint): string {
  if (!interval) return DASH;
  const { lowUs, highUs } = interval;
  if (lowUs === null) return highUs === null ? DASH : `up to ${signed(highUs)}`;
  return highUs === null ? `from ${signed(lowUs)}` : `${signed(lowUs)} to ${signed(highUs)}`;
}

function signed(us: number): string {
  return signOf(us) + formatMicros(Math.abs(us));
}

function signOf(n: number): string {
  if (n === 0) return "";
  return n > 0 ? "+" : "-";
}

/** Of a ratio, to a tenth of a percent. */
function percentOf(ratio: number): string {
  return `${ratio >= 10 ? Math.round(ratio * 100) : Number((ratio * 100).toFixed(1))} %`;
}
