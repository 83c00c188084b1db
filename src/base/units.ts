/**
 * Units carried by type: a bare number is neither a duration nor a rate.
 * Names that leave a function put the quantity first and the unit last (`timeoutMs`, `valueUs`).
 */

declare const unit: unique symbol;

/** Whole microseconds, 0 or more. */
export type Micros = number & { readonly [unit]: "us" };

/** Events per second, finite and 0 or more; fractions allowed (0.2 is one every five seconds). */
export type PerSecond = number & { readonly [unit]: "1/s" };

export const MICROS_PER_SECOND = 1_000_000;

/** @throws RangeError unless `n` is a whole number of microseconds, 0 or more. */
export function micros(n: number): Micros {
  if (!Number.isSafeInteger(n) || n < 0) throw new RangeError(`not whole microseconds: ${n}`);
  return n as Micros;
}

/** Seconds to whole microseconds, rounded to the nearest. @throws RangeError if negative or not finite. */
export function seconds(n: number): Micros {
  return micros(Math.round(n * MICROS_PER_SECOND));
}

/** Milliseconds to whole microseconds, rounded to the nearest. @throws RangeError if negative or not finite. */
export function milliseconds(n: number): Micros {
  return micros(Math.round(n * 1000));
}

/** @throws RangeError unless `n` is finite and 0 or more. */
export function perSecond(n: number): PerSecond {
  if (!Number.isFinite(n) || n < 0) throw new RangeError(`not a rate: ${n}`);
  return n as PerSecond;
}

const DURATION = /^(\d+(?:\.\d+)?)(us|ms|s|m|min|h)$/;
const DURATION_UNIT_US: Readonly<Record<string, number>> = {
  us: 1,
  ms: 1000,
  s: 1_000_000,
  m: 60_000_000,
  min: 60_000_000,
  h: 3_600_000_000,
};
const RATE = /^(\d+(?:\.\d+)?)\/(s|min|h)$/;
const RATE_UNIT_S: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600 };

/** The same forms as patterns, for schemas. */
export const DURATION_PATTERN = DURATION.source;
export const RATE_PATTERN = RATE.source;

/** The written forms that `parseDuration` accepts, for messages. */
export const DURATION_FORM = "a number and a unit, such as 800ms, 10s, 5min or 1h";
/** The written forms that `parseRate` accepts, for messages. */
export const RATE_FORM = "a number per unit of time, such as 5/s, 0.2/s or 30/min";

/** `"800ms"`, `"10s"`, `"1.5min"`, `"1h"` to microseconds; `undefined` for anything else. */
export function parseDuration(text: string): Micros | undefined {
  const match = DURATION.exec(text);
  if (!match) return undefined;
  const us = Math.round(Number(match[1]) * (DURATION_UNIT_US[match[2] ?? ""] ?? Number.NaN));
  return Number.isSafeInteger(us) ? micros(us) : undefined;
}

/** `"5/s"`, `"0.2/s"`, `"30/min"` to a rate; `undefined` for anything else. */
export function parseRate(text: string): PerSecond | undefined {
  const match = RATE.exec(text);
  if (!match) return undefined;
  const rate = Number(match[1]) / (RATE_UNIT_S[match[2] ?? ""] ?? Number.NaN);
  return Number.isFinite(rate) ? perSecond(rate) : undefined;
}

/** A duration for people: three significant digits and the unit that fits (`412 µs`, `4.12 ms`, `2.5 s`, `12 min`). */
export function formatMicros(us: number): string {
  if (us < 999.5) return `${Math.round(us)} µs`;
  if (us < 999_500) return `${threeDigits(us / 1000)} ms`;
  if (us < 120_000_000) return `${threeDigits(us / 1_000_000)} s`;
  if (us < 7_200_000_000) return `${threeDigits(us / 60_000_000)} min`;
  return `${threeDigits(us / 3_600_000_000)} h`;
}

/** A rate for people: `5/s`, `0.25/s`. */
export function formatRate(rate: number): string {
  return `${threeDigits(rate)}/s`;
}

function threeDigits(n: number): string {
  if (n >= 100) return String(Math.round(n));
  return String(Number(n.toPrecision(3)));
}

/** Later than anything that ever happens: a due time for what waits on something other than time. */
export const FAR: Micros = micros(Number.MAX_SAFE_INTEGER);
