import fc from "fast-check";
import { expect, test } from "vitest";
import type { Exchange } from "./exchange.ts";
import { judgeConformance } from "./judge.ts";
import type { PointCode } from "./point.ts";

const QUOTA = 3;

/** One category's, by start: nothing of a client that makes sense, so that every rule is met in every way. */
const anyExchanges = fc
  .record({
    // Close together, as in a burst, and far apart.
    withinMs: fc.constantFrom(1_500, 3_000, 15_000),
    succeeding: fc.constantFrom(2, 40),
  })
  .chain(({ withinMs, succeeding }) =>
    fc.array(
      fc.record({
        intent: fc.constantFrom("a", "b", "c", "d", "e"),
        write: fc.boolean(),
        keyHash: fc.constantFrom(null, "k1", "k2"),
        startMs: fc.integer({ min: 0, max: withinMs }),
        readyBeforeMs: fc.constantFrom(0, 0, 3, 40),
        lastedMs: fc.integer({ min: 1, max: 60 }),
        result: fc.oneof(
          { weight: succeeding, arbitrary: fc.constant<Exchange["result"]>(200) },
          { weight: 2, arbitrary: fc.constant<Exchange["result"]>(429) },
          {
            weight: 4,
            arbitrary: fc.constantFrom<Exchange["result"]>(404, 500, "failed", "unfinished"),
          },
        ),
        limitPerSecond: fc.constantFrom(QUOTA, QUOTA, QUOTA, QUOTA + 1, null),
        remaining: fc.constantFrom(0, 0, 0, 0, 1),
        resetS: fc.constantFrom(1, 1, 1, 2),
      }),
      { maxLength: 40, size: "max" },
    ),
  )
  .map((all) =>
    all
      .sort((x, y) => x.startMs - y.startMs)
      .map(({ startMs, readyBeforeMs, lastedMs, ...more }, request): Exchange => {
        const startUs = startMs * 1000;
        const endUs = startUs + lastedMs * 1000;
        const readyUs = startUs - readyBeforeMs * 1000;
        return { request, category: "c", startUs, endUs, readyUs, ...more };
      }),
  );

const refused = ({ result }: Exchange): boolean => result === 429;
const through = ({ result }: Exchange): boolean => typeof result === "number" && result < 400;
const resetUs = ({ endUs, resetS }: Exchange): number => endUs + (resetS ?? 1) * 1e6;

/** The attempt that an exchange repeats: the last before it with its intent, unless that succeeded. */
function beforeOf(all: readonly Exchange[], one: Exchange): Exchange | undefined {
  const last = all.findLast(
    ({ intent, request }) => intent === one.intent && request < one.request,
  );
  return last && !through(last) ? last : undefined;
}

/** From 1 for a first retry. */
function retryNumber(all: readonly Exchange[], one: Exchange): number {
  const before = beforeOf(all, one);
  return before ? 1 + retryNumber(all, before) : 0;
}

/** All attempts at what this one was an attempt at are over with it. */
function isLast(all: readonly Exchange[], one: Exchange): boolean {
  return !all.some((other) => beforeOf(all, other) === one);
}

function outcomeOf(all: readonly Exchange[], code: PointCode): string | undefined {
  const { points } = judgeConformance(all, () => QUOTA);
  return points.find((one) => one.code === code)?.outcome;
}

test("counts: sent, refused, and what shoppers did not get", () => {
  fc.assert(
    fc.property(anyExchanges, (all) => {
      const judged = judgeConformance(all, () => QUOTA);
      expect(judged.sent).toBe(all.length);
      expect(judged.throttled).toBe(all.filter(refused).length);
      const lost = all.filter(
        (one) =>
          isLast(all, one) && (refused(one) || one.result === "failed" || one.result === 500),
      );
      expect(judged.shopperErrors).toBe(lost.length);
      const outcome = lost.length > 0 ? "fail" : all.some(refused) ? "pass" : "untold";
      const last = judged.points.find(({ code }) => code === "shopper-errors");
      expect(last?.outcome).toBe(outcome);
      if (outcome !== "pass") return;
      const ends = all.filter((one) => isLast(all, one));
      const well = ends.filter(through).length;
      const of = `${well === ends.length ? "all" : well} of ${ends.length} intended request`;
      expect(last?.evidence.startsWith(of)).toBe(true);
      for (const [words, count] of [
        ["otherwise answered", ends.filter(({ result }) => result === 404).length],
        ["unfinished", ends.filter(({ result }) => result === "unfinished").length],
      ] as const) {
        expect(last?.evidence.includes(words)).toBe(count > 0);
        if (count > 0)
          expect(last?.evidence).toMatch(new RegExp(`\\b${count} (was|were) ${words}`));
      }
    }),
  );
});

