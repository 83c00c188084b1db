import type { Distribution, Report } from "../../src/report/schema.ts";
import { distributionOf, type MadeRequest } from "./synthetic-run.ts";

type Operation = Report["operations"][number];

/** Operations with the service times of what their other distributions leave out: failures but for time-outs, unexpected answers. */
export function withOtherTimes(
  operations: readonly Operation[],
  requests: readonly MadeRequest[],
): Operation[] {
  return operations.map((operation) => {
    const of = (belongs: (end: MadeRequest["end"]) => boolean): Distribution =>
      distributionOf(
        requests
          .filter((one) => one.operation === operation.name && one.phase === "steady")
          .flatMap(({ startUs, endUs, end }) =>
            startUs !== null && belongs(end) ? [{ us: endUs - startUs, censored: false }] : [],
          ),
      );
    const failed = of((end) => end.kind === "failed" && end.code !== "timeout");
    const unexpected = of((end) => end.kind === "answered" && !end.expected);
    return {
      ...operation,
      ...(failed.count > 0 && { failedServiceTime: failed }),
      ...(unexpected.count > 0 && { unexpectedServiceTime: unexpected }),
    };
  });
}
