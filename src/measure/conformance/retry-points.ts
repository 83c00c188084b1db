import { formatMicros, micros } from "../../base/units.ts";
import { isThrottled, type Retry, resetAtUs } from "./exchange.ts";
import { counted, type Point, point } from "./point.ts";

/** Three waits of full jitter lie within the clock's noise of one another less than once in a hundred drills. */
const WAITS_LEAST = 3;
/** Fewer waits say too little of their own spread to compare them with others. */
const COMPARED_LEAST = 5;
/** Waits closer together than this are the clock's noise, not jitter; a mean wait below it is none. */
const NOISE_US = 10_000;
/** Two-sided 99 %: a client is called wrong only where hardly anything else explains what was seen. */
const Z = 2.576;
/** A wait that grows by less than this with each attempt is not exponential to any purpose; doubling is usual. */
const GROWTH_LEAST = 1.5;

/**
 * What a client waits by its own choice. One that heeds the reset waits for it and some more: the reset is not its
 * back-off. One that does not has chosen all of its wait.
 */
function ownWaits(retries: readonly Retry[]): ReadonlyMap<number, readonly number[]> {
  const heeds = retries.every(({ before, again }) => again.readyUs >= resetAtUs(before));
  const waits = new Map<number, number[]>();
  for (const { before, again, number } of retries) {
    const from = heeds ? resetAtUs(before) : before.endUs;
    const known = waits.get(number) ?? [];
    known.push(Math.max(0, again.readyUs - from));
    waits.set(number, known);
  }
  return waits;
}

function afterThrottling(retries: readonly Retry[]): Retry[] {
  return retries.filter(({ before }) => isThrottled(before));
}

/**
 * Means of the first and the last attempt of which there are enough, and what lies between them per attempt, with an
 * interval from the spread of both (the delta method on the logarithm of their ratio).
 */
export function backsOff(all: readonly Retry[]): Point {
  const retries = afterThrottling(all);
  if (retries.length === 0)
    return point("back-off", "untold", "nothing was tried again after a 429");
  const waits = [...ownWaits(retries)].sort(([a], [b]) => a - b);
  const enough = waits.filter(([, each]) => each.length >= COMPARED_LEAST);
  const [first] = enough[0] ? enough : waits.filter(([, each]) => each.length >= WAITS_LEAST);
  const last = enough.at(-1) ?? first;
  if (!first || !last) {
    return point("back-off", "untold", `${counted(retries.length, "retry", "retries")}: too few`);
  }
  const [from, to] = [spreadOf(first[1]), spreadOf(last[1])];
  const shownBy = retries.map(({ again }) => again);
  if (to.mean < NOISE_US) {
    return point(
      "back-off",
      "fail",
      `retry ${last[0]} came ${formatMicros(micros(Math.round(to.mean)))} after it could, on average: there is no wait`,
      shownBy,
    );
  }
  const steps = last[0] - first[0];
  if (steps === 0) {
    return point(
      "back-off",
      "untold",
      `retry ${first[0]} waited ${formatMicros(micros(Math.round(from.mean)))} on average; too few further retries show whether that grows`,
    );
  }
  const growth = Math.exp(Math.log(to.mean / Math.max(1, from.mean)) / steps);
  const error = Math.hypot(from.relativeError, to.relativeError) / steps;
  const [low, high] = [growth * Math.exp(-Z * error), growth * Math.exp(Z * error)];
  const seen = `from ${formatMicros(micros(Math.round(from.mean)))} before retry ${first[0]} to ${formatMicros(micros(Math.round(to.mean)))} before retry ${last[0]}, times ${growth.toFixed(1)} each (99 % interval ${low.toFixed(1)} to ${high.toFixed(1)})`;
  if (low > 1) return point("back-off", "pass", seen);
  if (high < GROWTH_LEAST) return point("back-off", "fail", `${seen}: it does not grow`, shownBy);
  return point("back-off", "untold", `${seen}: too few retries to tell`);
}

export function jitters(all: readonly Retry[]): Point {
  const retries = afterThrottling(all);
  if (retries.length === 0) return point("jitter", "untold", "nothing was tried again after a 429");
  const waits = [...ownWaits(retries)].find(([, each]) => each.length >= WAITS_LEAST);
  if (!waits) {
    return point("jitter", "untold", `${counted(retries.length, "retry", "retries")}: too few`);
  }
  const { mean, deviation } = spreadOf(waits[1]);
  const seen = `${waits[1].length} waits before retry ${waits[0]}: ${formatMicros(micros(Math.round(mean)))} on average, spread by ${formatMicros(micros(Math.round(deviation)))} (standard deviation)`;
  return deviation >= NOISE_US
    ? point("jitter", "pass", seen)
    : point(
        "jitter",
        "fail",
        `${seen}: callers that were refused together come back together`,
        retries.map(({ again }) => again),
      );
}

/** A key that is not known (no answer came) tells nothing. */
export function keepsKey(retries: readonly Retry[]): Point {
  const writes = retries.filter(({ again }) => again.write);
  const fresh = writes.filter(
    ({ before, again }) =>
      before.keyHash !== null && again.keyHash !== null && before.keyHash !== again.keyHash,
  );
  if (fresh.length > 0) {
    return point(
      "idempotency-key",
      "fail",
      `${fresh.length} of ${counted(writes.length, "repeated write")} had a new key: each may be executed`,
      fresh.map(({ again }) => again),
    );
  }
  const bare = writes.filter(({ again, before }) => again.keyHash === null && !isThrottled(before));
  if (bare.length > 0) {
    return point(
      "idempotency-key",
      "fail",
      `${bare.length} of ${counted(writes.length, "repeated write")} had no key`,
      bare.map(({ again }) => again),
    );
  }
  const same = writes.filter(({ again }) => again.keyHash !== null);
  if (same.length === 0) return point("idempotency-key", "untold", "no write was tried again");
  return point(
    "idempotency-key",
    "pass",
    `all ${counted(same.length, "repeated write")} had the key of the attempt before`,
  );
}

function spreadOf(waits: readonly number[]) {
  const n = waits.length;
  const mean = waits.reduce((sum, wait) => sum + wait, 0) / n;
  const variance = waits.reduce((sum, wait) => sum + (wait - mean) ** 2, 0) / Math.max(1, n - 1);
  const deviation = Math.sqrt(variance);
  return { mean, deviation, relativeError: mean > 0 ? deviation / mean / Math.sqrt(n) : 0 };
}
