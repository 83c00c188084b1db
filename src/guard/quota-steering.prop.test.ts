import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Micros, micros, perSecond } from "../base/units.ts";
import { Admission } from "./admission.ts";
import { brokenPromises, mostIn } from "./cap.support.ts";
import type { CapSchedule } from "./cap-schedule.ts";

const at = (s: number): Micros => micros(Math.round(s * 1e6));
const us = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });

const schedules: fc.Arbitrary<CapSchedule> = fc.record({
  capPerSecond: fc.integer({ min: 1, max: 60 }).map(perSecond),
  bursts: fc.option(
    fc.record({
      capPerSecond: fc.integer({ min: 1, max: 90 }).map(perSecond),
      windows: fc
        .tuple(us(3e6), us(3e6))
        .map(([gap, length]) => [{ fromUs: gap, toUs: gap + length }]),
    }),
    { nil: undefined },
  ),
});

/** What happens one after another: time passes, a request is tried, an answer tells anything at all of the quota. */
const events = fc.array(
  fc.record({
    gap: fc.oneof(us(5_000), us(200_000)),
    late: fc.oneof(fc.constant(0), us(100_000)),
    quota: fc.option(
      fc.record({
        limit: fc.integer({ min: 0, max: 100 }),
        left: fc.integer({ min: -5, max: 60 }),
        resets: us(3e6),
      }),
      { nil: undefined },
    ),
  }),
  { minLength: 20, maxLength: 200 },
);

