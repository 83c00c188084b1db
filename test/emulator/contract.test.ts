import { describe, expect, test } from "vitest";
import type * as z from "zod";
import { emulator, UNLIMITED } from "../../src/emulator/pipeline.support.ts";
import { catalogued, OPERATIONS } from "../../src/klarna/catalogue.ts";
import { pathTemplates } from "../../src/klarna/operation.ts";
import { ACCOUNT, type Step } from "./asking.ts";
import { classicError, networkError } from "./contracts/errors.ts";
import { FULL_BODIES, NETWORK } from "./contracts/network-v2.ts";
import { walk } from "./walk.ts";

const steps = walk(ACCOUNT);
const BODIES: Readonly<Record<string, z.ZodType>> = NETWORK;
/** No bank pays back behind the emulator's back. */
const NEVER_FOUND = "chargeback.read";

/** Of a whole resource, since a field may come only in one of its states. */
const resourceOf = (name: string): string => name.slice(0, name.indexOf(".") + 1);
const ofResource = (name: string): Step[] =>
  steps.filter(({ operation }) => operation.startsWith(resourceOf(name)));
const of = (name: string): Step[] => steps.filter(({ operation }) => operation === name);

/** A value at a path such as `$.state_context.payment_token`. */
function at(body: unknown, path: string): unknown {
  return path
    .slice(2)
    .split(".")
    .reduce<unknown>((value, name) => Object(value)[name], body);
}

describe("the client against the emulator", () => {
  test("every operation of the catalogue is asked, in both forms of its path", () => {
    const names = [...OPERATIONS.keys()];
    const asked = (account: string | undefined) =>
      new Set(walk(account).map(({ operation }) => operation));
    expect(names.filter((name) => !asked(ACCOUNT).has(name))).toEqual([]);
    const plain = names.filter((name) => pathTemplates(catalogued(name)).plain !== undefined);
    expect(plain.filter((name) => !asked(undefined).has(name))).toEqual([]);
    expect(walk(undefined).filter(({ path }) => path.includes("/accounts/"))).toEqual([]);
  });

  test.each([...OPERATIONS.keys()].filter((name) => name !== NEVER_FOUND))(
    "%s is answered as the catalogue says: status, fields, headers",
    (name) => {
      const { successStatuses, answerFields = [], answerHeaders = {} } = catalogued(name);
      expect(of(name).filter(({ status }) => !successStatuses.includes(status))).toEqual([]);
      const missing = answerFields.filter(
        (field) => !ofResource(name).some(({ body }) => at(body, field) !== undefined),
      );
      expect(missing).toEqual([]);
      for (const header of Object.values(answerHeaders)) {
        for (const { headers } of of(name)) {
          expect(Object.keys(headers).map((key) => key.toLowerCase())).toContain(header);
        }
      }
    },
  );

  test("a chargeback is never found", () => {
    expect(of(NEVER_FOUND)).toEqual([expect.objectContaining({ status: 404 })]);
  });
});

test.each(Object.keys(BODIES))("%s is answered in the form that our notes have of it", (name) => {
  expect(of(name).length).toBeGreaterThan(0);
  for (const { body } of of(name)) BODIES[name]?.parse(body);
});

describe("errors are of their family's form", () => {
  /** Wrong in every way that a request can be, at every operation's path. */
  const wrong = [...OPERATIONS.values()].flatMap((operation) => {
    const { plain, account } = pathTemplates(operation);
    const path = (plain ?? account ?? "").replaceAll(/\{[a-z_]+\}/g, (name) =>
      name === "{account_id}" ? ACCOUNT : "unknown",
    );
    const { name, method, family, sampleBody } = operation;
    const body = sampleBody ? { raw: "{}" } : {};
    const requests = [
      { ...body, headers: { authorization: undefined } },
      { ...body, headers: { authorization: "Basic klarna_live_api_abc" } },
      ...(sampleBody ? [{ raw: "{" }, { raw: "[]" }, { raw: "null" }, { raw: "{}" }] : []),
      ...(operation.path.includes("{") ? [body] : []),
    ];
    return requests.map((sent) => ({ name, method, family, path, sent }));
  });
  const { send } = emulator({ level: "acquiring-partner" }, UNLIMITED);

  test.each([
    ["network", networkError],
    ["classic", classicError],
  ] as const)("%s", (family, schema) => {
    const asked = wrong.filter((one) => one.family === family);
    expect(asked.length).toBeGreaterThan(60);
    for (const { name, method, path, sent } of asked) {
      const { status, body } = send(method, path, sent);
      if (status < 400) continue;
      const parsed = schema.safeParse(body);
      expect(parsed.error?.issues ?? [], `${name} ${JSON.stringify(sent)}: ${status}`).toEqual([]);
    }
  });
});

test.each(Object.entries(FULL_BODIES))("%s takes a body with everything in it", (name, body) => {
  const { send } = emulator({}, UNLIMITED);
  const operation = catalogued(name);
  const keys = send("POST", "/v2/notification/signing-keys").body;
  const sent = "signing_key_id" in body ? { ...body, signing_key_id: keys.signing_key_id } : body;
  const { status, body: answer } = send(operation.method, pathTemplates(operation).plain ?? "", {
    body: sent,
  });
  expect([status < 300, answer.validation_errors]).toEqual([true, undefined]);
});
