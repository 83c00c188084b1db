import { capProblem, type Problem } from "../../gate/problem.ts";
import type { CategoryBounds } from "../../guard/decide.ts";
import type { Operation } from "../../klarna/operation.ts";
import type { Outcome } from "../../workload/outcome.ts";

/** What the application is told of a request that has no answer of the target's; one that it has been told of already stays so. */
export function lostProblem(
  { family, category, name }: Operation,
  why: Exclude<Outcome, { kind: "answered" }> | "closed" | "spent" | "full",
  categories: readonly CategoryBounds[] = [],
): Problem {
  const problem = (
    status: number,
    mark: Problem["mark"],
    code: string,
    text: string,
    hint: string,
  ): Problem => ({ status, mark, code, text, hint, family });
  if (why === "closed") return problem(503, "closed", "GATE_CLOSED", CLOSED, START_ANOTHER);
  if (why === "spent") {
    const text = "as many requests wait as the gate may still pass on";
    return problem(503, "closed", "GATE_REQUESTS_SPENT", text, START_ANOTHER);
  }
  if (why === "full") {
    const text = "too many requests wait at once";
    return problem(503, "busy", "GATE_BUSY", text, "send less at a time");
  }
  if (why.kind === "unfinished") {
    const text = `the gate was stopped while ${name} was under way`;
    return problem(502, "closed", "GATE_STOPPED", text, MAY_BE_EXECUTED);
  }
  if (why.kind === "failed") {
    const text = `${name} was not sent`;
    return problem(
      503,
      "closed",
      "GATE_NOT_SENT",
      text,
      "see what the gate says of why it stopped",
    );
  }
  const cap = categories.find((one) => one.category === category)?.capPerSecond ?? 0;
  switch (why.reason) {
    case "cap":
    case "quota-steering":
      return capProblem(family, category, cap);
    case "in-flight": {
      const text = `no connection was free for ${name} in time`;
      return problem(503, "busy", "GATE_IN_FLIGHT", text, "send fewer requests at once");
    }
    case "runner": {
      const text = `the gate itself was too late to pass ${name} on in time`;
      return problem(503, "busy", "GATE_LATE", text, "send it again");
    }
    default:
      return problem(503, "closed", "GATE_CLOSED", CLOSED, START_ANOTHER);
  }
}

const CLOSED = "the gate passes nothing on any more";
const START_ANOTHER = "start another one, and set its address as the base URL";
const MAY_BE_EXECUTED = "it may have been executed: repeat it with its idempotency key";
