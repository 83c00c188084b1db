import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Micros, micros, perSecond } from "../base/units.ts";
import { Admission } from "./admission.ts";
import { brokenPromises, mostIn, stretches, whole, windowUs } from "./cap.support.ts";
import type { CapSchedule } from "./cap-schedule.ts";

const capArbitrary = fc.oneof(
  fc.integer({ min: 1, max: 80 }),
  fc.double({ min: 0.2, max: 80, noNaN: true }),
);
const us = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });
/** Bursts of any length and distance, also none, also much closer than the guard allows. */
const scheduleArbitrary: fc.Arbitrary<CapSchedule> = fc
  .record({
    cap: capArbitrary,
    times: fc.double({ min: 1, max: 4, noNaN: true }),
    parts: fc.array(fc.tuple(fc.oneof(us(50_000), us(4_000_000)), fc.oneof(us(50_000), us(3e6))), {
      maxLength: 5,
    }),
  })
  .map(({ cap, times, parts }) => {
    let end = 0;
    const windows = parts.map(([gap, length]) => {
      const fromUs = end + gap;
      end = fromUs + length;
      return { fromUs, toUs: end };
    });
    const bursts = { capPerSecond: perSecond(cap * times), windows };
    return { capPerSecond: perSecond(cap), bursts };
  });
/** Gaps between attempts in microseconds: bursts, ticks and stalls. */
const gaps = fc.array(
  fc.oneof(
    fc.constant(0),
    fc.integer({ min: 1, max: 3000 }),
    fc.integer({ min: 1, max: 60_000 }),
    fc.integer({ min: 1, max: 3_000_000 }),
  ),
  { minLength: 20, maxLength: 250 },
);
/** How long the process stands between the decision and the write. */
const freezes = fc.array(
  fc.oneof(
    { weight: 9, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 2_500_000 }) },
  ),
  { minLength: 250, maxLength: 250 },
);
const originArbitrary = fc.constantFrom(0, 10_000, 2_000_000).map(micros);

function started(schedule: CapSchedule, origin: Micros = micros(0)): Admission {
  const admission = new Admission(schedule);
  admission.beginAt(origin);
  return admission;
}

function constant(cap: number): CapSchedule {
  return { capPerSecond: perSecond(cap) };
}

const at = (s: number): Micros => micros(Math.round(s * 1e6));

/** Writes as many requests as are admitted up to a time, each as soon as it may be. */
function writeAll(admission: Admission, from: Micros, to: Micros): number[] {
  const written: number[] = [];
  for (;;) {
    const next = admission.earliest(from);
    if (next === undefined || next >= to) return written;
    admission.take(next)?.written(next);
    written.push(next);
  }
}

