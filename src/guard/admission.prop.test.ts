import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Micros, micros, perSecond } from "../base/units.ts";
import { Admission } from "./admission.ts";

/** The most events in any half-open window [t, t + length), by the plainest count there is. */
function mostIn(times: readonly number[], length: number): number {
  return Math.max(
    0,
    ...times.map((from) => times.filter((at) => at >= from && at < from + length).length),
  );
}

const capArbitrary = fc.oneof(
  fc.integer({ min: 1, max: 80 }),
  fc.double({ min: 0.2, max: 80, noNaN: true }),
);
/** Gaps between attempts in microseconds: bursts, ticks and stalls. */
const gaps = fc.array(
  fc.oneof(
    fc.constant(0),
    fc.integer({ min: 1, max: 3000 }),
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

describe("Admission", () => {
  it("keeps every window and every spacing, whatever is attempted and however late it is written", () => {
    fc.assert(
      fc.property(capArbitrary, gaps, freezes, (cap, attempts, lateness) => {
        const admission = new Admission(perSecond(cap));
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
        const whole = cap >= 1 ? Math.floor(cap) : 1;
        expect(mostIn(written, cap >= 1 ? 1e6 : Math.ceil(1e6 / cap))).toBeLessThanOrEqual(whole);
        for (const w of [0.05, 0.1, 0.5]) {
          expect(mostIn(written, w * 1e6)).toBeLessThanOrEqual(Math.ceil(cap * (w + 0.02)) + 1);
        }
      }),
    );
  });

  it("admits at its earliest time and not a microsecond before", () => {
    fc.assert(
      fc.property(capArbitrary, (cap) => {
        const admission = new Admission(perSecond(cap));
        for (let i = 0; i < 100; i++) {
          const at = admission.earliest();
          if (at === undefined) throw new Error("no slot is held here");
          if (at > 0) expect(admission.take(micros(at - 1))).toBeUndefined();
          const slot = admission.take(at);
          expect(slot).toBeDefined();
          slot?.written(at);
        }
        // The whole rate is given out, not less: 100 requests take 100 increments, rounded up per window.
        const whole = cap >= 1 ? Math.floor(cap) : cap;
        expect(admission.earliest()).toBeLessThanOrEqual(Math.ceil((100 / whole) * 1e6) + 200);
      }),
    );
  });

  it("holds a slot until a second after the answer when told to", () => {
    const admission = new Admission(perSecond(2), { holdsSlotUntilAnswered: true });
    const at = (s: number): Micros => micros(s * 1e6);
    const first = admission.take(at(0));
    first?.written(at(0));
    const second = admission.take(at(0.5));
    second?.written(at(0.5));
    expect(admission.earliest()).toBeUndefined();
    expect(admission.take(at(30))).toBeUndefined();
    second?.ended(at(31), true);
    expect(admission.earliest()).toBe(32_000_000);
    first?.ended(at(31.5), false);
    expect(admission.take(at(31.999))).toBeUndefined();
    const third = admission.take(at(32));
    third?.written(at(32));
    expect(third).toBeDefined();
    // The unanswered one keeps its slot for a minute from its end.
    expect(admission.earliest()).toBe(91_500_000);
  });

  it("admits nothing while a request is admitted and not yet written", () => {
    const admission = new Admission(perSecond(1000));
    const at = (ms: number): Micros => micros(ms * 1000);
    const first = admission.take(at(0));
    expect(admission.earliest()).toBeUndefined();
    expect(admission.take(at(5000))).toBeUndefined();
    first?.written(at(5000));
    expect(admission.take(at(5000))).toBeDefined();
    const lost = new Admission(perSecond(1000));
    lost.take(at(0))?.ended(at(7), false);
    expect(lost.take(at(8))).toBeDefined();
  });

  it("waits out a pause, and never shortens one", () => {
    const admission = new Admission(perSecond(10));
    admission.pauseUntil(micros(5_000_000));
    admission.pauseUntil(micros(1_000_000));
    expect(admission.earliest()).toBe(5_000_000);
  });

  it("can be lowered and not raised", () => {
    const admission = new Admission(perSecond(10));
    admission.lowerTo(perSecond(20));
    expect(admission.capPerSecond).toBe(10);
    admission.lowerTo(perSecond(2));
    const times: number[] = [];
    for (let i = 0; i < 6; i++) {
      const at = admission.earliest() ?? micros(0);
      admission.take(at)?.written(at);
      times.push(at);
    }
    expect(mostIn(times, 1e6)).toBeLessThanOrEqual(2);
  });
});
