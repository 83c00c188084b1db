import fc from "fast-check";
import { expect, test } from "vitest";
import { CensoredHistogram } from "./censored.ts";
import { decodeHistogram } from "./codec.ts";
import type { CountsLine } from "./record-format.ts";
import { percentileOf } from "./references.support.ts";
import { emptyRequestCounts } from "./tally.ts";
import { TimelineBuilder } from "./timeline.ts";

const INTERVAL_US = 1_000_000;
/** Beyond 1 800 rows two intervals make one. */
const INTERVALS = 1_900;

const sample = fc.record({
  at: fc.integer({ min: 0, max: 5 }),
  series: fc.constantFrom("response", "service"),
  us: fc.integer({ min: 0, max: 2047 }),
});
const fate = fc.record({
  at: fc.integer({ min: 0, max: INTERVALS - 1 }),
  phase: fc.constantFrom("warm-up", "steady"),
  what: fc.constantFrom("planned", "started", "answered", "unexpected", "failed", "dropped"),
});

test("rows hold the percentiles and counts of all that fell into them", () => {
  fc.assert(
    fc.property(
      fc.array(sample, { maxLength: 300, size: "max" }),
      fc.array(fate, { maxLength: 60 }),
      (samples, fates) => {
        const builder = new TimelineBuilder(countsOf(fates), INTERVAL_US);
        for (let at = 0; at <= 5; at++) {
          for (const series of ["response", "service"] as const) {
            const own = samples.filter((one) => one.at === at && one.series === series);
            if (own.length === 0) continue;
            const times = new CensoredHistogram();
            for (const { us } of own) times.record(us);
            const decoded = decodeHistogram(times.encodeKnown());
            builder.add(series, at * INTERVAL_US, decoded, times.maxUs ?? 0);
          }
        }
        const rows = builder.rows([], []);
        expect(rows).toHaveLength(INTERVALS / 2);
        rows.forEach((row, i) => {
          const within = ({ at }: { readonly at: number }): boolean => Math.floor(at / 2) === i;
          const of = (series: string): number[] =>
            samples.filter((one) => one.series === series && within(one)).map(({ us }) => us);
          const [response, service] = [of("response"), of("service")];
          const counted = (what: string): number =>
            fates.filter((one) => one.what === what && within(one)).length;
          expect(row).toMatchObject({
            atS: 2 * i,
            lengthS: 2,
            responseP50Us: percentileOf(response, 50),
            responseP95Us: percentileOf(response, 95),
            responseP99Us: percentileOf(response, 99),
            responseMaxUs: response.length === 0 ? null : Math.max(...response),
            serviceP50Us: percentileOf(service, 50),
            serviceP99Us: percentileOf(service, 99),
            planned: counted("planned"),
            started: counted("started"),
            answered: counted("answered"),
            unexpected: counted("unexpected"),
            failed: counted("failed"),
            dropped: counted("dropped"),
          });
        });
      },
    ),
    { numRuns: 15 },
  );
});

/** A line for each, in no order: lines of one interval add up. The last interval is there, whatever happened. */
function countsOf(
  fates: readonly { at: number; phase: "warm-up" | "steady"; what: string }[],
): CountsLine[] {
  const line = (interval: number, phase: "warm-up" | "steady", what: string): CountsLine => {
    const counts = {
      ...emptyRequestCounts(),
      ...((what === "planned" || what === "started" || what === "unexpected") && { [what]: 1 }),
      ...((what === "answered" || what === "failed" || what === "dropped") && {
        [what]: { any: 1 },
      }),
    };
    return {
      interval,
      operations: { a: { category: "c", phases: { [phase]: counts } } },
      journeys: {},
    };
  };
  return [
    ...fates.map(({ at, phase, what }) => line(at, phase, what)),
    line(INTERVALS - 1, "steady", ""),
  ];
}
