import { describe, expect, it } from "vitest";
import { formatPlace, UsageError, UsageErrors } from "../base/errors.ts";
import { parseProfile, type ReadOptions } from "./read.ts";

function profileWith(step: string): string {
  return `name: small
kind: baseline
workload:
  model: open
  stages:
    - { rate: 5/s, for: 10s }
scenarios:
  - name: create
    steps:
      - operation: payment-request.create
${step.replace(/^/gm, "        ")}
`;
}

function problems(text: string, options: ReadOptions = {}): readonly UsageError[] {
  try {
    parseProfile(text, "p.yaml", options);
  } catch (error) {
    if (error instanceof UsageErrors) return error.all;
    if (error instanceof UsageError) return [error];
    throw error;
  }
  return [];
}

function told(text: string, options: ReadOptions = {}): string[] {
  return problems(text, options).map(({ code, place }) => `${code} ${formatPlace(place)}`);
}

describe("a profile with personal data is refused, and told where it stands", () => {
  it.each<[string, string, string[]]>([
    [
      "in a body",
      "body: { customer: { email: jane@shop.se } }",
      ["PROFILE_PERSONAL_DATA p.yaml:11:36"],
    ],
    [
      "deep in a body, and twice",
      `body:
  supplementary_purchase_data:
    shipping:
      - recipient: { email: jane@shop.se, phone: "+46701234567" }`,
      ["PROFILE_PERSONAL_DATA p.yaml:14:37", "PROFILE_PERSONAL_DATA p.yaml:14:58"],
    ],
    [
      "as a number",
      "body: { customer: { phone: 0701234567 } }",
      ["PROFILE_PERSONAL_DATA p.yaml:11:36"],
    ],
    ["in a list", "body: { phone: [1, 13106683399] }", ["PROFILE_PERSONAL_DATA p.yaml:11:28"]],
    ["as a key", "body: { jane@shop.se: 1 }", ["PROFILE_PERSONAL_DATA p.yaml:11:17"]],
    [
      "in a header",
      'headers: { Klarna-Integration-Metadata: \'{"a":"jane@shop.se"}\' }',
      ["PROFILE_PERSONAL_DATA p.yaml:11:49"],
    ],
  ])("%s", (_, step, places) => {
    expect(told(profileWith(step))).toEqual(places);
  });

  it("in a value of a parameter", () => {
    const text = profileWith("save: { id: $.payment_request_id }").replace(
      "payment-request.create",
      "dispute.list",
    );
    const step = text.replace(
      "save:",
      "with: { payment_transaction_id: 19850709-9805 }\n        save:",
    );
    expect(told(step)).toEqual(["PROFILE_PERSONAL_DATA p.yaml:11:41"]);
  });

  it("in a setting of the command line", () => {
    const set = ["scenarios[0].steps[0].body.customer.email=jane@shop.se"];
    const text = profileWith("body: { customer: { email: customer@email.se } }");
    expect(told(text)).toEqual([]);
    expect(told(text, { set })).toEqual([
      "PROFILE_PERSONAL_DATA --set scenarios[0].steps[0].body.customer.email",
    ]);
  });

  it("in what an environment changes, whichever is used", () => {
    const text = `${profileWith("body: { amount: 1 }")}environments:
  klarna-test:
    scenarios:
      - name: create
        steps:
          - operation: payment-request.create
            body: { customer: { email: jane@shop.se } }
`;
    expect(told(text)).toEqual(["PROFILE_PERSONAL_DATA p.yaml:18:40"]);
  });

  it("and the message names the field and says why, but never repeats the value", () => {
    const [problem] = problems(profileWith("body: { customer: { email: jane@shop.se } }"));
    expect(problem?.message).toBe(
      "`email` holds an e-mail address that is none of Klarna's samples",
    );
    expect(problem?.hint).toMatch(/no personal data may reach Klarna's test environment/);
    expect(`${problem?.message} ${problem?.hint}`).not.toContain("jane");
  });
});

describe("a profile passes", () => {
  it.each<[string, string]>([
    [
      "with a published sample customer",
      `body:
  customer: { email: customer+denied@email.us, phone: "+13106354386" }
  national_identification_number: SE194103219202`,
    ],
    [
      "with references and amounts",
      "body: { amount: 2147483647, payment_request_reference: 20260131-0001 }",
    ],
    ["with times", "body: { phone_last_verified_at: 2026-01-31T12:00:00Z }"],
    [
      "with a correlation id",
      "headers: { Partner-Correlation-Id: 552603c0fe8b4ab1aacb41d55fafbdb4 }",
    ],
  ])("%s", (_, step) => {
    expect(told(profileWith(step))).toEqual([]);
  });

  it("with an address where nothing is sent", () => {
    const text = profileWith("body: { amount: 1 }").replace(
      "kind:",
      "description: ask perf-team@shop.se before you run this\nkind:",
    );
    expect(told(text)).toEqual([]);
  });
});
