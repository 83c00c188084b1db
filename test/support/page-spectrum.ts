import { readBytes } from "../../src/measure/hdr-bytes.support.ts";
import type { Distribution } from "../../src/report/schema.ts";

/** Three digits: from its least value on, a bucket is so wide. */
function widthFrom(least: number): number {
  let width = 1;
  while (least / width >= 2048) width *= 2;
  return width;
}

/**
 * A percentile as the page's spectrum has to show it, counted out from the report's own histograms with the tests'
 * decoder: null where there are too few samples for it, or where it falls among censored ones.
 * @param p to six decimals
 */
export function spectrumAt(distribution: Distribution, p: number): number | null {
  const [known, censored] = [distribution.histogram, distribution.censoredHistogram].map(bucketsOf);
  const all = [...(known ?? []), ...(censored ?? [])].sort(([a], [b]) => a - b);
  const count = all.reduce((sum, [, n]) => sum + n, 0);
  if (count === 0 || (p > 50 && 1 - p / 100 < 1 / count - 1e-9)) return null;
  const rank = Math.max(1, Math.ceil((Math.round(p * 1e6) * count) / 1e8));
  const [least, most] = [bucketAt(all, rank), bucketAt(known ?? [], rank)];
  if (least === null || least !== most) return null;
  return Math.min(least + widthFrom(least) - 1, distribution.maxUs ?? Number.POSITIVE_INFINITY);
}

function bucketsOf(base64: string): [least: number, count: number][] {
  if (base64 === "") return [];
  return [...readBytes(base64).counts].map(([least, count]) => [Number(least), Number(count)]);
}

function bucketAt(ascending: readonly (readonly [number, number])[], rank: number): number | null {
  let seen = 0;
  for (const [least, count] of ascending) {
    seen += count;
    if (seen >= rank) return least;
  }
  return null;
}
