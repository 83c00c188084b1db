import fc from "fast-check";
import { expect, test } from "vitest";
import { LiveView } from "./live.ts";
import { percentileOf } from "./references.support.ts";

const event = fc.record({
  atUs: fc.integer({ min: 0, max: 12_000_000 }),
  what: fc.constantFrom("planned", "started", "response"),
  us: fc.integer({ min: 0, max: 2_000 }).map((root) => root * root),
});

const NOTHING = {
  planned: 0,
  sent: 0,
  answered: 0,
  unexpected: 0,
  failed: 0,
  unfinished: 0,
  dropped: 0,
};

/** Two digits are kept: a value and the top of its bucket are within 1 %, or 1 µs. */
function expectNear(seen: number | null, naive: number | null): void {
  if (naive === null) expect(seen).toBeNull();
  else expect(Math.abs((seen ?? Number.NaN) - naive)).toBeLessThanOrEqual(1 + naive / 100);
}

test("rates are those of the last five whole seconds, percentiles those and the one that fills", () => {
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 300, size: "max" }),
      fc.nat(999_999),
      (events, later) => {
        const view = new LiveView();
        const inOrder = [...events].sort((a, b) => a.atUs - b.atUs);
        for (const { atUs, what, us } of inOrder) {
          if (what === "response") view.response(atUs, us);
          else view[what](atUs);
        }
        const nowUs = 12_000_000 + later;
        const live = view.look(nowUs, NOTHING, 0);
        const rate = (what: string): number =>
          events.filter((one) => one.what === what && one.atUs >= 7e6 && one.atUs < 12e6).length /
          5;
        expect(live.plannedPerSecond).toBeCloseTo(rate("planned"), 9);
        expect(live.startedPerSecond).toBeCloseTo(rate("started"), 9);
        const responses = events.filter(({ what }) => what === "response");
        const recent = responses.filter(({ atUs }) => atUs >= 7e6).map(({ us }) => us);
        const all = responses.map(({ us }) => us);
        expectNear(live.recentP50Us, percentileOf(recent, 50));
        expectNear(live.recentP95Us, percentileOf(recent, 95));
        expectNear(live.runP50Us, percentileOf(all, 50));
        expectNear(live.runP95Us, percentileOf(all, 95));
      },
    ),
  );
});
