import fc from "fast-check";
import { expect, test } from "vitest";
import { CensoredHistogram } from "./censored.ts";
import { decodeHistogram } from "./codec.ts";
import { CUT_PERCENTILES, effectiveCount } from "./effective-size.ts";
import { ascending } from "./references.support.ts";
import { SteadySamples } from "./samples.ts";
import type { Tag } from "./tags.ts";

interface Dated {
  readonly subject: "a" | "b";
  /** The interval in which it ended. */
  readonly at: number;
  readonly us: number;
  readonly censored: boolean;
}

const INTERVALS = 31;

/** Slow intervals and fast ones, so that samples are worth fewer; each value has a bucket of its own. */
const anyRun = fc
  .tuple(
    fc.array(fc.constantFrom(0, 0, 0, 500, 1_500), { minLength: INTERVALS, maxLength: INTERVALS }),
    fc.array(
      fc.record({
        subject: fc.constantFrom<Dated["subject"]>("a", "b"),
        at: fc.integer({ min: 0, max: INTERVALS - 1 }),
        us: fc.integer({ min: 0, max: 40 }),
        censored: fc.boolean(),
      }),
      { minLength: 1, maxLength: 300, size: "max" },
    ),
  )
  .map(([levels, all]) =>
    all.map((one): Dated => ({ ...one, us: one.us + (levels[one.at] ?? 0) })),
  );

/** As the interval log has them: one histogram for each interval, subject and kind. */
function readTwice(samples: readonly Dated[]): SteadySamples {
  const entries = Array.from({ length: INTERVALS }, (_, at) => at).flatMap((at) =>
    (["a", "b"] as const).flatMap((subject) =>
      [false, true].flatMap((censored) => {
        const own = samples.filter(
          (one) => one.at === at && one.subject === subject && one.censored === censored,
        );
        if (own.length === 0) return [];
        const times = new CensoredHistogram();
        for (const { us } of own) times.record(us);
        const tag: Tag = { subject, series: "response", steady: true, censored };
        return [{ at, tag, histogram: times.encodeKnown(), maxUs: times.maxUs ?? 0 }];
      }),
    ),
  );
  const all = new SteadySamples();
  for (const { tag, histogram, maxUs } of entries) all.add(tag, decodeHistogram(histogram), maxUs);
  for (const { tag, histogram, at } of entries) all.lookAgain(tag, histogram, at);
  return all;
}

/** Cut at the percentiles of all samples, each counted in its interval. */
function expectedWorth(samples: readonly Dated[]) {
  const least = ascending(samples.map(({ us }) => us));
  const cuts = CUT_PERCENTILES.map(
    (p) => least[Math.ceil((Math.round(10 * p) * least.length) / 1000) - 1] ?? 0,
  );
  const numbers = [...new Set(samples.map(({ at }) => at))].sort((x, y) => x - y);
  return effectiveCount(
    numbers.map((at) => {
      const own = samples.filter((one) => one.at === at);
      const beyond = cuts.map(
        (cut) => own.filter(({ us, censored }) => censored || us >= cut).length,
      );
      return { at, count: own.length, beyond };
    }),
  );
}

test("read twice from the log, samples are worth what they are when counted one by one", () => {
  fc.assert(
    fc.property(anyRun, (samples) => {
      const read = readTwice(samples);
      for (const subject of ["a", "b"] as const) {
        const own = samples.filter((one) => one.subject === subject);
        const { times, effective } = read.of(subject, "response");
        expect([times.count, times.censoredCount]).toEqual([
          own.length,
          own.filter(({ censored }) => censored).length,
        ]);
        expect(effective).toEqual(expectedWorth(own));
      }
      const { times, effective } = read.pooled("response");
      expect(times.count).toBe(samples.length);
      expect(effective).toEqual(expectedWorth(samples));
    }),
    { numRuns: 50 },
  );
});

test("what is not of the steady phase is in none, but for what opening a connection took", () => {
  const times = new CensoredHistogram();
  times.record(5);
  const decoded = decodeHistogram(times.encodeKnown());
  const all = new SteadySamples();
  for (const series of ["response", "tls"] as const) {
    all.add({ subject: "a", series, steady: false, censored: false }, decoded, 5);
  }
  expect([all.of("a", "response").times.count, all.of("a", "tls").times.count]).toEqual([0, 1]);
});
