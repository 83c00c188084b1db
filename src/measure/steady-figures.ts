import { type Counts, errorsOf } from "./counts.ts";
import type { Sample } from "./samples.ts";
import type { OperationSummary } from "./summary/operations.ts";
import type { Summary } from "./summary.ts";
import type { Figures } from "./threshold.ts";

/** What thresholds judge. @returns a lookup; `undefined` for an operation of which nothing became due */
export function steadyFigures(
  summary: Summary,
  lag: "with-lag" | "without-lag" = "with-lag",
): (operation: string | null) => Figures | undefined {
  const response = (
    of: Pick<OperationSummary, "responseTime" | "responseTimeWithoutLag">,
  ): Sample => (lag === "with-lag" ? of.responseTime : of.responseTimeWithoutLag);
  const { pooled, steady } = summary;
  const all = {
    serviceTime: pooled.serviceTime,
    responseTime: response(pooled),
    ...trials(steady),
  };
  return (name) => {
    if (name === null) return all;
    const operation = summary.operations.find((one) => one.name === name);
    if (!operation) return undefined;
    const { serviceTime, steady } = operation;
    return { serviceTime, responseTime: response(operation), ...trials(steady) };
  };
}

function trials(counts: Counts) {
  const { planned, sent, dropped } = counts;
  return { planned, sent, errors: errorsOf(counts), dropped };
}
