import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { micros } from "../base/units.ts";
import { WORDS } from "./errors.support.ts";
import { QuotaWatch } from "./quota-watch.ts";

const ms = (n: number) => micros(n * 1000);

describe("QuotaWatch", () => {
  it("stops after three answers running that our own requests don't explain", () => {
    const watch = new QuotaWatch();
    watch.sent(ms(0));
    const foreign = { limitPerSecond: 12, remaining: 5 };
    expect(watch.answered(ms(50), foreign)).toBeUndefined();
    expect(watch.answered(ms(60), foreign)).toBeUndefined();
    expect(watch.answered(ms(70), foreign)).toMatchObject({
      code: "STOP_SHARED_QUOTA",
      verdict: "invalid",
      text: WORDS,
      advice: WORDS,
    });
  });

  it("starts counting anew after one answer that is explained", () => {
    const watch = new QuotaWatch();
    watch.sent(ms(0));
    const foreign = { limitPerSecond: 12, remaining: 5 };
    watch.answered(ms(50), foreign);
    watch.answered(ms(60), foreign);
    watch.answered(ms(65), { limitPerSecond: 12, remaining: 9 });
    expect(watch.answered(ms(70), foreign)).toBeUndefined();
  });

  it("takes no notice of answers without the headers: they neither count nor clear", () => {
    const watch = new QuotaWatch();
    const foreign = { limitPerSecond: 12, remaining: 5 };
    const silent = [
      { limitPerSecond: undefined, remaining: 0 },
      { limitPerSecond: 12, remaining: undefined },
      { limitPerSecond: undefined, remaining: undefined },
    ];
    const stops = [foreign, ...silent, foreign, ...silent, foreign].map((seen, i) =>
      watch.answered(ms(i), seen),
    );
    expect(stops.map((stop) => stop?.code)).toEqual([
      ...new Array<undefined>(8).fill(undefined),
      "STOP_SHARED_QUOTA",
    ]);
  });

  /** Whether somebody is suspected when so much remains, our one request having been written so long ago. */
  it.each<[string, number, number, number | undefined, boolean]>([
    ["two less than the quota are nobody's", 12, 10, undefined, false],
    ["three less are", 12, 9, undefined, true],
    ["of a large quota a tenth is nobody's", 125, 113, undefined, false],
    ["more than a tenth is", 125, 112, undefined, true],
    ["one more is our own", 12, 9, 0, false],
    ["which explains one alone", 12, 8, 0, true],
    ["for two seconds", 12, 9, 2_000_000, false],
    ["and no longer", 12, 9, 2_000_001, true],
  ])("%s", (_, limitPerSecond, remaining, oursAgoUs, suspected) => {
    const watch = new QuotaWatch();
    if (oursAgoUs !== undefined) watch.sent(micros(0));
    const at = micros(oursAgoUs ?? 0);
    const stops = [1, 2, 3].map(() => watch.answered(at, { limitPerSecond, remaining }));
    expect(stops[2] !== undefined).toBe(suspected);
  });

  it("never suspects anybody while we are alone, however the server's window lies", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 5, max: 125 }),
        fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 5, maxLength: 300 }),
        fc.integer({ min: 0, max: 999 }),
        (limit, gapsMs, offsetMs) => {
          const watch = new QuotaWatch();
          let now = 0;
          let window = -1;
          let used = 0;
          for (const gap of gapsMs) {
            now += gap;
            const current = Math.floor((now + offsetMs) / 1000);
            if (current !== window) used = 0;
            window = current;
            used++;
            watch.sent(ms(now));
            const remaining = Math.max(0, limit - used);
            expect(
              watch.answered(ms(now + 20), { limitPerSecond: limit, remaining }),
            ).toBeUndefined();
          }
        },
      ),
    );
  });
});
