import { describe, expect, test } from "vitest";
import { emulator, UNLIMITED } from "../../src/emulator/pipeline.support.ts";
import { catalogued, OPERATIONS } from "../../src/klarna/catalogue.ts";
import { pathTemplates } from "../../src/klarna/operation.ts";
import { ACCOUNT, type Step } from "./asking.ts";
import {
  type Description,
  keysOf,
  NETWORK,
  ORDER_MANAGEMENT,
  PAYMENTS,
  type Schema,
} from "./contracts/descriptions.ts";
import { classicError } from "./contracts/errors.ts";
import { FULL_BODIES } from "./contracts/network-v2.ts";
import { fullBody, trials } from "./contracts/rules.ts";
import { generous } from "./generous.ts";
import { refused } from "./refused.ts";
import { walk } from "./walk.ts";

// The client's requests and the emulator's answers against what Klarna publishes of them (`scripts/contracts.mjs`).

/** Where client and emulator differ from what Klarna publishes, and why. Nothing else may. */
const DIFFERENT = {
  /** Operations of the catalogue that no description has. */
  unpublished: ["hosted-page.create", "hosted-page.read", "hosted-page.disable"],
  /** Operations that are described and that no load test has business with (docs/operations.md). */
  leftOut: [
    /^[A-Z]+ \/v2\/account\/integration\//,
    /^[A-Z]+ \/v2\/accounts\/\{\}(?:\/(?:brands|compliance|partner-business-entities|portal|products|stores?(?:-groups)?)\b.*)?$/,
    /^[A-Z]+ \/v2\/(?:distribution|portal)\//,
    /^GET .*\/disputes\/\{\}\/attachments\/\{\}\/download$/,
    /^[A-Z]+ \/v2\/settlements\/\{\}\/payouts\//,
  ],
  statuses: {
    /** Described, and never answered here. */
    never: [
      // Of a merchant that is not active; the emulator's all are.
      "session.create 403",
      "session.read 403",
      "session.update 403",
      // No state of an order that forbids it is published.
      "order.acknowledge 403",
    ],
    /** Answered here, and not described for this operation. */
    others: [
      // An order that nobody has, as other operations on orders answer it.
      "order.cancel 404",
      "order.update-authorization 404",
      "order.extend-authorization-time 404",
      "order.release-remaining-authorization 404",
      "order.update-customer-details 404",
      "order.update-merchant-references 404",
      // A broken rule, by Klarna's page of error codes.
      "order.capture 422",
    ],
  },
  /** Said to have a text for a body; Klarna's pages know it by its headers alone, as that of a capture. */
  empty: ["order.refund 201"],
  /** Fields of answers that the emulator never fills: it keeps nothing of people, and of orders no lines. */
  unfilled: {
    "session.read": [
      ...["attachment", "billing_address", "custom_payment_method_ids", "customer", "design"],
      ...["merchant_urls", "options", "shipping_address"],
    ],
    "authorization.create-order": [
      "authorized_payment_method.number_of_days",
      "authorized_payment_method.number_of_installments",
    ],
    "authorization.create-customer-token": [
      ...["billing_address", "customer", "payment_method_reference"],
    ],
    "order.read": [
      ...["billing_address", "captures[].billing_address", "captures[].order_lines"],
      ...["captures[].shipping_address", "customer", "initial_payment_method", "merchant_data"],
      ...["order_lines", "refunds[].credit_invoice", "refunds[].order_lines"],
      ...["selected_shipping_option", "shipping_address"],
    ],
    "order.list-captures": ["[].billing_address", "[].order_lines", "[].shipping_address"],
    "order.read-capture": ["billing_address", "order_lines", "shipping_address"],
    "order.read-refund": ["credit_invoice", "order_lines"],
  },
  /** What the client sends beside the collection's: by Klarna's pages on the final authorization, and on settlements. */
  sentToo: {
    "payment.authorize": { headers: ["klarna-network-session-token"], query: [] },
    "settlement.list-transactions": { headers: [], query: ["size"] },
  },
} as const;