describe("Admission", () => {
  it("keeps every window and every spacing, whatever is attempted and however late it is written", () => {
    fc.assert(
      fc.property(
        fc.oneof(capArbitrary.map(constant), scheduleArbitrary),
        originArbitrary,
        gaps,
        freezes,
        (schedule, origin, attempts, lateness) => {
          const admission = started(schedule, origin);
          const written: number[] = [];
          let now = 0;
          for (const [i, gap] of attempts.entries()) {
            now += gap;
            const slot = admission.take(micros(now));
            if (!slot) continue;
            now += lateness[i] ?? 0;
            written.push(now);
            slot.written(micros(now));
          }
          expect(brokenPromises(schedule, origin, written)).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("counts a burst's last second too: the second up to any write outside bursts holds no more than the lower cap", () => {
    fc.assert(
      fc.property(scheduleArbitrary, (schedule) => {
        const admission = started(schedule);
        const end = schedule.bursts?.windows.at(-1)?.toUs ?? 0;
        const written = writeAll(admission, at(0), micros(end + 3_000_000));
        const { capPerSecond: cap } = schedule;
        for (const { writes } of stretches(schedule, 0, written).between) {
          for (const write of writes) {
            const second = written.filter((one) => one > write - windowUs(cap) && one <= write);
            expect(second.length).toBeLessThanOrEqual(whole(cap));
          }
        }
      }),
    );
  });

  it("admits at its earliest time and not a microsecond before", () => {
    fc.assert(
      fc.property(
        fc.oneof(capArbitrary.map(constant), scheduleArbitrary),
        fc.array(fc.integer({ min: 0, max: 400_000 }), { minLength: 100, maxLength: 100 }),
        (schedule, waits) => {
          const admission = started(schedule);
          let now = 0;
          for (const wait of waits) {
            now += wait;
            const next = admission.earliest(micros(now));
            if (next === undefined) throw new Error("no slot is held here");
            expect(next).toBeGreaterThanOrEqual(now);
            for (const early of [now, now + Math.floor((next - now) / 2), next - 1]) {
              if (early < next && early >= now) {
                expect(admission.take(micros(early))).toBeUndefined();
                expect(admission.earliest(micros(early))).toBe(next);
              }
            }
            const slot = admission.take(next);
            expect(slot).toBeDefined();
            slot?.written(next);
            now = next;
          }
        },
      ),
    );
  });

  it("gives the whole rate out, not less: a hundred requests take a hundred increments, rounded up per window", () => {
    fc.assert(
      fc.property(capArbitrary, (cap) => {
        const admission = started(constant(cap));
        for (let i = 0; i < 100; i++) {
          const next = admission.earliest(at(0)) ?? at(0);
          admission.take(next)?.written(next);
        }
        const perSecondGiven = cap >= 1 ? Math.floor(cap) : cap;
        const all = Math.ceil((100 / perSecondGiven) * 1e6) + 200;
        expect(admission.earliest(at(0))).toBeLessThanOrEqual(all);
      }),
    );
  });

  it("never lets requests that came earlier wait longer than the same ones that came later: a shadow is never behind", () => {
    fc.assert(
      fc.property(
        fc.oneof(capArbitrary.map(constant), scheduleArbitrary),
        // Mostly a backlog, in which both run ahead of their spacing as far as they may.
        fc.integer({ min: 1000, max: 200_000 }).chain((gap) =>
          fc.array(fc.tuple(us(gap), fc.oneof(fc.constant(0), us(500), us(50_000))), {
            minLength: 20,
            maxLength: 200,
          }),
        ),
        (schedule, requests) => {
          const [real, shadow] = [started(schedule), started(schedule)];
          let due = 0;
          let now = 0;
          let start = 0;
          for (const [gap, lateness] of requests) {
            due += gap;
            now = (real.earliest(micros(Math.max(due, now))) ?? Number.NaN) + lateness;
            // Late, it may have to wait once more: the cap may be another by now.
            now = real.earliest(micros(now)) ?? Number.NaN;
            real.take(micros(now))?.written(micros(now));
            const next = shadow.earliest(micros(due)) ?? Number.NaN;
            expect(next).toBeLessThanOrEqual(now);
            expect(next).toBeGreaterThanOrEqual(start);
            start = next;
            shadow.take(micros(start))?.written(micros(start));
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it("holds a slot until a second after the answer when told to", () => {
    const admission = new Admission(constant(2), { holdsSlotUntilAnswered: true });
    const first = admission.take(at(0));
    first?.written(at(0));
    const second = admission.take(at(0.5));
    second?.written(at(0.5));
    expect(admission.earliest(at(0))).toBeUndefined();
    expect(admission.take(at(30))).toBeUndefined();
    second?.ended(at(31), true);
    expect(admission.earliest(at(0))).toBe(32_000_000);
    first?.ended(at(31.5), false);
    expect(admission.take(at(31.999))).toBeUndefined();
    const third = admission.take(at(32));
    third?.written(at(32));
    expect(third).toBeDefined();
    // The unanswered one keeps its slot for a minute from its end.
    expect(admission.earliest(at(0))).toBe(91_500_000);
  });

  it("admits nothing while a request is admitted and not yet written", () => {
    const admission = started(constant(1000));
    const first = admission.take(at(0));
    expect(admission.earliest(at(0))).toBeUndefined();
    expect(admission.take(at(5))).toBeUndefined();
    first?.written(at(5));
    expect(admission.take(at(5))).toBeDefined();
    const lost = started(constant(10));
    lost.take(at(0))?.ended(at(0.007), false);
    expect(lost.earliest(at(0.007))).toBe(80_000);
  });

  it("spaces the next request from when the one before was written, not from when it was admitted", () => {
    const admission = started(constant(10));
    admission.take(at(0))?.written(at(5));
    expect(admission.earliest(at(0))).toBe(5_080_000);
  });

  it("waits out a pause, and never shortens one", () => {
    const admission = started(constant(10));
    admission.pauseUntil(at(5));
    admission.pauseUntil(at(1));
    expect(admission.earliest(at(0))).toBe(5_000_000);
  });

  it("can be lowered and not raised", () => {
    const admission = started(constant(10));
    admission.lowerTo({ peak: perSecond(20), burstPeak: perSecond(60) });
    expect(admission.schedule.capPerSecond).toBe(10);
    admission.lowerTo({ peak: perSecond(2), burstPeak: perSecond(6) });
    expect(mostIn(writeAll(admission, at(0), at(3)), 1e6)).toBeLessThanOrEqual(2);
  });

  it.each([
    [constant(0)],
    [{ ...constant(1), bursts: { capPerSecond: perSecond(0), windows: [] } }],
    [drill([[2, 1]])],
    [
      drill([
        [1, 3],
        [2, 4],
      ]),
    ],
    [drill([[0, 0.0000001]])],
  ])("takes no cap of nothing and no burst out of order: %j", (schedule) => {
    expect(() => new Admission(schedule)).toThrow(RangeError);
  });
});

/** 6/s, and 18/s in bursts from and to these seconds. */
function drill(bursts: readonly (readonly [number, number])[]): CapSchedule {
  const windows = bursts.map(([from, to]) => ({ fromUs: from * 1e6, toUs: to * 1e6 }));
  return { capPerSecond: perSecond(6), bursts: { capPerSecond: perSecond(18), windows } };
}

describe("Admission of a drill", () => {
  /** Requests by whole second of the run, all that can be written. */
  function bySecond(admission: Admission, seconds: number, origin = 0): number[] {
    const written = writeAll(admission, micros(origin), micros(origin + seconds * 1e6));
    return Array.from({ length: seconds }, (_, s) => {
      return written.filter((one) => Math.floor((one - origin) / 1e6) === s).length;
    });
  }

  it("gives 18/s in a burst of 3 s, then nothing until its last second is over, then 6/s", () => {
    expect(bySecond(started(drill([[2, 5]])), 9)).toEqual([6, 6, 18, 18, 18, 3, 6, 6, 6]);
    const after = writeAll(started(drill([[2, 5]])), at(0), at(6)).filter((one) => one >= 5e6);
    // Of 18 in the last second of the burst, all but five are more than a second ago.
    expect(after[0]).toBeGreaterThan(5.6e6);
    expect(after[0]).toBeLessThan(5.7e6);
  });

  it("counts bursts from the run's origin, and knows none before it is told", () => {
    expect(bySecond(started(drill([[1, 2]]), at(7)), 3, 7e6)).toEqual([6, 18, 3]);
    expect(bySecond(new Admission(drill([[1, 2]])), 3)).toEqual([6, 6, 6]);
  });

  it("begins once: its bursts can't be moved", () => {
    const admission = started(drill([[1, 2]]));
    expect(() => admission.beginAt(at(1))).toThrow(TypeError);
    expect(bySecond(admission, 3)).toEqual([6, 18, 3]);
  });

  it("finds the time within a later burst, where that comes before the lower cap's", () => {
    const slow = { ...drill([[2, 5]]), capPerSecond: perSecond(0.2) };
    const admission = started(slow);
    admission.take(at(0))?.written(at(0));
    expect(admission.earliest(at(0))).toBe(2_000_000);
  });

  it.each([
    ["into a burst", 1.999, 2.034556],
    ["out of one", 4.999, 5.145667],
  ])("keeps the distance of the cap to come, less 20 ms, %s", (_, last, next) => {
    const admission = started(drill([[2, 5]]));
    admission.take(at(last))?.written(at(last));
    expect(admission.earliest(at(last))).toBe(at(next));
  });

  it("a burst that a freeze swallowed is over", () => {
    const admission = started(drill([[2, 5]]));
    const before = writeAll(admission, at(0), at(2));
    expect(before.length).toBe(12);
    const after = writeAll(admission, at(5), at(8));
    expect(after.length).toBe(18);
    expect(mostIn(after, 1e6)).toBe(6);
  });

  it("a request admitted in a burst and written after it lets nothing more through than the lower cap", () => {
    const admission = started(drill([[2, 5]]));
    writeAll(admission, at(2), at(4.95));
    const late = admission.take(admission.earliest(at(4.95)) ?? at(0));
    expect(late).toBeDefined();
    late?.written(at(5.3));
    const after = [5.3e6, ...writeAll(admission, at(5.3), at(8))];
    expect(mostIn(after, 1e6)).toBe(6);
  });

  it("is lowered outside and within bursts at once, also in the middle of one", () => {
    const admission = started(drill([[2, 5]]));
    const before = writeAll(admission, at(2), at(3));
    // An answer names a quota of 4/s.
    admission.lowerTo({ peak: perSecond(2), burstPeak: perSecond(6) });
    const after = writeAll(admission, at(3), at(9));
    expect(before.length).toBe(18);
    const { bursts, between } = stretches(drill([[2, 5]]), 0, after);
    expect(mostIn(bursts[0]?.writes ?? [], 1e6)).toBe(6);
    expect(mostIn(between[1]?.writes ?? [], 1e6)).toBe(2);
  });
});