test("the first 429: early where fewer than the quota can have been counted, late where more went through than windows hold", () => {
  fc.assert(
    fc.property(anyExchanges, (all) => {
      const first = all.find(refused);
      const admitted = all.filter(
        (one) =>
          typeof one.result === "number" && !refused(one) && (!first || one.startUs < first.endUs),
      );
      const tooMany = admitted.some((from) =>
        admitted.some((to) => {
          if (to.request < from.request || to.startUs - from.startUs > 10e6) return false;
          const within = admitted.filter(
            (one) => one.request >= from.request && one.request <= to.request,
          );
          const spanS = (Math.max(...within.map(({ endUs }) => endUs)) - from.startUs) / 1e6;
          return within.length > QUOTA * (Math.ceil(spanS) + 1);
        }),
      );
      // What had no answer, or not yet, was counted as well, for all that one knows.
      const counted = first
        ? all.filter(
            (one) => !refused(one) && one.startUs < first.endUs && one.endUs > first.startUs - 1e6,
          ).length
        : 0;
      expect(outcomeOf(all, "first-429")).toBe(
        tooMany ? "fail" : !first ? "untold" : counted >= QUOTA ? "pass" : "fail",
      );
    }),
  );
});

test("the reset: against each pair of a 429 and what was sent after it", () => {
  fc.assert(
    fc.property(anyExchanges, (all) => {
      const early = all.some((one) => {
        const before = beforeOf(all, one);
        const own = before && refused(before) && one.startUs < resetUs(before) - 5_000;
        const others = all.some(
          (answer) =>
            refused(answer) &&
            answer.endUs + 20_000 < one.startUs &&
            one.startUs < resetUs(answer) - 5_000,
        );
        return own || others;
      });
      const after = all.some((one) =>
        all.some((answer) => refused(answer) && one.startUs > answer.endUs + 20_000),
      );
      expect(outcomeOf(all, "reset")).toBe(
        !all.some(refused) ? "untold" : early ? "fail" : after ? "pass" : "untold",
      );
    }),
  );
});

test("recoveries: from a burst's first 429 until all that it refused is through or given up", () => {
  fc.assert(
    fc.property(anyExchanges, (all) => {
      const hits = all.filter(refused);
      const begins = hits.filter((one, i) => one.startUs - (hits[i - 1]?.startUs ?? -1e9) >= 5e6);
      const recoveries = begins.map((first, i) => {
        const next = begins[i + 1];
        const burst = hits.filter(
          ({ request }) => request >= first.request && (!next || request < next.request),
        );
        const last = burst.at(-1) ?? first;
        const success = all.find((one) => one.startUs > last.startUs && through(one));
        if (!success) return null;
        const chain = (one: Exchange): Exchange[] => {
          const before = beforeOf(all, one);
          return before ? [...chain(before), one] : [one];
        };
        const ends = all
          .filter((one) => through(one) && isLast(all, one))
          .filter((one) => chain(one).some((attempt) => burst.includes(attempt)))
          .map(({ endUs }) => endUs);
        return Math.max(first.endUs, success.endUs, ...ends) - first.endUs;
      });
      expect(judgeConformance(all, () => QUOTA).recoveriesUs).toEqual(recoveries);
    }),
  );
});

test("recovery fails where nothing succeeded in the five seconds and more that were watched", () => {
  fc.assert(
    fc.property(anyExchanges, (all) => {
      const hits = all.filter(refused);
      const lasts = hits.filter((one, i) => (hits[i + 1]?.startUs ?? 1e9) - one.startUs >= 5e6);
      const never = lasts.find(
        ({ startUs }) => !all.some((one) => one.startUs > startUs && through(one)),
      );
      const until = Math.max(...all.map(({ endUs }) => endUs));
      expect(outcomeOf(all, "recovery")).toBe(
        hits.length === 0
          ? "untold"
          : !never
            ? "pass"
            : until - never.endUs >= 5e6
              ? "fail"
              : "untold",
      );
    }),
  );
});

