import type { Micros } from "../../base/units.ts";
import type { OperationName } from "../../klarna/catalogue.ts";
import type { Answer } from "../answers.ts";
import type { Visit } from "../customer.ts";
import { Recent } from "../recent.ts";
import type { Call, Handler } from "../routing.ts";
import { checkClassic } from "../validation.ts";
import type { World } from "../world.ts";
import {
  type Changes,
  createBody,
  sumError,
  type Terms,
  updateBody,
} from "./classic-purchase-fields.ts";

/** Remembered at least, at most a quarter more: they hold their lines. */
const SESSIONS = 5000;
/** A session that is larger is kept without its lines. */
const LINES_BYTES_MOST = 8192;

/** A session lives 48 h, its authorization 60 min (our notes, §6.6). */
const SESSION_US = 48 * 3_600_000_000;
const AUTHORIZATION_US = 3_600_000_000;

/** What is kept of a session's terms: nothing of people, and no lines where they are many. */
type Kept = Pick<
  Terms,
  | "purchase_country"
  | "purchase_currency"
  | "locale"
  | "intent"
  | "acquiring_channel"
  | "order_amount"
  | "order_tax_amount"
  | "merchant_reference1"
  | "merchant_reference2"
  | "merchant_data"
> &
  Partial<Pick<Terms, "order_lines">>;

/** What has become of the token that the customer's authorization gave. */
export type Authorization =
  | { readonly kind: "open" }
  | { readonly kind: "canceled" }
  | { readonly kind: "tokenized" }
  /** A digest of the purchase that the order was placed for, and what was answered. */
  | {
      readonly kind: "ordered";
      readonly purchase: string;
      readonly order: string;
      readonly answer: Answer;
    };

export interface Session {
  readonly id: string;
  readonly owner: string;
  readonly clientToken: string;
  /** Given out once the customer has authorized. */
  readonly authorizationToken: string;
  readonly created: Micros;
  readonly createdAtMs: number;
  /** Of Klarna's sample data, and then a trigger; nothing else is done with it. */
  readonly email: string | undefined;
  terms: Kept;
  readonly visit: Visit | undefined;
  authorization: Authorization;
}

/** The payment sessions that there are, and their authorizations. */
export class Sessions {
  readonly #world: World;
  readonly #sessions: Recent<Session>;
  readonly #byToken = new Recent<Session>(SESSIONS);

  constructor(world: World) {
    this.#world = world;
    this.#sessions = new Recent(SESSIONS, world.forgotten.counter("sessions"));
  }

  add(owner: string, terms: Terms): Session {
    const { clock, newId, customer } = this.#world;
    const id = newId();
    const email = terms.billing_address?.email;
    const session: Session = {
      id,
      owner,
      clientToken: jsonWebToken({ session_id: id }),
      authorizationToken: newId(),
      created: clock.now(),
      createdAtMs: clock.wallMs(),
      email,
      terms: kept(terms),
      visit: customer.visit(email),
      authorization: { kind: "open" },
    };
    this.#sessions.set(id, session);
    this.#byToken.set(session.authorizationToken, session);
    return session;
  }

  /** Undefined: unknown, forgotten, expired, or someone else's. */
  find(id: string | undefined, owner: string): Session | undefined {
    const found = this.#sessions.get(id ?? "");
    const alive = found && this.#world.clock.now() < found.created + SESSION_US;
    return alive && found.owner === owner ? found : undefined;
  }

  /** Whether the customer has authorized the purchase, in the hour in which that can be used. */
  isAuthorized({ visit }: Session): boolean {
    if (visit?.outcome !== "approve") return false;
    const now = this.#world.clock.now();
    return now >= visit.decides && now < visit.decides + AUTHORIZATION_US;
  }

  /** The session of an authorization's token; undefined unless the customer has authorized it, or once it is canceled. */
  findByToken(token: string | undefined, owner: string): Session | undefined {
    const found = this.#byToken.get(token ?? "");
    if (found?.owner !== owner || found.authorization.kind === "canceled") return undefined;
    return this.isAuthorized(found) ? found : undefined;
  }
}

