import { describe, expect, test } from "vitest";
import { UsageError, UsageErrors } from "../base/errors.ts";
import { makePlan } from "./plan.ts";
import { parseProfile } from "./read.ts";

function profile(...steps: readonly string[]): string {
  return `name: own
kind: capacity
workload: { model: open, stages: [{ rate: 10/s, for: 10s }] }
scenarios:
  - name: one
    steps:
${steps.map((step) => `      - { ${step} }\n`).join("")}`;
}

/** The code and place of every problem. */
function problems(text: string): string[] {
  try {
    parseProfile(text, "own.yaml");
    return [];
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const all = error instanceof UsageErrors ? error.all : [error];
    return all.map(({ code, place }) => `${code} ${place?.line}:${place?.column}`);
  }
}

const SEEN = { environment: "emulator", level: "partner", seed: 1 } as const;
const CREATE = "operation: payment-request.create";

test("a step names a module of the profile's folder and a function of it", () => {
  const { scenarios } = parseProfile(
    profile(`client: "./lib/my-client.ts#createPayment", requests: 3, ${CREATE}`),
    "own.yaml",
  );
  expect(scenarios[0].steps[0].client).toEqual({
    module: "lib/my-client.ts",
    name: "createPayment",
    requests: 3,
  });
});

test.each([
  "../up.mjs#go",
  "./a/../../up.mjs#go",
  "/etc/x.mjs#go",
  "./x.mjs",
  "./x.mjs#",
  "./x.mjs#a.b",
  "./x.json#go",
  "./.hidden.mjs#go",
  "file:///x.mjs#go",
  "node:fs#readFileSync",
  "x.mjs#go",
])("%s names none", (client) => {
  expect(problems(profile(`client: "${client}", ${CREATE}`))).toEqual(["PROFILE_CLIENT 7:19"]);
});

describe("what does not go together", () => {
  test.each([
    "body: { amount: 5 }",
    "headers: { Klarna-Customer-Region: EU }",
    "expect: { status: 201 }",
    "retry: { attempts: 2 }",
    "poll: { until: { status: 200 }, every: 1s, atMost: 2 }",
  ])("a client and %s", (also) => {
    const found = problems(profile(`client: ./x.mjs#go, ${CREATE}, ${also}`));
    expect(found).toEqual(["PROFILE_CLIENT 7:66"]);
  });

  test("`requests` and no client", () => {
    expect(problems(profile(`requests: 2, ${CREATE}`))).toEqual(["PROFILE_CLIENT 7:11"]);
  });

  test("a condition and a client's step", () => {
    const text = profile(
      `name: mine, client: ./x.mjs#go, ${CREATE}`,
      `${CREATE}, when: { status: 201 }`,
      `${CREATE}, when: { step: mine, status: 201 }`,
    );
    expect(problems(text)).toEqual(["PROFILE_CLIENT 8:46", "PROFILE_CLIENT 9:46"]);
  });
});

test("its operation's parameters are its own to fill, and its values can be saved", () => {
  const text = profile(
    "client: ./x.mjs#go, operation: payment-request.read, save: { id: $.a.b }",
    `operation: payment-request.cancel, with: { payment_request_id: "{id}" }`,
  );
  expect(problems(text)).toEqual([]);
});

test("the plan counts one request for each call, and the most that it may come to", () => {
  const read = parseProfile(profile(`client: ./x.mjs#go, requests: 3, ${CREATE}`), "own.yaml");
  const plan = makePlan(read, SEEN);
  expect(plan).toMatchObject({ requests: 100, requestsAtMost: 300 });
  expect(plan.categories[0]).toMatchObject({ peakPerSecond: 30 });
});
