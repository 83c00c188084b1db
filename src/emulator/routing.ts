import { Fault } from "../base/errors.ts";
import type { Operation } from "../klarna/catalogue.ts";
import { operationRouter } from "../klarna/operation-router.ts";
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

/**
 * Routes of the operations, each at every path that it has: `/v2/…`, `/v2/accounts/{account_id}/…`, or a classic one.
 * @throws Fault FAULT_EMULATOR_HANDLER when an operation has no handler
 */
export function routes(
  operations: Iterable<Operation>,
  handlers: Readonly<Record<string, Handler | undefined>>,
): Find {
  const known = new Map<Operation, Route>();
  for (const operation of operations) {
    const handler = handlers[operation.name];
    if (!handler) {
      throw new Fault("FAULT_EMULATOR_HANDLER", `no emulator handler for \`${operation.name}\``, {
        hint: "add it to its area's file in src/emulator/resources",
      });
    }
    known.set(operation, { operation, handler });
  }
  const find = operationRouter(known.keys());
  return (method, url) => {
    const found = find(method, url);
    const route = found && known.get(found.operation);
    return route && { route, params: found.params, query: found.query };
  };
}