describe("an admission that is steered by what is left of a quota", () => {
  it("keeps the cap, never lets a request go sooner than the cap alone, and its shadow is never behind", () => {
    fc.assert(
      fc.property(schedules, events, (schedule, list) => {
        const [real, shadow, unsteered] = [1, 2, 3].map(() => new Admission(schedule));
        if (!real || !shadow || !unsteered) throw new Error("three of them");
        for (const one of [real, shadow, unsteered]) one.beginAt(at(0));
        const written: number[] = [];
        let due = 0;
        let now = 0;
        let isTold = false;
        for (const { gap, late, quota } of list) {
          due += gap;
          now = Math.max(now, due);
          if (quota) {
            const { limit, left, resets } = quota;
            isTold = true;
            const told = { limit, left, until: micros(now + resets) };
            real.steer(micros(now), told);
            shadow.steer(micros(now), told);
          }
          const free = real.earliest(micros(now)) ?? Number.NaN;
          expect(real.earliest(micros(free))).toBe(free);
          now = real.earliest(micros(free + late)) ?? Number.NaN;
          real.take(micros(now))?.written(micros(now));
          written.push(now);
          const start = shadow.earliest(micros(due)) ?? Number.NaN;
          expect(start).toBeLessThanOrEqual(now);
          shadow.take(micros(start))?.written(micros(start));
          const byCap = unsteered.earliest(micros(due)) ?? Number.NaN;
          expect(byCap).toBeLessThanOrEqual(start);
          // Before any quota has held it back, nothing is told as if one had.
          if (!isTold) expect(byCap).toBe(start);
          unsteered.take(micros(byCap))?.written(micros(byCap));
        }
        expect(brokenPromises(schedule, 0, written)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it("is asked late, after answers that came since, and starts a request where one that was asked in time did", () => {
    // Without bursts, in which nothing is slowed down.
    const calm = schedules.map(({ capPerSecond }): CapSchedule => ({ capPerSecond }));
    const requests = fc.array(
      fc.record({
        gap: fc.oneof(us(5_000), us(200_000), us(3e6)),
        late: fc.oneof(fc.constant(0), us(50_000), us(3e6)),
        answers: fc.array(
          fc.record({
            after: fc.oneof(us(50_000), us(2e6)),
            limit: fc.integer({ min: 0, max: 100 }),
            left: fc.integer({ min: -2, max: 30 }),
            resets: us(2e6),
          }),
          { maxLength: 4 },
        ),
      }),
      { minLength: 5, maxLength: 40 },
    );
    fc.assert(
      fc.property(calm, requests, (schedule, list) => {
        const [inTime, late] = [new Admission(schedule), new Admission(schedule)];
        for (const one of [inTime, late]) one.beginAt(at(0));
        let now = 0;
        for (const request of list) {
          const due = now + request.gap;
          const told = request.answers
            .map(({ after, ...quota }) => ({ when: due + after, ...quota }))
            .sort((a, b) => a.when - b.when);
          const steer = (one: Admission, answer: (typeof told)[number], left: number): void => {
            const { when, limit, resets } = answer;
            one.steer(micros(when), { limit, left, until: micros(when + resets) });
          };
          const startFrom = (from: number): number => inTime.earliest(micros(from)) ?? Number.NaN;
          let heard = 0;
          let start = startFrom(due);
          for (; (told[heard]?.when ?? Number.POSITIVE_INFINITY) <= start; heard++) {
            const answer = told[heard];
            if (!answer) break;
            steer(inTime, answer, answer.left);
            start = startFrom(answer.when);
          }
          inTime.take(micros(start))?.written(micros(start));
          now = start + request.late;
          for (const [i, answer] of told.entries()) {
            if (answer.when > now) break;
            steer(late, answer, answer.left);
            // Who has let it go counts it as one that the answer does not know of.
            if (i >= heard) steer(inTime, answer, answer.left - 1);
          }
          expect(late.earliest(micros(due))).toBe(start);
          late.take(micros(start))?.written(micros(start));
        }
      }),
      { numRuns: 150 },
    );
  });

  it("what an answer held back was held from its own moment to the next answer, for all that wait", () => {
    const admission = new Admission({ capPerSecond: perSecond(20) });
    admission.take(at(0))?.written(at(0));
    admission.steer(at(0.1), { limit: 50, left: 0, until: at(1) });
    admission.steer(at(0.5), { limit: 50, left: 45, until: at(1.5) });
    const starts = () => [0.05, 0.1, 0.3, 0.6].map((due) => admission.earliest(at(due)));
    expect(starts()).toEqual([0.05, 0.5, 0.5, 0.6].map(at));
    expect(admission.steeredUntil).toBe(at(0.5));
    // Let go late, as of the time when it could: the next one waited too.
    admission.take(at(0.05))?.written(at(0.05));
    expect(admission.earliest(at(0.2))).toBe(at(0.5));
    admission.take(at(0.5))?.written(at(0.5));
    expect(admission.earliest(at(0.5))).toBe(at(0.53));
  });

  it("what could go before an answer slowed it down could go, though it is asked afterwards", () => {
    const admission = new Admission({ capPerSecond: perSecond(20) });
    admission.take(at(0))?.written(at(0));
    admission.steer(at(1), { limit: 50, left: 0, until: at(2) });
    expect(admission.earliest(at(0.5))).toBe(at(0.5));
    expect(admission.earliest(at(1))).toBe(at(2));
  });

  it("what a request waited for stays so though the slowing had ended by itself when an answer came", () => {
    const admission = slowed();
    admission.steer(at(1.5), { limit: 50, left: 45, until: at(2.5) });
    expect(admission.earliest(at(0.1))).toBe(at(0.58));
    expect(admission.steeredUntil).toBe(at(0.58));
  });

  it("what a request waited for stays so after an answer has ended it", () => {
    const [real, shadow] = [slowed(), slowed()];
    // The next would be at 0.6 s; at 0.3 s an answer tells of plenty.
    expect(real.earliest(at(0.1))).toBe(at(0.58));
    for (const one of [real, shadow]) one.steer(at(0.3), { limit: 50, left: 45, until: at(1.3) });
    expect(real.earliest(at(0.3))).toBe(at(0.3));
    expect(shadow.earliest(at(0.1))).toBe(at(0.3));
    expect(shadow.steeredUntil).toBe(at(0.3));
  });

  it("what it waited for stays no longer than it was held: until its time, if that has come before the answer", () => {
    const admission = slowed();
    admission.steer(at(0.9), { limit: 50, left: 45, until: at(1.9) });
    expect(admission.earliest(at(0.1))).toBe(at(0.58));
    expect(admission.steeredUntil).toBe(at(0.58));
  });

  it("says nothing of the quota where the cap alone held a request back as long", () => {
    const admission = new Admission({ capPerSecond: perSecond(20) });
    for (let i = 0; i < 20; i++) {
      const next = admission.earliest(at(0)) ?? at(0);
      admission.take(next)?.written(next);
    }
    // At 19.6/s the next could go at 0.98 s, and for the cap's sake it goes at 1 s: a second holds 20.
    admission.steer(at(0.95), { limit: 46, left: 9, until: at(2) });
    admission.steer(at(1), { limit: 46, left: 45, until: at(2) });
    expect(admission.earliest(at(0))).toBe(at(1));
    expect(admission.steeredUntil).toBe(0);
  });

  it("waits for the window to turn when nothing is left, with its first request too", () => {
    const admission = new Admission({ capPerSecond: perSecond(20) });
    admission.steer(at(0), { limit: 50, left: 0, until: at(2) });
    expect(admission.earliest(at(0))).toBe(at(2));
    admission.take(at(2))?.written(at(2));
    admission.steer(at(2), { limit: 50, left: 0, until: at(4) });
    expect(admission.earliest(at(2))).toBe(at(4));
  });

  /** 20/s, slowed to 2/s by an answer at 0.05 s that leaves one of 50, after a write at 0.1 s. */
  function slowed(): Admission {
    const admission = new Admission({ capPerSecond: perSecond(20) });
    admission.beginAt(at(0));
    admission.steer(at(0.05), { limit: 50, left: 2, until: at(1.05) });
    admission.take(at(0.1))?.written(at(0.1));
    return admission;
  }

  it("is not slowed in a drill's bursts, but waits out a pause there", () => {
    const admission = new Admission({
      capPerSecond: perSecond(6),
      bursts: { capPerSecond: perSecond(18), windows: [{ fromUs: 1e6, toUs: 3e6 }] },
    });
    admission.beginAt(at(0));
    admission.steer(at(0.5), { limit: 12, left: 0, until: at(60) });
    expect(admission.earliest(at(0.5))).toBe(at(1));
    admission.take(at(1))?.written(at(1));
    expect(admission.earliest(at(1))).toBeLessThan(at(1.06));
    admission.pauseUntil(at(2));
    expect(admission.earliest(at(1))).toBe(at(2));
    // After the burst what is left counts again.
    expect(admission.earliest(at(3))).toBe(at(60));
  });
});

/** What a server counts by, and says is left after a request: below 0, that it was one too many. */
type Counting = (limit: number) => (at: number) => number;

const countings: Readonly<Record<string, Counting>> = {
  "windows of a second by the clock": (limit) => {
    let window = -1;
    let used = 0;
    return (at) => {
      if (Math.floor(at / 1e6) !== window) used = 0;
      window = Math.floor(at / 1e6);
      return limit - ++used;
    };
  },
  "a sliding second": (limit) => {
    const taken: number[] = [];
    return (at) => {
      while (taken[0] !== undefined && at - taken[0] >= 1e6) taken.shift();
      taken.push(at);
      return limit - taken.length;
    };
  },
  "a bucket that fills steadily": (limit) => {
    let [tokens, last] = [limit, 0];
    return (at) => {
      tokens = Math.min(limit, tokens + ((at - last) * limit) / 1e6) - 1;
      last = at;
      return Math.floor(tokens);
    };
  },
};

describe("against a server that counts", () => {
  /** A backlog without end for ten seconds, answers after `latencyUs`. */
  function overload(counting: Counting, limit: number, cap: number, latencyUs: number) {
    const admission = new Admission({ capPerSecond: perSecond(cap) });
    admission.beginAt(at(0));
    const count = counting(limit);
    const answers: { at: number; request: number; left: number }[] = [];
    const written: number[] = [];
    let exceeded = 0;
    let now = 0;
    while (now < 10e6) {
      const next = admission.earliest(micros(now)) ?? Number.POSITIVE_INFINITY;
      const answer = answers[0];
      if (answer && answer.at <= next) {
        answers.shift();
        now = answer.at;
        const left = Math.max(0, answer.left) - (written.length - answer.request);
        admission.steer(micros(now), { limit, left, until: micros(now + 1e6) });
        continue;
      }
      now = next;
      admission.take(micros(now))?.written(micros(now));
      written.push(now);
      const left = count(now + latencyUs / 2);
      if (left < 0) exceeded++;
      answers.push({ at: now + latencyUs, request: written.length, left });
    }
    return { written, exceeded };
  }

  const cases = fc.record({
    limit: fc.integer({ min: 5, max: 125 }),
    over: fc.double({ min: 1, max: 2, noNaN: true }),
    latencyUs: fc.integer({ min: 1_000, max: 100_000 }),
  });

  it.each(Object.entries(countings))(
    "hardly meets the quota, and makes use of it: %s",
    (_, counting) => {
      fc.assert(
        fc.property(cases, ({ limit, over, latencyUs }) => {
          const cap = Math.max(1, Math.floor(limit * over));
          const { written, exceeded } = overload(counting, limit, cap, latencyUs);
          // Before the first answer, and after each turn of a window, nothing is known of it.
          const unknowing = Math.ceil((cap * latencyUs) / 1e6) + 1;
          expect(exceeded).toBeLessThanOrEqual(unknowing);
          expect(written.length).toBeGreaterThan(0.4 * 10 * limit);
          expect(mostIn(written, 1e6)).toBeLessThanOrEqual(cap);
        }),
        { numRuns: 60 },
      );
    },
  );

  it.each(Object.entries(countings))(
    "four fifths of the quota are never slowed down: %s",
    (_, counting) => {
      const { written, exceeded } = overload(counting, 50, 40, 20_000);
      // And the one that goes at the end's very moment, 20 ms ahead as a cap allows.
      expect([written.length, exceeded]).toEqual([401, 0]);
    },
  );
});
