import fc from "fast-check";
import { expect, test } from "vitest";
import { anyFate, play } from "../measure/fates.support.ts";
import { steadyFigures } from "../measure/steady-figures.ts";
import { summarise } from "../measure/summary.ts";
import type { Figures } from "../measure/threshold.ts";
import { ProbeFigures } from "./probe-figures.ts";

/** A report's histograms have been through its record, which keeps no minimum. */
function told({ serviceTime, responseTime, ...counts }: Figures) {
  const of = ({ times }: Figures["serviceTime"]) => ({
    known: [times.knownCount, times.maxUs],
    censored: [times.censoredCount, times.censoredMaxUs],
    percentiles: [10, 50, 90].map((p) => times.percentile(p)),
  });
  return { ...counts, serviceTime: of(serviceTime), responseTime: of(responseTime) };
}

test("a probe counts as the report of a run with the same outcomes does", () => {
  fc.assert(
    fc.property(fc.array(anyFate, { minLength: 1, maxLength: 60 }), (fates) => {
      const reported = steadyFigures(summarise(play(fates).memory.contents(), []));
      const probe = new ProbeFigures();
      for (const { outcome } of fates) probe.outcome(outcome);
      for (const operation of [null, "a", "b"]) {
        const figures = probe.of(operation);
        const counted = reported(operation);
        if (!figures) expect(counted?.planned ?? 0).toBe(0);
        else if (counted) expect(told(figures)).toEqual(told(counted));
        else throw new Error("the report has nothing of it");
      }
    }),
  );
});
