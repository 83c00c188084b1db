import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { micros } from "../base/units.ts";
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

  it("takes no notice of answers without the headers", () => {
    const watch = new QuotaWatch();
    for (let i = 0; i < 10; i++) {
      expect(watch.answered(ms(i), { limitPerSecond: undefined, remaining: 0 })).toBeUndefined();
    }
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
