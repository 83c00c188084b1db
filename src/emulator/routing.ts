import findMyWay from "find-my-way";
import { Fault } from "../base/errors.ts";
import { type Operation, pathParameters } from "../klarna/catalogue.ts";
import { pathTemplates } from "../klarna/operation.ts";
import type { Answer } from "./answers.ts";

/** A request that has passed every check but its operation's own. */
export interface Call {
  /** Whose resources it may touch; others' do not exist for it. */
  readonly owner: string;
  /** Path parameters, decoded. */
  readonly params: Readonly<Record<string, string | undefined>>;
  /** Query parameters, decoded; a list for one that is given more than once. */
  readonly query: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** By name in small letters; a list only for headers that Klarna has no use for. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Parsed JSON; undefined for an operation without a body. */
  readonly body: unknown;
}

export type Handler = (call: Call) => Answer;

export interface Route {
  readonly operation: Operation;
  readonly handler: Handler;
}

export interface Match {
  readonly route: Route;
  /** `account_id` among them in the acquiring partner's form of the path. */
  readonly params: Readonly<Record<string, string | undefined>>;
  readonly query: Call["query"];
}

export type Find = (method: string, url: string) => Match | undefined;

const METHODS = [
  "GET",
  "POST",
  "PATCH",
  "DELETE",
] as const satisfies readonly Operation["method"][];

/**
 * Routes of the operations, each at every path that it has: `/v2/…`, `/v2/accounts/{account_id}/…`, or a classic one.
 * @throws Fault FAULT_EMULATOR_HANDLER when an operation has no handler
 */
export function routes(
  operations: Iterable<Operation>,
  handlers: Readonly<Record<string, Handler | undefined>>,
): Find {
  // Longer than any documented id; the default of 100 is shorter than some.
  const router = findMyWay({ maxParamLength: 512 });
  for (const operation of operations) {
    const handler = handlers[operation.name];
    if (!handler) {
      throw new Fault("FAULT_EMULATOR_HANDLER", `no emulator handler for \`${operation.name}\``, {
        hint: "add it to its area's file in src/emulator/resources",
      });
    }
    const route: Route = { operation, handler };
    const { plain, account } = pathTemplates(operation);
    for (const template of [plain, account]) {
      if (template === undefined) continue;
      let path = template;
      for (const name of ["account_id", ...pathParameters(operation)]) {
        path = path.replace(`{${name}}`, `:${name}`);
      }
      router.on(operation.method, path, unused, route);
    }
  }
  return (method, url) => {
    const known = METHODS.find((each) => each === method);
    const found = known && router.find(known, url);
    // The router lets a parameter be empty; no resource has an empty name.
    if (!found || Object.values(found.params).includes("")) return undefined;
    const route: Route = found.store;
    return { route, params: found.params, query: found.searchParams };
  };
}

/** The router is asked what it finds, and never calls. */
function unused(): void {}
