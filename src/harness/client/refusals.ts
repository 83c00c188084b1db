import type { AppRequest } from "../../gate/listener.ts";
import type { Problem } from "../../gate/problem.ts";
import { shownClient } from "../../profile/client-reference.ts";
import type { ClientStep } from "./steps.ts";

/**
 * What a client is told of a request that is no part of its step.
 *
 * @param step whose call it came from; `undefined`: from none that is under way
 * @param calls how many are under way
 */
export function refusalOf(
  { operation: { name, family }, caller }: AppRequest,
  step: ClientStep | undefined,
  calls: number,
): Problem {
  const no = (code: string, text: string, hint: string): Problem => {
    return { status: 403, mark: "refused", code, text, hint, family };
  };
  if (step && step.operation !== name) {
    const text = `the step of \`${shownClient(step.client)}\` sends ${step.operation}, and not ${name}`;
    return no("GATE_CLIENT_OPERATION", text, "give each operation a step of its own");
  }
  if (step) {
    const { requests } = step.client;
    const text = `one call of \`${shownClient(step.client)}\` makes ${requests} requests at most`;
    return no("GATE_CLIENT_REQUESTS", text, "say with the step's `requests` how many it may make");
  }
  if (caller === undefined && calls > 1) {
    const text = `${calls} calls are under way, and this could be any one's`;
    return no("GATE_CLIENT_WHICH", text, "use the `baseUrl` that the function is given");
  }
  const text = "the call that this belongs to has ended";
  return no("GATE_CLIENT_ENDED", text, "let the function return when its requests are answered");
}
