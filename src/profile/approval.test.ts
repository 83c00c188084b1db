import { describe, expect, it } from "vitest";
import { formatPlace, UsageError, UsageErrors } from "../base/errors.ts";
import { OPERATIONS } from "../klarna/catalogue.ts";
import { needsApproval } from "./approval.ts";
import { parseProfile, type ReadOptions } from "./read.ts";

const TOKEN = "$.state_context.klarna_network_session_token";

function profileWith(step: string, emulator = ""): string {
  return `name: paid
kind: smoke
workload: { model: open, stages: [{ rate: 1/s, for: 10s }] }
scenarios:
  - name: pay
    steps:
      - operation: payment-request.create
        save: { id: $.payment_request_id }
      - { operation: payment-request.read, with: { payment_request_id: "{id}" }, ${step} }
${emulator}`;
}

function problems(text: string, options: ReadOptions): readonly UsageError[] {
  try {
    parseProfile(text, "p.yaml", options);
  } catch (error) {
    if (error instanceof UsageErrors) return error.all;
    if (error instanceof UsageError) return [error];
    throw error;
  }
  return [];
}
const told = (text: string, options: ReadOptions = {}): string[] =>
  problems(text, options).map(({ code, place }) => `${code} ${formatPlace(place)}`);

const SAVES = profileWith(`save: { token: ${TOKEN} }`);
const APPROVES = "emulator: { customer: approve }\n";

describe("a step that needs an approved payment", () => {
  it.each<[string, string, string]>([
    ["saves its token", `save: { token: ${TOKEN} }`, "9:97"],
    [
      "saves what is below a field of it",
      "save: { t: $.state_context.klarna_customer.customer_token }",
      "9:93",
    ],
    ["expects its state", "expect: { $.state: COMPLETED }", "9:92"],
    [
      "asks until it has its state",
      "poll: { until: { $.state: COMPLETED }, every: 1s, atMost: 5 }",
      "9:99",
    ],
    ["expects a field of it", `expect: { ${TOKEN}: x }`, "9:92"],
  ])("%s: told where, and refused where nobody approves", (_, step, place) => {
    expect(told(profileWith(step))).toEqual([`PROFILE_NOBODY_APPROVES p.yaml:${place}`]);
    expect(told(profileWith(step, APPROVES))).toEqual([]);
  });

  it.each([
    "save: { state: $.state }",
    "expect: { $.state: SUBMITTED }",
    "expect: { status: 200 }",
    // A longer name is another field.
    `save: { t: ${TOKEN}_2 }`,
  ])("is not one with %s", (step) => {
    expect(told(profileWith(step))).toEqual([]);
  });

  it.each(["decline", "abandon"])(
    "is refused with a customer who does otherwise: %s",
    (customer) => {
      const text = SAVES + APPROVES.replace("approve", customer);
      expect(told(text)).toEqual(["PROFILE_NOBODY_APPROVES p.yaml:9:97"]);
    },
  );

  it("is refused on Klarna's environments, whatever the emulator does", () => {
    const [problem] = problems(SAVES + APPROVES, { environment: "klarna-test" });
    expect(problem?.code).toBe("PROFILE_NOBODY_APPROVES");
    expect(problem?.message).toContain("on klarna-test nobody does");
  });

  it("goes by the running emulator, where one is named", () => {
    expect(told(SAVES, { runningCustomer: "approve" })).toEqual([]);
    const [problem] = problems(SAVES + APPROVES, { runningCustomer: null });
    expect(problem?.code).toBe("PROFILE_NOBODY_APPROVES");
    expect(problem?.hint).toContain("--customer approve");
    expect(told(SAVES + APPROVES, { runningCustomer: "decline" })).toHaveLength(1);
  });

  it("goes by what is set over the profile", () => {
    expect(told(SAVES, { set: ["emulator.customer=approve"] })).toEqual([]);
    expect(told(SAVES + APPROVES, { set: ["emulator.customer=abandon"] })).toHaveLength(1);
  });

  it("is known of the parsed profile too", () => {
    const parsed = (step: string) => needsApproval(parseProfile(profileWith(step, APPROVES), "p"));
    expect(parsed(`save: { token: ${TOKEN} }`)).toBe(true);
    expect(parsed("expect: { $.state: COMPLETED }")).toBe(true);
    expect(parsed("expect: { $.state: SUBMITTED }, save: { s: $.state }")).toBe(false);
  });

  it("is one of the classic APIs as well", () => {
    const classic = `name: paid
kind: smoke
workload: { model: open, stages: [{ rate: 1/s, for: 10s }] }
scenarios:
  - name: pay
    steps:
      - { operation: session.create, save: { id: $.session_id } }
      - { operation: session.read, with: { session_id: "{id}" }, save: { t: $.authorization_token } }
`;
    expect(told(classic)).toEqual(["PROFILE_NOBODY_APPROVES p.yaml:8:77"]);
    expect(told(classic + APPROVES)).toEqual([]);
  });
});

it("every field that waits for approval is one that some answer is known to have, or is below one", () => {
  const facts = [...OPERATIONS.values()].flatMap(({ afterApproval }) => afterApproval ?? []);
  expect(facts.length).toBeGreaterThan(4);
  for (const { fields } of facts)
    for (const field of fields) expect(field).toMatch(/^\$\.[a-z_.]+$/);
});
