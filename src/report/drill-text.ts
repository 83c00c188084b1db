import { formatRate } from "../base/units.ts";
import { visible } from "../guard/foreign-text.ts";
import { formatAt, formatCount } from "./figures.ts";
import type { Drill } from "./schema.ts";

/** How a drill's figures read in words, the same in every view. Plain text. */

type PointReport = Drill["points"][number];

export const POINT_WORDS: Readonly<Record<PointReport["outcome"], string>> = {
  pass: "pass",
  fail: "fail",
  untold: "can’t be told",
};

/** Of the client: `passes 6 of 8 points, fails 1, 1 can’t be told`. */
export function formatConformance({ points }: Drill): string {
  const of = (wanted: PointReport["outcome"]): number =>
    points.filter(({ outcome }) => outcome === wanted).length;
  const [failed, untold] = [of("fail"), of("untold")];
  return [
    `passes ${of("pass")} of ${points.length} points`,
    ...(failed > 0 ? [`fails ${failed}`] : []),
    ...(untold > 0 ? [`${untold} can’t be told`] : []),
  ].join(", ");
}

/** `payment-transaction-capture: 163 sent, 5 throttled at a quota of 12/s`. */
export function formatMet(drill: Drill): string {
  const { category, sent, throttled, quotaPerSecond, unrecorded } = drill;
  if (category === null) return "nothing was sent";
  const quota = quotaPerSecond === null ? "" : ` at a quota of ${formatRate(quotaPerSecond)}`;
  const more = unrecorded > 0 ? `; ${formatCount(unrecorded)} more have no line in the record` : "";
  return `${visible(category)}: ${formatCount(sent)} sent, ${formatCount(throttled)} throttled${quota}${more}`;
}

/** `request 22 at 5.7 s`, of each that shows it; empty for none. */
export function formatShownBy({ shownBy }: PointReport): string {
  return shownBy.map(({ request, atS }) => `request ${request} at ${formatAt(atS)}`).join(", ");
}