const CLASSIC = [PAYMENTS, ORDER_MANAGEMENT];
const all = [...OPERATIONS.values()];
const keyOf = (name: string): string => keysOf(catalogued(name)).at(-1) ?? "";
const described = (of: Description) =>
  all.flatMap((operation) => {
    const found = of.operations[keyOf(operation.name)];
    return found ? [{ ...found, of, operation, name: operation.name }] : [];
  });
const classic = CLASSIC.flatMap(described);
const accepted: readonly Step[] = [...walk(ACCOUNT), ...generous()];
const steps: readonly Step[] = [...accepted, ...refused()];
const stepsOf = (name: string): Step[] => steps.filter(({ operation }) => operation === name);

describe("what is described, and what is not", () => {
  test("every operation of the catalogue is described, but for these", () => {
    const known = [...CLASSIC, NETWORK].flatMap((of) => Object.keys(of.operations));
    const unknown = all.filter((one) => !keysOf(one).some((key) => known.includes(key)));
    expect(unknown.map(({ name }) => name)).toEqual(DIFFERENT.unpublished);
  });

  test("every operation that is described is in the catalogue, but for these", () => {
    const ours = all.flatMap(keysOf);
    const others = [...CLASSIC, NETWORK].flatMap((of) =>
      Object.keys(of.operations).filter((key) => !ours.includes(key)),
    );
    const why = (key: string) => DIFFERENT.leftOut.filter((pattern) => pattern.test(key));
    expect(others.filter((key) => why(key).length !== 1)).toEqual([]);
    expect(DIFFERENT.leftOut.filter((one) => !others.some((key) => one.test(key)))).toEqual([]);
  });
});

describe("Payments and Order Management", () => {
  test.each(classic)("$name: requests and answers", ({ name, of, request, answers }) => {
    expect(stepsOf(name).length).toBeGreaterThan(0);
    for (const { sent, status, headers, body } of stepsOf(name)) {
      const what = `${status} to ${JSON.stringify(sent)}`;
      const { body: shape, headers: named = [] } = answers[status] ?? {};
      expect(Object.keys(headers), what).toEqual(expect.arrayContaining(named));
      if (status >= 400) {
        expect(classicError.safeParse(body).error?.issues ?? [], what).toEqual([]);
        if (shape) expect(of.problems(shape, body, "answer"), what).toEqual([]);
        continue;
      }
      if (request) expect(of.problems(request, sent, "request"), what).toEqual([]);
      else expect(sent, what).toBeUndefined();
      const empty: readonly string[] = DIFFERENT.empty;
      if (shape && !empty.includes(`${name} ${status}`)) {
        expect(of.problems(shape, body, "answer"), what).toEqual([]);
      } else expect(body, what).toBeNull();
    }
  });

  test("nothing that keeps the rules is refused", () => {
    const no = accepted.filter(({ operation, status }) => status >= 400 && isClassic(operation));
    expect(no.map(({ operation, body }) => [operation, body])).toEqual([]);
  });

  test("every status that is described is answered somewhere, but for these", () => {
    const never = classic.flatMap(({ name, answers }) =>
      Object.keys(answers)
        .filter((status) => !stepsOf(name).some((step) => step.status === Number(status)))
        .map((status) => `${name} ${status}`),
    );
    expect(never).toEqual(DIFFERENT.statuses.never);
  });

  test("no other status is answered, but for these", () => {
    const others = classic.flatMap(({ name, answers }) =>
      stepsOf(name)
        .filter(({ status }) => !(status in answers))
        .map(({ status }) => `${name} ${status}`),
    );
    expect([...new Set(others)]).toEqual(DIFFERENT.statuses.others);
  });

  test("every field that is described is answered somewhere, but for these", () => {
    const never = classic.map(({ name, of, answers }) => {
      const [success] = Object.entries(answers).filter(([status]) => Number(status) < 400);
      const bodies = stepsOf(name).filter(({ status }) => status === Number(success?.[0]));
      const shape = of.whole(success?.[1].body ?? {}, "answer");
      const fields = unseen(
        shape,
        bodies.map(({ body }) => body),
      );
      return [name, fields] as const;
    });
    const some = never.filter(([, fields]) => fields.length > 0);
    expect(Object.fromEntries(some)).toEqual(DIFFERENT.unfilled);
  });
});

