import type { OperationName } from "../../klarna/catalogue.ts";
import { Recent } from "../recent.ts";
import type { Call, Handler } from "../routing.ts";
import type { World } from "../world.ts";

/** Remembered at least; at most a quarter more. */
const CUSTOMER_TOKENS = 50_000;

export interface CustomerToken {
  readonly token: string;
  readonly owner: string;
  /** Of Klarna's sample data: a customer who is always denied is denied by token too. */
  readonly email: string | undefined;
  active: boolean;
}

/** Tokens by which a partner charges a customer who is not present. */
export class CustomerTokens {
  readonly #world: World;
  readonly #tokens: Recent<CustomerToken>;

  constructor(world: World) {
    this.#world = world;
    this.#tokens = new Recent(CUSTOMER_TOKENS, world.forgotten.counter("customer tokens"));
  }

  add(owner: string, email: string | undefined): string {
    const token = `krn:partner:eu1:test:identity:customer-token:${this.#world.newId()}`;
    this.#tokens.set(token, { token, owner, email, active: true });
    return token;
  }

  /** Also one that has been revoked; undefined: unknown, forgotten, or someone else's. */
  find(token: string, owner: string): CustomerToken | undefined {
    const found = this.#tokens.get(token);
    return found?.owner === owner ? found : undefined;
  }
}

type Handlers = Readonly<
  Record<Extract<OperationName, `customer-token.${string}` | `identity-token.${string}`>, Handler>
>;

/** What a customer token is good for. Klarna publishes no answers of these; the fields are ours. */
export function customerTokenHandlers({ newId, problem }: World, tokens: CustomerTokens): Handlers {
  const find = ({ owner, headers }: Call): CustomerToken | undefined => {
    const token = headers["klarna-customer-token"];
    return typeof token === "string" ? tokens.find(token, owner) : undefined;
  };
  const missing = (call: Call) => call.headers["klarna-customer-token"] === undefined;
  const required = () =>
    problem("VALIDATION_ERROR", [{ parameter: "Klarna-Customer-Token", reason: "is required" }]);

  return {
    "identity-token.create-for-sdk": (call) => {
      if (missing(call)) return required();
      if (find(call)?.active !== true) return problem("RESOURCE_NOT_FOUND");
      return {
        status: 201,
        body: { sdk_token: `krn:partner:eu1:test:identity:sdk-token:${newId()}` },
      };
    },

    "customer-token.introspect": (call) => {
      if (missing(call)) return required();
      // A token that nobody knows is not active, as in RFC 7662, section 2.2.
      return { status: 200, body: { active: find(call)?.active === true } };
    },

    "customer-token.revoke": (call) => {
      if (missing(call)) return required();
      const found = find(call);
      if (!found?.active) return problem("RESOURCE_NOT_FOUND");
      found.active = false;
      return { status: 204, body: null };
    },
  };
}
