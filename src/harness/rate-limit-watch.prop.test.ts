import fc from "fast-check";
import { expect, test } from "vitest";
import { micros } from "../base/units.ts";
import { RateLimitWatch } from "./rate-limit-watch.ts";

const anyAnswer = fc.record({
  status: fc.constantFrom(200, 429),
  limitPerSecond: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
  remaining: fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined }),
});

test("the peak is the most in any half-open second, the rest what headers said", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 4_000_000 }), { minLength: 1, maxLength: 80 }),
      fc.array(anyAnswer, { maxLength: 20 }),
      (any, answers) => {
        // Some a second apart to the microsecond, where a window ends.
        const times = any
          .flatMap((at, i) => (i % 5 === 0 ? [at, at + 1_000_000] : [at]))
          .sort((a, b) => a - b);
        const watch = new RateLimitWatch();
        for (const at of times) watch.sent("c", micros(at));
        for (const { status, limitPerSecond, remaining } of answers) {
          const rest = { limit: limitPerSecond, resetSeconds: undefined, policies: [] };
          watch.answered("c", status, { ...rest, limitPerSecond, remaining });
        }
        const inWindow = times.map(
          (from) => times.filter((at) => at >= from && at < from + 1_000_000).length,
        );
        const told = answers.flatMap(({ remaining }) => remaining ?? []);
        expect(watch.seen()).toEqual([
          {
            category: "c",
            limitPerSecond: answers.findLast((one) => one.limitPerSecond)?.limitPerSecond ?? null,
            lowestRemaining: told.length === 0 ? null : Math.min(...told),
            throttled: answers.filter(({ status }) => status === 429).length,
            peakInOneSecond: Math.max(...inWindow),
          },
        ]);
      },
    ),
  );
});
