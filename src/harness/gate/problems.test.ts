import { expect, test } from "vitest";

import { micros } from "../../base/units.ts";
import { catalogued } from "../../klarna/catalogue.ts";
import type { DropReason } from "../../workload/outcome.ts";
import { lostProblem } from "./problems.ts";

/** What a gate tells an application of a request that it never sent. */

test.each<[DropReason, number, string, string]>([
  ["cap", 429, "cap", "RATE_LIMITED"],
  ["quota-steering", 429, "cap", "RATE_LIMITED"],
  ["in-flight", 503, "busy", "GATE_IN_FLIGHT"],
  ["runner", 503, "busy", "GATE_LATE"],
  ["run-ended", 503, "closed", "GATE_CLOSED"],
])("dropped as %s", (reason, status, mark, code) => {
  const read = catalogued("payment-request.read");
  const dropped = {
    kind: "dropped" as const,
    reason,
    at: micros(1),
    request: 0,
    journey: 0,
    scenario: read.name,
    operation: read.name,
    category: read.category,
    phase: "steady" as const,
    due: micros(0),
    attempt: 1,
    poll: 1,
  };
  expect(lostProblem(read, dropped)).toMatchObject({ status, mark, code });
});
