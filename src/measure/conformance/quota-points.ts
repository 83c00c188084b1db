import { formatMicros, MICROS_PER_SECOND, micros } from "../../base/units.ts";
import { type Attempts, type Exchange, isThrottled, resetAtUs } from "./exchange.ts";
import { counted, type Point, point } from "./point.ts";

/**
 * What was sent before its sender can have seen the 429 is on its way, not sent against it. A retry of the very request
 * that was refused never is.
 */
export const ON_ITS_WAY_US = 20_000;
/** A reset is told in whole seconds. */
const RESET_TOLERANCE_US = 5_000;

/**
 * Nobody says how a quota is counted, so only what no way of counting allows is called wrong: a 429 when fewer than the
 * quota can have been counted in the second before it, or more requests let through in a span than all windows of a
 * second that touch it can hold.
 *
 * @param ordered one category's, by start
 */
export function firstThrottled(ordered: readonly Exchange[], quota: number | null): Point {
  const first = ordered.find(isThrottled);
  if (quota === null) return point("first-429", "untold", "no quota of the category is known");
  const admitted = ordered.filter((one) => typeof one.result === "number" && !isThrottled(one));
  const before = first ? admitted.filter(({ startUs }) => startUs < first.endUs) : admitted;
  const tooMany = beyondQuota(before, quota);
  if (tooMany !== null) return point("first-429", "fail", tooMany, first ? [first] : []);
  if (!first) {
    return point(
      "first-429",
      "untold",
      `no answer was 429, and the ${counted(admitted.length, "request")} may all have been within the quota of ${quota} a second`,
    );
  }
  // Not admitted ones alone: what ended without an answer can have been counted all the same.
  const second = ordered.filter(
    (one) =>
      !isThrottled(one) &&
      one.startUs < first.endUs &&
      one.endUs > first.startUs - MICROS_PER_SECOND,
  );
  const seen = `request ${first.request}, ${formatMicros(micros(first.startUs))} after the first due time, was refused when up to ${second.length} can have been counted in the second before it; the quota is ${quota}`;
  return second.length >= quota
    ? point("first-429", "pass", seen, [first])
    : point("first-429", "fail", `${seen}: somebody else uses it, or it is lower`, [first]);
}

/** Any span of up to ten seconds in which more was let through than every window of a second that touches it can hold. */
function beyondQuota(admitted: readonly Exchange[], quota: number): string | null {
  for (const [from, first] of admitted.entries()) {
    let latest = 0;
    for (let to = from; to < admitted.length; to++) {
      const last = admitted[to];
      if (!last || last.startUs - first.startUs > 10 * MICROS_PER_SECOND) break;
      latest = Math.max(latest, last.endUs);
      const span = (latest - first.startUs) / MICROS_PER_SECOND;
      const count = to - from + 1;
      if (count > quota * (Math.ceil(span) + 1)) {
        return `${count} requests were let through in ${span.toFixed(1)} s before any 429, more than a quota of ${quota} a second can`;
      }
    }
  }
  return null;
}

export function headersRead(ordered: readonly Exchange[], quota: number | null): Point {
  const throttled = ordered.filter(isThrottled);
  if (throttled.length === 0) return point("headers", "untold", "no answer was 429");
  const silent = throttled.filter(
    ({ limitPerSecond, remaining, resetS }) =>
      limitPerSecond === null || remaining === null || resetS === null,
  );
  if (silent.length > 0) {
    return point(
      "headers",
      "untold",
      `${silent.length} of ${throttled.length} did not name all three, or not in Klarna's form`,
      silent,
    );
  }
  const left = throttled.filter(({ remaining }) => (remaining ?? 0) > 0);
  if (left.length > 0) {
    return point(
      "headers",
      "fail",
      `${left.length} of ${throttled.length} were refused and yet read as having some of the quota left`,
      left,
    );
  }
  const other = throttled.filter(({ limitPerSecond }) => limitPerSecond !== quota);
  if (quota !== null && other.length > 0) {
    return point(
      "headers",
      "fail",
      `${other.length} of ${throttled.length} read as a limit of ${other[0]?.limitPerSecond} a second; the quota is ${quota}`,
      other,
    );
  }
  const resets = [...new Set(throttled.map(({ resetS }) => resetS))].join(", ");
  return point(
    "headers",
    "pass",
    `all ${throttled.length} read as a limit of ${throttled[0]?.limitPerSecond} a second, nothing remaining, reset in ${resets} s`,
  );
}

/** @param ordered one category's, by start @param attempts of the same @param onItsWayUs how long after an answer what is sent may not know of it */
export function heedsReset(
  ordered: readonly Exchange[],
  attempts: readonly Attempts[],
  onItsWayUs: number,
): Point {
  const throttled = ordered.filter(isThrottled);
  if (throttled.length === 0) return point("reset", "untold", "no answer was 429");
  const early = sentEarly(ordered, attempts, onItsWayUs);
  if (early.length > 0) {
    return point(
      "reset",
      "fail",
      `${counted(early.length, "request was", "requests were")} sent between a 429 and the reset that it named`,
      early,
    );
  }
  const soonest = closestAfterReset(ordered, throttled, onItsWayUs);
  if (soonest === null) return point("reset", "untold", "nothing was sent after a 429");
  return point(
    "reset",
    "pass",
    `after each of ${throttled.length}, nothing was sent until its reset; the closest came ${formatMicros(micros(Math.max(0, soonest)))} later`,
  );
}

/** The shortest time from a reset to the first request after its 429; null: none came. */
function closestAfterReset(
  ordered: readonly Exchange[],
  throttled: readonly Exchange[],
  onItsWayUs: number,
): number | null {
  let soonest: number | null = null;
  let next = 0;
  for (const one of [...throttled].sort((a, b) => a.endUs - b.endUs)) {
    while ((ordered[next]?.startUs ?? Number.POSITIVE_INFINITY) <= one.endUs + onItsWayUs) next++;
    const after = ordered[next];
    if (!after) break;
    soonest = Math.min(soonest ?? Number.POSITIVE_INFINITY, after.startUs - resetAtUs(one));
  }
  return soonest;
}

function sentEarly(
  ordered: readonly Exchange[],
  attempts: readonly Attempts[],
  onItsWayUs: number,
): Exchange[] {
  const early = new Set<Exchange>();
  for (const all of attempts) {
    for (const [i, one] of all.entries()) {
      const before = all[i - 1];
      if (before && isThrottled(before) && one.startUs < resetAtUs(before) - RESET_TOLERANCE_US)
        early.add(one);
    }
  }
  /** Of the 429s whose answer had come by then, the reset that lies farthest ahead. */
  let until = 0;
  const answers = ordered.filter(isThrottled).sort((a, b) => a.endUs - b.endUs);
  let seen = 0;
  for (const one of ordered) {
    for (;;) {
      const answer = answers[seen];
      if (!answer || answer.endUs + onItsWayUs >= one.startUs) break;
      until = Math.max(until, resetAtUs(answer));
      seen++;
    }
    if (one.startUs < until - RESET_TOLERANCE_US) early.add(one);
  }
  return ordered.filter((one) => early.has(one));
}