test("keys: a write that was repeated with another one fails, and one without unless a 429 came before", () => {
  fc.assert(
    fc.property(anyExchanges, (all) => {
      const repeats = all.flatMap((again) => {
        const before = beforeOf(all, again);
        return before && again.write ? [{ before, again }] : [];
      });
      const fresh = repeats.some(
        ({ before, again }) =>
          before.keyHash !== null && again.keyHash !== null && before.keyHash !== again.keyHash,
      );
      const bare = repeats.some(({ before, again }) => again.keyHash === null && !refused(before));
      const kept = repeats.some(({ again }) => again.keyHash !== null);
      expect(outcomeOf(all, "idempotency-key")).toBe(
        fresh || bare ? "fail" : kept ? "pass" : "untold",
      );
    }),
  );
});

/** What a client waited by its own choice before its retries of one number, after a 429. */
function waitsBefore(all: readonly Exchange[], number: number): number[] {
  const retries = all.flatMap((again) => {
    const before = beforeOf(all, again);
    return before && refused(before) ? [{ before, again }] : [];
  });
  const heeds = retries.every(({ before, again }) => again.readyUs >= resetUs(before));
  return retries
    .filter(({ again }) => retryNumber(all, again) === number)
    .map(({ before, again }) =>
      Math.max(0, again.readyUs - (heeds ? resetUs(before) : before.endUs)),
    );
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviationOf(values: readonly number[]): number {
  const mean = meanOf(values);
  const squares = values.map((value) => (value - mean) ** 2);
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / (values.length - 1));
}

/** Five intents that are refused again and again, after waits of every kind. */
const anyRetries = fc
  .array(fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 4 }), {
    minLength: 2,
    maxLength: 9,
  })
  .map((intents) =>
    intents
      .flatMap((waits, i) => {
        let atMs = i;
        return [0, ...waits].map((wait) => {
          atMs += wait + 20;
          return { intent: String(i), startMs: atMs };
        });
      })
      .sort((x, y) => x.startMs - y.startMs)
      .map(({ intent, startMs }, request): Exchange => {
        const startUs = startMs * 1000;
        const told = { limitPerSecond: QUOTA, remaining: 0, resetS: 1 };
        const same = { category: "c", write: false, keyHash: null, result: 429, ...told };
        return { request, intent, startUs, readyUs: startUs, endUs: startUs + 20_000, ...same };
      }),
  );

test("jitter: the spread of the waits before the first retry of which there are three", () => {
  fc.assert(
    fc.property(anyRetries, (all) => {
      const waits = [1, 2, 3, 4].map((n) => waitsBefore(all, n)).find(({ length }) => length >= 3);
      const expected = !waits ? "untold" : deviationOf(waits) >= 10_000 ? "pass" : "fail";
      expect(outcomeOf(all, "jitter")).toBe(expected);
    }),
  );
});

test("back-off: how the mean wait grows from the first retry to the last, with its 99 % interval", () => {
  fc.assert(
    fc.property(anyRetries, (all) => {
      const waits = [1, 2, 3, 4].map((number) => ({ number, each: waitsBefore(all, number) }));
      const enough = waits.filter(({ each }) => each.length >= 5);
      const first = enough[0] ?? waits.find(({ each }) => each.length >= 3);
      const last = enough.at(-1) ?? first;
      const expected = (): string => {
        if (!first || !last) return "untold";
        if (meanOf(last.each) < 10_000) return "fail";
        if (first === last) return "untold";
        const steps = last.number - first.number;
        const logRatio = Math.log(meanOf(last.each) / Math.max(1, meanOf(first.each)));
        const relative = ({ each }: { readonly each: readonly number[] }): number =>
          deviationOf(each) / meanOf(each) / Math.sqrt(each.length);
        const error = Math.sqrt(relative(first) ** 2 + relative(last) ** 2);
        if (Math.exp((logRatio - 2.576 * error) / steps) > 1) return "pass";
        return Math.exp((logRatio + 2.576 * error) / steps) < 1.5 ? "fail" : "untold";
      };
      expect(outcomeOf(all, "back-off")).toBe(expected());
    }),
  );
});
