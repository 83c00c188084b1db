import { CensoredHistogram } from "../../measure/censored.ts";
import type { Distribution } from "../schema.ts";

/** A distribution over all percentiles, read from the histogram that the report carries. */
export interface Spectrum {
  /** How far it goes, in nines: 2 with a hundred samples, since there is nothing between the 99th and the largest. */
  readonly nines: number;
  /** The value at a percentile, 0 to 100; null where it falls among censored samples. */
  valueUs(p: number): number | null;
}

/** The smallest percentile that a rank is computed for: that of the least sample. */
const LEAST = 1e-6;

/** @returns undefined for a distribution without samples, or whose histogram can't be read */
export function spectrumOf(distribution: Distribution): Spectrum | undefined {
  const histogram = decoded(distribution);
  if (!histogram || histogram.count === 0) return undefined;
  // The histogram knows its maximum to its own resolution only.
  const maxUs = distribution.maxUs ?? Number.POSITIVE_INFINITY;
  return {
    nines: Math.log10(histogram.count),
    valueUs(p) {
      const { valueUs, censored } = histogram.percentile(Math.max(LEAST, p));
      return valueUs === null || censored ? null : Math.min(valueUs, maxUs);
    },
  };
}

function decoded({ histogram, censoredHistogram }: Distribution): CensoredHistogram | undefined {
  try {
    return CensoredHistogram.decode({ histogram, censoredHistogram });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** 0 nines is 0 %, 1 is 90 %, 2 is 99 %; to six decimals, as ranks are. */
export function percentileAtNines(nines: number): number {
  return Math.round((1 - 10 ** -nines) * 1e8) / 1e6;
}
