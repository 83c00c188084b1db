import findMyWay from "find-my-way";
import { METHODS } from "../guard/request-check.ts";
import { type Operation, pathParameters, pathTemplates } from "./operation.ts";

/** An operation that takes a request, and what its path names. */
export interface Routed {
  readonly operation: Operation;
  /** Decoded; `account_id` among them in the acquiring partner's form of the path. */
  readonly params: Readonly<Record<string, string | undefined>>;
  /** Decoded; a list for one that is given more than once. */
  readonly query: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Finds the operation of a request by its method and its path, in every form that the path has: `/v2/…`, `/v2/accounts/{account_id}/…`, or a classic one. */
export function operationRouter(
  operations: Iterable<Operation>,
): (method: string, url: string) => Routed | undefined {
  // Longer than any documented id; the default of 100 is shorter than some.
  const router = findMyWay({ maxParamLength: 512 });
  for (const operation of operations) {
    const { plain, account } = pathTemplates(operation);
    for (const template of [plain, account]) {
      if (template === undefined) continue;
      let path = template;
      for (const name of ["account_id", ...pathParameters(operation)]) {
        path = path.replace(`{${name}}`, `:${name}`);
      }
      router.on(operation.method, path, unused, operation);
    }
  }
  return (method, url) => {
    const known = METHODS.find((each) => each === method);
    const found = known && router.find(known, url);
    // The router lets a parameter be empty; no resource has an empty name.
    if (!found || Object.values(found.params).includes("")) return undefined;
    const operation: Operation = found.store;
    return { operation, params: found.params, query: found.searchParams };
  };
}

/** The router is asked what it finds, and never calls. */
function unused(): void {}
