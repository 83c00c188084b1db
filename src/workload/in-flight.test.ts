import fc from "fast-check";
import { expect, it } from "vitest";
import { FAR, micros } from "../base/units.ts";
import { InFlight } from "./in-flight.ts";

it("keeps what a set keeps, and since when there has been room", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.oneof(fc.constant("add" as const), fc.nat(9)), { maxLength: 60 }),
      (bound, steps) => {
        const inFlight = new InFlight<{ readonly id: number; place: number }>(bound);
        const made: { readonly id: number; place: number }[] = [];
        const kept = new Set<number>();
        let roomSince = micros(0);
        for (const [time, step] of steps.entries()) {
          if (step === "add") {
            const flight = { id: made.length, place: 0 };
            made.push(flight);
            kept.add(flight.id);
            inFlight.add(flight);
            if (kept.size >= bound) roomSince = FAR;
          } else {
            // One that ended long ago, or twice, as often as one that is in flight.
            const flight = made[made.length - 1 - step];
            if (!flight) continue;
            const wasFull = kept.size >= bound;
            const was = kept.delete(flight.id);
            if (was && wasFull) roomSince = micros(time);
            expect(inFlight.ended(flight, micros(time))).toBe(was);
          }
          expect([inFlight.size, inFlight.hasRoom, inFlight.roomSince]).toEqual([
            kept.size,
            kept.size < bound,
            roomSince,
          ]);
        }
        expect(new Set(inFlight.drain().map(({ id }) => id))).toEqual(kept);
        expect(inFlight.size).toBe(0);
      },
    ),
  );
});
