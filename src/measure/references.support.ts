/**
 * Statistics worked out the slow way, for tests: from sorted arrays, exact fractions and areas. They share no line with
 * what they are held against.
 */

/** Probabilities in here are so many of these, so that all arithmetic is of whole numbers. */
export const PARTS = 1000;

/** P(B <= k), B binomial of `n` trials with probability `parts` / 1000, summed in whole numbers; 15 digits are kept. */
export function binomialAtMost(k: number, n: number, parts: number): number {
  return ratio(chosen(0, Math.min(k, n), n, parts), BigInt(PARTS) ** BigInt(n));
}

/** P(B >= k), likewise: a small tail keeps its digits. */
export function binomialAtLeast(k: number, n: number, parts: number): number {
  return ratio(chosen(Math.max(0, k), n, n, parts), BigInt(PARTS) ** BigInt(n));
}

function chosen(from: number, to: number, n: number, parts: number): bigint {
  const [p, q] = [BigInt(parts), BigInt(PARTS - parts)];
  let ways = 1n;
  let sum = 0n;
  for (let i = 0; i <= to; i++) {
    if (i >= from) sum += ways * p ** BigInt(i) * q ** BigInt(n - i);
    ways = (ways * BigInt(n - i)) / BigInt(i + 1);
  }
  return sum;
}

/** A quotient of large numbers, scaled by its own size, so that a tiny one has as many digits as any. */
function ratio(above: bigint, below: bigint): number {
  if (above === 0n) return 0;
  const digits = Math.max(0, below.toString().length - above.toString().length) + 20;
  return Number((above * 10n ** BigInt(digits)) / below) * 10 ** -digits;
}

/** P(T <= t) for t >= 0 by Simpson's rule on the density, whose scale is that of the same rule on the whole line. */
export function studentByArea(t: number, degrees: number): number {
  // The whole line becomes an angle from 0 to a right one.
  const density = (angle: number): number => {
    const x = Math.tan(angle);
    return (1 + (x * x) / degrees) ** (-(degrees + 1) / 2) / Math.cos(angle) ** 2;
  };
  const area = (to: number): number => {
    const steps = 20_000;
    let sum = density(0) + density(to);
    for (let i = 1; i < steps; i++) sum += density((to * i) / steps) * (i % 2 === 1 ? 4 : 2);
    return (sum * to) / steps / 3;
  };
  return 0.5 + area(Math.atan(t)) / (2 * area(Math.PI / 2 - 1e-9));
}

export function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}

/** The nearest-rank percentile: the least value with `p` per cent of all at or below it. @param p to a tenth */
export function percentileOf(values: readonly number[], p: number): number | null {
  const sorted = ascending(values);
  const enough = sorted.findIndex((_, i) => 1000 * (i + 1) >= Math.round(10 * p) * sorted.length);
  return sorted[enough] ?? null;
}

/** The largest rank r with P(B <= r - 1) <= error, by trying them all; null for none. @param p to a tenth */
export function lowerRankOf(n: number, p: number, error: number): number | null {
  const parts = Math.round(10 * p);
  let rank: number | null = null;
  for (let r = 1; r <= n && binomialAtMost(r - 1, n, parts) <= error * (1 + 1e-12); r++) rank = r;
  return rank;
}

/** The smallest rank r with P(B >= r) <= error, by trying them all; null for none. @param p to a tenth */
export function upperRankOf(n: number, p: number, error: number): number | null {
  const parts = Math.round(10 * p);
  let rank: number | null = null;
  for (let r = n; r >= 1 && binomialAtLeast(r, n, parts) <= error * (1 + 1e-12); r--) rank = r;
  return rank;
}