function isClassic(name: string): boolean {
  return catalogued(name).family === "classic";
}

/** The fields of a schema that none of the values has; of one that is missing, nothing that would be in it. */
function unseen(schema: Schema, values: readonly unknown[], at = ""): string[] {
  if (schema.items) {
    return unseen(
      schema.items,
      values.flatMap((value) => (Array.isArray(value) ? value : [])),
      `${at}[]`,
    );
  }
  return Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => {
    const found = values.map((value) => Object(value)[name]).filter((one) => one !== undefined);
    const path = at === "" ? name : `${at}.${name}`;
    return found.length === 0 ? [path] : unseen(inner, found, path);
  });
}

describe("the rules of a classic body, each by itself", () => {
  const withBody = classic.filter(({ request }) => request !== undefined);
  const { send } = emulator({}, UNLIMITED);
  /** Where the emulator says that a body is wrong. */
  const wrongIn = (name: string, body: object): string[] => {
    const operation = catalogued(name);
    const path = (pathTemplates(operation).plain ?? "").replaceAll(/\{[^}]+\}/g, "none");
    const answer = send(operation.method, path, { body });
    if (![400, 422].includes(answer.status)) return [];
    return answer.body.error_messages.map((message: string) => message.split(" : ")[1]);
  };

  test.each(withBody)("$name", ({ name, of, request = {}, operation }) => {
    const sample = operation.sampleBody?.();
    expect(of.problems(request, fullBody(of, request, sample), "request")).toEqual([]);
    expect(wrongIn(name, fullBody(of, request, sample))).toEqual([]);
    const differences = trials(of, request, sample).flatMap(({ path, rule, keeps, body }) => {
      // The trial itself is what it says that it is.
      expect(of.problems(request, body, "request").length === 0, `${path} ${rule}`).toBe(keeps);
      const named = wrongIn(name, body).some((one) => path === one || path.startsWith(`${one}.`));
      // Alone it can't be nothing: it is the sum of its lines.
      if (path === "order_amount" && rule === "minimum" && keeps) return [];
      return named === keeps ? [`${path}: ${rule} ${keeps ? "is refused" : "goes through"}`] : [];
    });
    expect(differences).toEqual([]);
  });
});

describe("the Klarna Network's requests", () => {
  const known = described(NETWORK);
  const sentToo: Readonly<
    Record<string, { headers: readonly string[]; query: readonly string[] }>
  > = DIFFERENT.sentToo;

  test.each(known)("$name", ({ name, request, query = [], headers = [], statuses }) => {
    expect(stepsOf(name).length).toBeGreaterThan(0);
    const named = headers.map((header) => header.toLowerCase());
    const more = sentToo[name] ?? { headers: [], query: [] };
    for (const step of stepsOf(name)) {
      const problems = request ? NETWORK.problems(request, step.sent ?? {}, "request") : [];
      expect(problems, JSON.stringify(step.sent)).toEqual([]);
      if (!request) expect(step.sent ?? {}).toEqual({});
      expect([...query, ...more.query]).toEqual(expect.arrayContaining([...step.query]));
      const allowed = [...ALWAYS_SENT, ...named, ...more.headers];
      expect(allowed).toEqual(expect.arrayContaining(Object.keys(step.sentHeaders)));
      if (statuses && step.status < 400) expect(statuses).toContain(step.status);
    }
  });

  test.each(Object.entries(FULL_BODIES))(
    "%s: the full body is one of the collection's",
    (name, body) => {
      const request = NETWORK.operations[keyOf(name)]?.request ?? {};
      expect(NETWORK.problems(request, body, "request")).toEqual([]);
    },
  );
});

/** Of the client's own accord, and none of an operation's. */
const ALWAYS_SENT = ["accept", "content-type", "klarna-idempotency-key"];