type Handlers = Readonly<Record<Extract<OperationName, `session.${string}`>, Handler>>;

/** Payment sessions: created, read, changed until an order is placed. */
export function sessionHandlers({ classic }: World, sessions: Sessions): Handlers {
  const find = ({ owner, params }: Call): Session | undefined =>
    sessions.find(params.session_id, owner);
  const unknown = (): Answer => classic("NOT_FOUND", ["Invalid session id"]);

  return {
    "session.create": (call) => {
      const checked = checkClassic(createBody, call.body, "BAD_VALUE", classic);
      if ("refused" in checked) return checked.refused;
      const wrong = sumError(checked.body);
      if (wrong !== undefined) return classic("BAD_VALUE", [`BAD_VALUE : ${wrong}`]);
      const session = sessions.add(call.owner, checked.body);
      return {
        status: 200,
        body: {
          session_id: session.id,
          client_token: session.clientToken,
          payment_method_categories: PAYMENT_METHOD_CATEGORIES,
        },
      };
    },

    "session.read": (call) => {
      const found = find(call);
      return found ? { status: 200, body: view(found, sessions) } : unknown();
    },

    "session.update": (call) => {
      const checked = checkClassic(updateBody, call.body, "BAD_VALUE", classic);
      if ("refused" in checked) return checked.refused;
      const found = find(call);
      if (!found) return unknown();
      if (found.authorization.kind !== "open") {
        return classic("SESSION_COMPLETED", ["The session is completed"]);
      }
      const terms = changed(found.terms, checked.body);
      const { order_lines: lines } = terms;
      const wrong = lines && sumError({ ...terms, order_lines: lines });
      if (wrong !== undefined) return classic("BAD_VALUE", [`BAD_VALUE : ${wrong}`]);
      found.terms = kept(terms);
      return { status: 204, body: null };
    },
  };
}

/** Of terms as they were sent, and of those kept before with a change laid over them. */
function kept(terms: Kept): Kept {
  const { order_lines: lines } = terms;
  const few = lines && JSON.stringify(lines).length <= LINES_BYTES_MOST;
  return {
    purchase_country: terms.purchase_country,
    purchase_currency: terms.purchase_currency,
    locale: terms.locale,
    intent: terms.intent,
    acquiring_channel: terms.acquiring_channel,
    order_amount: terms.order_amount,
    order_tax_amount: terms.order_tax_amount,
    merchant_reference1: terms.merchant_reference1,
    merchant_reference2: terms.merchant_reference2,
    merchant_data: terms.merchant_data,
    ...(few ? { order_lines: lines } : {}),
  };
}

/** The terms with what a change gives; what it leaves out stays. */
function changed(terms: Kept, change: Changes): Kept {
  const given: Partial<Kept> = Object.fromEntries(
    Object.entries(change).filter(([, value]) => value !== undefined),
  );
  return { ...terms, ...given };
}

/** Looks like the token that Klarna's browser library takes; nobody signed it. */
function jsonWebToken(payload: object): string {
  const part = (text: string): string => Buffer.from(text).toString("base64url");
  return [JSON.stringify({ alg: "none" }), JSON.stringify(payload), "emulator"].map(part).join(".");
}

/** Its pictures lie at a name that can't resolve (RFC 6761). */
const PAYMENT_METHOD_CATEGORIES = [
  {
    identifier: "klarna",
    name: "Pay with Klarna",
    asset_urls: {
      descriptive: "https://emulator.invalid/descriptive.svg",
      standard: "https://emulator.invalid/standard.svg",
    },
  },
];

function view(session: Session, sessions: Sessions): object {
  const { kind } = session.authorization;
  const complete = kind === "ordered";
  return {
    ...session.terms,
    status: complete ? "complete" : "incomplete",
    client_token: session.clientToken,
    expires_at: new Date(session.createdAtMs + SESSION_US / 1000).toISOString(),
    payment_method_categories: PAYMENT_METHOD_CATEGORIES,
    ...(kind === "open" && sessions.isAuthorized(session)
      ? { authorization_token: session.authorizationToken }
      : {}),
  };
}
