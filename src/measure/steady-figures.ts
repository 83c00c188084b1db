import { type Counts, errorsOf } from "./counts.ts";
import type { OperationSummary } from "./summary/operations.ts";
import type { Summary } from "./summary.ts";
import type { Figures } from "./threshold.ts";

/**
 * What thresholds judge; without lag: as if the runner had never been late itself, so that its own drops are neither
 * dropped nor planned.
 *
 * @returns a lookup; `undefined` for an operation of which nothing became due
 */
export function steadyFigures(
  summary: Summary,
  lag: "with-lag" | "without-lag" = "with-lag",
): (operation: string | null) => Figures | undefined {
  const figures = (
    of: Pick<OperationSummary, "serviceTime" | "responseTime" | "responseTimeWithoutLag">,
    counts: Counts,
  ): Figures => {
    const own = lag === "with-lag" ? 0 : counts.drops.runner;
    return {
      serviceTime: of.serviceTime,
      responseTime: lag === "with-lag" ? of.responseTime : of.responseTimeWithoutLag,
      planned: counts.planned - own,
      sent: counts.sent,
      errors: errorsOf(counts),
      dropped: counts.dropped - own,
    };
  };
  return (name) => {
    if (name === null) return figures(summary.pooled, summary.steady);
    const operation = summary.operations.find((one) => one.name === name);
    return operation && figures(operation, operation.steady);
  };
}
