import { MICROS_PER_SECOND, type Micros } from "../base/units.ts";
import type { RateLimit } from "../klarna/rate-limit.ts";
import { Queue } from "../workload/queue.ts";

/** What was seen of one category's quota, as the report shows it. */
export interface SeenRateLimit {
  readonly category: string;
  /** As the last header gave it; null where none was seen. */
  readonly limitPerSecond: number | null;
  readonly lowestRemaining: number | null;
  /** Answers of 429. */
  readonly throttled: number;
  /** The most requests written in any half-open window of 1 s. */
  readonly peakInOneSecond: number;
}

interface Category {
  limitPerSecond: number | null;
  lowestRemaining: number | null;
  throttled: number;
  peak: number;
  readonly lastSecond: Queue<Micros>;
}

/** Keeps, for each category, what the headers said and how close the run came to the quota. Memory: one second of writes. */
export class RateLimitWatch {
  readonly #categories = new Map<string, Category>();

  sent(name: string, at: Micros): void {
    const category = this.#category(name);
    const { lastSecond } = category;
    lastSecond.push(at);
    for (
      let oldest = lastSecond.peek();
      oldest !== undefined && at - oldest >= MICROS_PER_SECOND;
      oldest = lastSecond.peek()
    ) {
      lastSecond.shift();
    }
    category.peak = Math.max(category.peak, lastSecond.length);
  }

  answered(name: string, status: number, { limitPerSecond, remaining }: RateLimit): void {
    const category = this.#category(name);
    if (status === 429) category.throttled++;
    if (limitPerSecond !== undefined) category.limitPerSecond = limitPerSecond;
    if (remaining !== undefined) {
      category.lowestRemaining = Math.min(category.lowestRemaining ?? remaining, remaining);
    }
  }

  seen(): SeenRateLimit[] {
    return [...this.#categories].map(
      ([category, { limitPerSecond, lowestRemaining, throttled, peak }]) => ({
        category,
        limitPerSecond,
        lowestRemaining,
        throttled,
        peakInOneSecond: peak,
      }),
    );
  }

  #category(name: string): Category {
    let category = this.#categories.get(name);
    if (!category) {
      category = {
        limitPerSecond: null,
        lowestRemaining: null,
        throttled: 0,
        peak: 0,
        lastSecond: new Queue(),
      };
      this.#categories.set(name, category);
    }
    return category;
  }
}
