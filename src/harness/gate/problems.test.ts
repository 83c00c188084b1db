import { expect, test } from "vitest";
import { OPERATIONS } from "../../klarna/catalogue.ts";
import type { Operation } from "../../klarna/operation.ts";
import { permissionOf } from "./permission.ts";
import { lostProblem } from "./problems.ts";

function operation(name: string): Operation {
  const found = OPERATIONS.get(name);
  if (!found) throw new Error(`no operation ${name}`);
  return found;
}

const create = operation("payment-request.create");
const dropped = { kind: "dropped" } as const;

/** What an outcome has beside what is looked at here. */
type Why = Parameters<typeof lostProblem>[1];
const outcome = (kind: object): Why => kind as Why;

test.each<[string, Why, number, string, string]>([
  ["after the end", "closed", 503, "closed", "GATE_CLOSED"],
  ["when those that wait may spend all", "spent", 503, "closed", "GATE_REQUESTS_SPENT"],
  ["when too many wait", "full", 503, "busy", "GATE_BUSY"],
  [
    "for which no connection was free",
    outcome({ ...dropped, reason: "in-flight" }),
    503,
    "busy",
    "GATE_IN_FLIGHT",
  ],
  ["that the cap held", outcome({ ...dropped, reason: "cap" }), 429, "cap", "RATE_LIMITED"],
  [
    "that the target's quota held",
    outcome({ ...dropped, reason: "quota-steering" }),
    429,
    "cap",
    "RATE_LIMITED",
  ],
  [
    "that the gate itself was too late for",
    outcome({ ...dropped, reason: "runner" }),
    503,
    "busy",
    "GATE_LATE",
  ],
  [
    "that the run's end met waiting",
    outcome({ ...dropped, reason: "run-ended" }),
    503,
    "closed",
    "GATE_CLOSED",
  ],
  [
    "that was not written",
    outcome({ kind: "failed", code: "not-sent" }),
    503,
    "closed",
    "GATE_NOT_SENT",
  ],
  ["that was under way at the end", outcome({ kind: "unfinished" }), 502, "closed", "GATE_STOPPED"],
])("a request %s is told so", (_, why, status, mark, code) => {
  expect(lostProblem(create, why)).toMatchObject({ status, mark, code, family: "network" });
});

test("what may not be asked for at all, since the account's quota is 0, says so", () => {
  const permission = permissionOf(
    { environment: "klarna-test", operations: [] },
    undefined,
    undefined,
  );
  expect(permission({ operation: create, params: {}, query: {} })).toMatchObject({
    status: 403,
    code: "GATE_QUOTA_ZERO",
    text: "the account's level may not call payment-request.create at all",
  });
});
