import { describe, expect, test } from "vitest";
import { formatPlace, UsageError, UsageErrors } from "../base/errors.ts";
import { parseProfile, type ReadOptions } from "./read.ts";
import type { Profile } from "./schema.ts";

/** The smallest profile; rows below change one line of it. Line numbers in the tables count from its `name`. */
const SMALLEST = `name: small
kind: baseline
workload:
  model: open
  stages:
    - { rate: 5/s, for: 10s }
scenarios:
  - name: create
    steps:
      - operation: payment-request.create
        save: { id: $.payment_request_id }
      - operation: payment-request.read
        with: { payment_request_id: "{id}" }
`;

/** The workload of a profile that has an open one. */
function openOf({ workload }: Profile) {
  if (workload.model !== "open") throw new Error("not an open workload");
  return workload;
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

function changed(from: string, to: string): string {
  expect(SMALLEST).toContain(from);
  return SMALLEST.replace(from, to);
}

describe("a profile that is right", () => {
  test("gets its defaults", () => {
    const profile = parseProfile(SMALLEST, "p.yaml");
    expect(profile).toEqual({
      name: "small",
      description: "",
      kind: "baseline",
      workload: {
        model: "open",
        arrivals: "uniform",
        stages: [{ phase: "steady", from: 5, to: 5, duration: 10_000_000 }],
        maxInFlight: 20,
        maxLateness: undefined,
        requestTimeout: 60_000_000,
        drainTimeout: 30_000_000,
        pacing: "precise",
      },
      scenarios: [
        {
          name: "create",
          weight: 1,
          steps: [
            {
              operation: "payment-request.create",
              with: {},
              save: { id: { text: "$.payment_request_id", parts: ["payment_request_id"] } },
              body: undefined,
              headers: {},
              expect: undefined,
              thinkTime: 0,
            },
            {
              operation: "payment-request.read",
              with: { payment_request_id: { kind: "saved", name: "id" } },
              save: {},
              body: undefined,
              headers: {},
              expect: undefined,
              thinkTime: 0,
            },
          ],
        },
      ],
      thresholds: [],
      limits: { rate: undefined, perCategory: {} },
      emulator: undefined,
      setUp: [],
      data: [],
      stops: undefined,
      tags: {},
    });
  });

  test("may use everything there is", () => {
    const profile = parseProfile(
      `name: everything
description: all of it
kind: soak
tags: { team: checkout }
workload:
  model: open
  arrivals: poisson
  stages:
    - { rate: 30/min, for: 1min, phase: warm-up }
    - { from: 1/s, to: 2/s, for: 500ms }
    - { rate: 2/s, for: 1h }
  maxInFlight: 7
  maxLateness: 1s
  requestTimeout: 5s
  drainTimeout: 0
scenarios:
  - name: one
    weight: 2.5
    steps:
      - operation: payment-request.create
        body: { amount: 1500, customer_interaction_config: null }
        headers: { Klarna-Customer-Region: EU, Partner-Correlation-Id: abc }
        expect: { status: [201, 429], $.state: SUBMITTED, $.amount: 1500 }
        thinkTime: 250ms
  - name: two
    steps:
      - operation: payment-request.read
        with: { payment_request_id: "krn:payment:eu1:request:1" }
thresholds:
  - { operation: payment-request.create, figure: responseTime.p95, max: 800ms }
  - { figure: errorRatio, max: 0.5%, abort: true }
  - { figure: dropRatio, max: 0.01 }
  - { figure: dropped, max: 3 }
limits: { rate: 9/s, perCategory: { payment-transaction-capture: 6/s } }
`,
      "p.yaml",
    );
    expect(profile.workload).toEqual({
      model: "open",
      arrivals: "poisson",
      stages: [
        { phase: "warm-up", from: 0.5, to: 0.5, duration: 60_000_000 },
        { phase: "ramp", from: 1, to: 2, duration: 500_000 },
        { phase: "steady", from: 2, to: 2, duration: 3_600_000_000 },
      ],
      maxInFlight: 7,
      maxLateness: 1_000_000,
      requestTimeout: 5_000_000,
      drainTimeout: 0,
      pacing: "precise",
    });
    expect(profile.scenarios[0].steps[0]).toEqual({
      operation: "payment-request.create",
      with: {},
      save: {},
      body: { amount: 1500, customer_interaction_config: null },
      headers: { "Klarna-Customer-Region": "EU", "Partner-Correlation-Id": "abc" },
      expect: {
        statuses: [201, 429],
        values: [
          { path: { text: "$.state", parts: ["state"] }, equals: "SUBMITTED" },
          { path: { text: "$.amount", parts: ["amount"] }, equals: 1500 },
        ],
      },
      thinkTime: 250_000,
    });
    expect(profile.scenarios.map(({ weight }) => weight)).toEqual([2.5, 1]);
    expect(profile.thresholds).toEqual([
      {
        text: "payment-request.create responseTime.p95 <= 800ms",
        operation: "payment-request.create",
        figure: "responseTime.p95",
        limit: 800_000,
        unit: "us",
      },
      {
        text: "errorRatio <= 0.5%",
        operation: null,
        figure: "errorRatio",
        limit: 0.005,
        unit: "ratio",
        abort: true,
      },
      {
        text: "dropRatio <= 0.01",
        operation: null,
        figure: "dropRatio",
        limit: 0.01,
        unit: "ratio",
      },
      { text: "dropped <= 3", operation: null, figure: "dropped", limit: 3, unit: "count" },
    ]);
    expect(profile.limits).toEqual({ rate: 9, perCategory: { "payment-transaction-capture": 6 } });
    expect(profile.tags).toEqual({ team: "checkout" });
  });

  test("may use anchors, and the expanded values are checked where they were written", () => {
    const text = changed(
      "    - { rate: 5/s, for: 10s }\n",
      "    - &s { rate: 5/s, for: 10s }\n    - *s\n",
    );
    expect(openOf(parseProfile(text, "p.yaml")).stages).toHaveLength(2);
    expect(told(text.replace("5/s", "5"))).toEqual([
      "PROFILE_RATE p.yaml:6:18",
      "PROFILE_RATE p.yaml:6:18",
    ]);
  });
});

describe("one slip is told with its code, its place and the nearest accepted form", () => {
  // [what was written, what instead, code and place, a part of the hint]
  const rows: readonly (readonly [string, string, string, string])[] = [
    ["name: small", "name: Small", "PROFILE_VALUE p.yaml:1:7", "lower-case letters"],
    ["name: small", "name: ../x", "PROFILE_VALUE p.yaml:1:7", "lower-case letters"],
    ["name: small", "name: 7", "PROFILE_VALUE p.yaml:1:7", 'did you mean `"7"`?'],
    [
      "kind: baseline",
      "kind: basline",
      "PROFILE_UNKNOWN_VALUE p.yaml:2:7",
      "did you mean `baseline`?",
    ],
    ["kind: baseline\n", "", "PROFILE_MISSING_KEY p.yaml:1:1", "smoke"],
    ["kind: baseline\n", "kind:\n", "PROFILE_UNKNOWN_VALUE p.yaml:2:6", "one of smoke"],
    [
      "kind: baseline\n",
      "kind: baseline\nkinds: x\n",
      "PROFILE_UNKNOWN_KEY p.yaml:3:1",
      "did you mean `kind`?",
    ],
    ["model: open", "model: opne", "PROFILE_UNKNOWN_VALUE p.yaml:4:10", "did you mean `open`?"],
    [
      "model: open",
      "model: open\n  maxInFlght: 5",
      "PROFILE_UNKNOWN_KEY p.yaml:5:3",
      "did you mean `maxInFlight`?",
    ],
    ["model: open", "model: open\n  maxInFlight: 0", "PROFILE_VALUE p.yaml:5:16", "from 1 to"],
    [
      "model: open",
      "model: open\n  arrivals: possion",
      "PROFILE_UNKNOWN_VALUE p.yaml:5:13",
      "`poisson`",
    ],
    ["5/s", "-5/s", "PROFILE_RATE p.yaml:6:15", "such as 5/s"],
    ["5/s", "5", "PROFILE_RATE p.yaml:6:15", "did you mean `5/s`?"],
    ["5/s", "5 rps", "PROFILE_RATE p.yaml:6:15", "did you mean `5/s`?"],
    ["5/s", ".nan", "PROFILE_RATE p.yaml:6:15", "such as 5/s"],
    ["5/s", ".inf", "PROFILE_RATE p.yaml:6:15", "such as 5/s"],
    ["5/s", `${"9".repeat(400)}/s`, "PROFILE_RATE p.yaml:6:15", "such as 5/s"],
    ["5/s", "1000001/s", "PROFILE_RATE p.yaml:6:15", "such as 5/s"],
    ["5/s", "[5/s]", "PROFILE_RATE p.yaml:6:15", "such as 5/s"],
    ["5/s", "0/s", "PROFILE_NO_STEADY_STAGE p.yaml:6:5", "{ rate: 5/s, for: 60s }"],
    ["10s }", "10 }", "PROFILE_DURATION p.yaml:6:25", "did you mean `10s`?"],
    ["10s }", "0s }", "PROFILE_DURATION p.yaml:6:25", "such as 800ms"],
    ["10s }", "1001h }", "PROFILE_DURATION p.yaml:6:25", "at most 1000h"],
    ["10s }", "10s, phase: stedy }", "PROFILE_UNKNOWN_VALUE p.yaml:6:37", "`steady`"],
    ["10s }", "10s, phase: warm-up }", "PROFILE_NO_STEADY_STAGE p.yaml:6:5", "thresholds"],
    ["10s }", "10s, to: 6/s }", "PROFILE_STAGE p.yaml:6:7", "{ from: 0/s, to: 5/s, for: 10s }"],
    [
      "rate: 5/s",
      "from: 5/s, phase: steady",
      "PROFILE_STAGE p.yaml:6:7",
      "{ rate: 5/s, for: 60s }",
    ],
    ["\n    - { rate: 5/s, for: 10s }", " []", "PROFILE_LIST_LENGTH p.yaml:5:11", "1 to 1000"],
    ["\n    - { rate: 5/s, for: 10s }", " 5/s", "PROFILE_VALUE p.yaml:5:11", "a list"],
    [
      "- name: create\n",
      "- name: create\n    weight: 0\n",
      "PROFILE_WEIGHT p.yaml:9:13",
      "above 0",
    ],
    [
      "- name: create\n",
      "- name: create\n    weight: -1\n",
      "PROFILE_WEIGHT p.yaml:9:13",
      "above 0",
    ],
    [
      "- name: create\n",
      "- name: create\n    weight: .nan\n",
      "PROFILE_WEIGHT p.yaml:9:13",
      "above 0",
    ],
    [
      "payment-request.create",
      "payment-request.creat",
      "PROFILE_UNKNOWN_OPERATION p.yaml:10:20",
      "did you mean `payment-request.create`?",
    ],
    [
      "payment-request.create",
      "GET /v2/payment",
      "PROFILE_UNKNOWN_OPERATION p.yaml:10:20",
      "one of docs/operations.md, such as payment-request.create",
    ],
    [
      "payment-request.create",
      "__proto__",
      "PROFILE_UNKNOWN_OPERATION p.yaml:10:20",
      "one of docs/operations.md, such as payment-request.create",
    ],
    [
      "id: $.payment_request_id",
      "id: payment_request_id",
      "PROFILE_VALUE p.yaml:11:21",
      "$.payment_request_id",
    ],
    ["{ id: $.", "{ i-d: $.a, id: $.", "PROFILE_VALUE p.yaml:11:17", "underscores"],
    [
      "\n        save: { id: $.payment_request_id }",
      "",
      "PROFILE_NOT_SAVED p.yaml:12:37",
      "save: { id: $.payment_request_id }",
    ],
    ['"{id}"', '"{di}"', "PROFILE_NOT_SAVED p.yaml:13:37", 'did you mean `"{id}"`?'],
    ['"{id}"', "{id}", "PROFILE_UNQUOTED_BRACES p.yaml:13:37", 'quote it: "{id}"'],
    ['"{id}"', "{{id}}", "PROFILE_UNQUOTED_BRACES p.yaml:13:38", 'as in "{id}"'],
    [
      '"{id}" }',
      '"{id}" }\n        poll: { until: { $.state: COMPLETED }, every: 1s }',
      "PROFILE_MISSING_KEY p.yaml:14:15",
      "a whole number from 1 to 1000",
    ],
    [
      '"{id}" }',
      '"{id}" }\n        poll: { until: {}, every: 1s, atMost: 5 }',
      "PROFILE_LIST_LENGTH p.yaml:14:24",
      "$.state: SUBMITTED",
    ],
    [
      '"{id}" }',
      '"{id}" }\n        poll: { until: { state: COMPLETED }, every: 1s, atMost: 5 }',
      "PROFILE_UNKNOWN_KEY p.yaml:14:26",
      "as in $.state: SUBMITTED",
    ],
    [
      '"{id}" }',
      '"{id}" }\n        poll: { until: { $.state: COMPLETED }, every: 0s, atMost: 5 }',
      "PROFILE_DURATION p.yaml:14:55",
      "such as 800ms",
    ],
    [
      '"{id}" }',
      '"{id}" }\n        when: { step: crate, status: 201 }',
      "PROFILE_UNKNOWN_STEP p.yaml:14:23",
      "give it one, as in name: create",
    ],
    [
      '"{id}" }',
      '"{id}" }\n        when: {}',
      "PROFILE_LIST_LENGTH p.yaml:14:15",
      "with step: the name of an earlier one",
    ],
    [
      "payment-request.create",
      "payment-request.create\n        when: { status: 201 }",
      "PROFILE_UNKNOWN_STEP p.yaml:11:15",
      "leave out `when` here",
    ],
    [
      "kind: baseline",
      "kind: baseline\nretry: { on: [429] }",
      "PROFILE_MISSING_KEY p.yaml:3:8",
      "a whole number from 1 to 10",
    ],
    [
      "kind: baseline",
      "kind: baseline\nretry: { attempts: 3, on: [200] }",
      "PROFILE_RETRY p.yaml:3:28",
      "429, 5xx, another status from 400 to 599, timeout, or connection",
    ],
    [
      "kind: baseline",
      "kind: baseline\nretry: { attempts: 3, ignoreReset: no }",
      "PROFILE_VALUE p.yaml:3:36",
      "true or false",
    ],
    ['"{id}"', '"a/../b"', "PROFILE_VALUE p.yaml:13:37", "letters, digits"],
    ['"{id}"', '".."', "PROFILE_VALUE p.yaml:13:37", "letters, digits"],
    ['"{id}"', '"x{id}"', "PROFILE_VALUE p.yaml:13:37", "letters, digits"],
    ['"{id}"', "12", "PROFILE_VALUE p.yaml:13:37", 'did you mean `"12"`?'],
    [
      '\n        with: { payment_request_id: "{id}" }',
      "",
      "PROFILE_MISSING_PARAMETER p.yaml:12:20",
      "with: { payment_request_id:",
    ],
    [
      '"{id}" }',
      '"{id}", payment_id: a }',
      "PROFILE_UNKNOWN_PARAMETER p.yaml:13:45",
      "it takes payment_request_id",
    ],
    [
      "payment-request.read",
      "customer-token.introspect",
      "PROFILE_MISSING_PARAMETER p.yaml:13:15",
      "`payment.authorize` answers it as $.customer_token_response.customer_token",
    ],
    [
      "payment-request.create\n",
      "dispute.list\n        with: { opened_at_stat: 2026-01-01 }\n",
      "PROFILE_UNKNOWN_PARAMETER p.yaml:11:17",
      "did you mean `opened_at_start`?",
    ],
    ['"{id}" }', '"{id}" }\n        body: {}', "PROFILE_BODY p.yaml:14:15", "leave out `body`"],
    ["save:", "body: { amount: .inf }\n        save:", "PROFILE_BODY p.yaml:11:15", "finite"],
    [
      "save:",
      "body: { amount: 9007199254740993 }\n        save:",
      "PROFILE_BODY p.yaml:11:15",
      "finite",
    ],
    ["save:", "body: [1]\n        save:", "PROFILE_BODY p.yaml:11:15", "a mapping"],
    [
      "save:",
      "headers: { Authorization: x }\n        save:",
      "PROFILE_HEADER p.yaml:11:20",
      "Klarna-…",
    ],
    [
      "save:",
      "headers: { klarna-idempotency-key: x }\n        save:",
      "PROFILE_HEADER p.yaml:11:20",
      "which the client sets",
    ],
    [
      "save:",
      'headers: { Klarna-A: "x\\r\\nHost: y" }\n        save:',
      "PROFILE_VALUE p.yaml:11:30",
      "printable ASCII",
    ],
    [
      "save:",
      "headers: { Klarna-A: x, klarna-a: y }\n        save:",
      "PROFILE_DUPLICATE_KEY p.yaml:11:33",
      "each header once",
    ],
    ["save:", "expect: { status: 20 }\n        save:", "PROFILE_VALUE p.yaml:11:27", "100 to 599"],
    [
      "save:",
      "expect: { status: [201, 600] }\n        save:",
      "PROFILE_VALUE p.yaml:11:27",
      "or a list of some",
    ],
    ["save:", "expect: { status: [] }\n        save:", "PROFILE_VALUE p.yaml:11:27", "100 to 599"],
    [
      "save:",
      "expect: { state: X }\n        save:",
      "PROFILE_UNKNOWN_KEY p.yaml:11:19",
      "$.state: SUBMITTED",
    ],
    [
      "save:",
      "thinkTime: 1 sec\n        save:",
      "PROFILE_DURATION p.yaml:11:20",
      "did you mean `1s`?",
    ],
    [
      "scenarios:",
      "scenarios:\n  - name: create\n    steps: [{ operation: payment-request.create }]",
      "PROFILE_DUPLICATE_SCENARIO p.yaml:10:11",
      "a name of its own",
    ],
    [
      "scenarios:",
      "thresholds: [{ figure: responseTime.p95, max: 800 }]\nscenarios:",
      "PROFILE_VALUE p.yaml:7:47",
      "did you mean `800s`?",
    ],
    [
      "scenarios:",
      "thresholds: [{ figure: responsetime.p95, max: 8s }]\nscenarios:",
      "PROFILE_UNKNOWN_VALUE p.yaml:7:24",
      "did you mean `responseTime.p95`?",
    ],
    [
      "scenarios:",
      "thresholds: [{ figure: errorRatio, max: 1 }]\nscenarios:",
      "PROFILE_VALUE p.yaml:7:41",
      "did you mean `1%`?",
    ],
    [
      "scenarios:",
      "thresholds: [{ figure: errorRatio, max: 101% }]\nscenarios:",
      "PROFILE_VALUE p.yaml:7:41",
      "a percentage",
    ],
    [
      "scenarios:",
      "thresholds: [{ figure: errors, max: 0.5 }]\nscenarios:",
      "PROFILE_VALUE p.yaml:7:37",
      "whole number",
    ],
    [
      "scenarios:",
      "thresholds: [{ figure: errors }]\nscenarios:",
      "PROFILE_MISSING_KEY p.yaml:7:14",
      "whole number",
    ],
    [
      "scenarios:",
      "thresholds: [{ operation: payment-request.cancel, figure: errors, max: 0 }]\nscenarios:",
      "PROFILE_THRESHOLD_UNUSED p.yaml:7:27",
      "never met",
    ],
    [
      "scenarios:",
      "thresholds: [{ figure: errors, max: 0, abort: true }]\nscenarios:",
      "PROFILE_ABORT p.yaml:7:47",
      "such as errorRatio",
    ],
    [
      "scenarios:",
      "thresholds: [{ figure: errorRatio, max: 1%, abort: yes }]\nscenarios:",
      "PROFILE_VALUE p.yaml:7:52",
      "true or false",
    ],
    [
      "kind: baseline",
      "kind: smoke\nthresholds: [{ figure: errorRatio, max: 1% }]",
      "PROFILE_SMOKE_FIGURE p.yaml:3:24",
      "errors, dropped",
    ],
    ["scenarios:", "limits: { rate: 0/s }\nscenarios:", "PROFILE_RATE p.yaml:7:17", "such as 5/s"],
    [
      "scenarios:",
      "limits: { perCategory: { dispuet: 1/s } }\nscenarios:",
      "PROFILE_UNKNOWN_CATEGORY p.yaml:7:26",
      "did you mean `dispute`?",
    ],
    [
      "scenarios:",
      "tags: { build: 12 }\nscenarios:",
      "PROFILE_VALUE p.yaml:7:16",
      'did you mean `"12"`?',
    ],
    [
      "scenarios:",
      "environments: { klarna-tset: {} }\nscenarios:",
      "PROFILE_UNKNOWN_ENVIRONMENT p.yaml:7:17",
      "did you mean `klarna-test`?",
    ],
    [
      "scenarios:",
      "environments: { emulator: { name: x } }\nscenarios:",
      "PROFILE_UNKNOWN_KEY p.yaml:7:29",
      "the keys here are workload",
    ],
    [
      "scenarios:",
      "environments: { emulator: 5 }\nscenarios:",
      "PROFILE_VALUE p.yaml:7:27",
      "a mapping",
    ],
    [
      "scenarios:",
      "tags: { host: https://api.klarna.com/ }\nscenarios:",
      "PROFILE_LIVE_MARKER p.yaml:7:15",
      "take it out",
    ],
    [
      "scenarios:",
      "tags: { key: klarna_test_api_abc }\nscenarios:",
      "PROFILE_API_KEY p.yaml:7:14",
      "KLARNA_API_KEY",
    ],
  ];
  test.each(rows)("%j → %j", (from, to, expected, hint) => {
    const found = problems(changed(from, to));
    // Where a slip makes others in its wake (an operation unknown, its saved value missing), it is among the first.
    expect(found.map(({ code, place }) => `${code} ${formatPlace(place)}`)).toContain(expected);
    expect(found.map((problem) => problem.hint).join("\n")).toContain(hint);
  });

  test("the offending value stands in backticks, and its path before it", () => {
    expect(problems(changed("5/s", "5"))[0]?.message).toBe(
      "`workload.stages[0].rate` is `5`, not a rate",
    );
    expect(problems(changed("kind: baseline", "kind: [a]"))[0]?.message).toBe(
      "`kind` is a list, not a kind",
    );
  });

  test("foreign text can't colour, flood or end the quote", () => {
    const [problem] = problems(changed("baseline", `"a\\e[31m\u202e\`${"x".repeat(500)}"`));
    expect(problem?.message).toMatch(/^`kind` is `a‹U\+001B›\[31m‹U\+202E›'x+…`, not a kind$/);
  });

  test("a live key is named by its sign, never quoted, also where the YAML is broken", () => {
    for (const text of [
      changed("kind: baseline", "kind: klarna_live_api_S3cret"),
      changed("kind: baseline", "klarna_live_api_S3cret: *x"),
      changed("kind: baseline", "kind: a: klarna_live_api_S3cret"),
    ]) {
      const all = problems(text);
      expect(all.map(({ code }) => code)).toEqual(["PROFILE_LIVE_MARKER"]);
      expect(JSON.stringify(all.map(({ message, hint }) => [message, hint]))).not.toContain(
        "S3cret",
      );
    }
  });
});

describe("all slips are told at once", () => {
  test("in the order of the file, schema and references alike", () => {
    const text = SMALLEST.replace("5/s", "5")
      .replace('"{id}"', '"{di}"')
      .replace("baseline", "bsaeline");
    expect(told(text)).toEqual([
      "PROFILE_UNKNOWN_VALUE p.yaml:2:7",
      "PROFILE_RATE p.yaml:6:15",
      "PROFILE_NOT_SAVED p.yaml:13:37",
    ]);
  });

  test("up to 25, and how many more there are", () => {
    const keys = Array.from({ length: 40 }, (_, i) => `x${i}: 1`).join("\n");
    const found = problems(`${SMALLEST}${keys}\n`);
    expect(found).toHaveLength(26);
    expect(found.at(-1)).toMatchObject({
      code: "PROFILE_MORE_PROBLEMS",
      message: "15 more problems are not shown",
    });
  });
});

test("an alias stands for the last value above it that was marked so", () => {
  const tags = "tags: { a: &x one, b: *x, c: &x two, d: *x }\n";
  expect(parseProfile(SMALLEST + tags, "p.yaml").tags).toEqual({
    a: "one",
    b: "one",
    c: "two",
    d: "two",
  });
});

test("a key is foreign text too", () => {
  const text = changed("save:", 'expect: { "a\\nb`c": 1 }\n        save:');
  expect(problems(text)[0]?.message).toBe(
    "`a‹U+000A›b'c` in `scenarios[0].steps[0].expect` is not an expectation",
  );
});

describe("a closed workload", () => {
  const closed = (more: string, rest = "limits: { rate: 20/s }\n") =>
    `${changed("model: open", `model: closed\n  virtualUsers: 3\n${more}`).replace(/ {2}stages:\n.*\n/, "")}${rest}`;

  test("has users, their think time, and how long they go on", () => {
    const { workload } = parseProfile(closed("  thinkTime: 1s\n  for: 10s\n"), "p.yaml");
    expect(workload).toEqual({
      model: "closed",
      virtualUsers: 3,
      thinkTime: 1_000_000,
      rampUp: 0,
      for: 10_000_000,
      requestTimeout: 60_000_000,
      drainTimeout: 30_000_000,
      pacing: "precise",
    });
  });

  test.each([
    ["  for: 10s\n", "", "PROFILE_CLOSED_LIMIT p.yaml:4:10"],
    ["  thinkTime: 1s\n", undefined, "PROFILE_MISSING_KEY p.yaml:4:3"],
    ["  for: 10s\n  maxInFlight: 3\n", undefined, "PROFILE_UNKNOWN_KEY p.yaml:7:3"],
    ["  for: 10s\n  thinkTime: 1\n", undefined, "PROFILE_DURATION p.yaml:7:14"],
  ])("%j is told", (more, rest, expected) => {
    expect(told(closed(more, rest))).toEqual([expected]);
  });
});

describe("environments", () => {
  const text = `${SMALLEST}environments:
  klarna-test:
    workload: { maxInFlight: 3, stages: [{ rate: 1/s, for: 5s }] }
    tags: { where: there }
`;
  test("lay their values over the rest: mappings key by key, lists whole", () => {
    const there = parseProfile(text, "p.yaml", { environment: "klarna-test" });
    expect(openOf(there).maxInFlight).toBe(3);
    expect(openOf(there).stages).toEqual([
      { phase: "steady", from: 1, to: 1, duration: 5_000_000 },
    ]);
    expect(there.workload.requestTimeout).toBe(60_000_000);
    expect(there.tags).toEqual({ where: "there" });
    const here = parseProfile(text, "p.yaml", { environment: "emulator" });
    expect(here).toEqual(parseProfile(SMALLEST, "p.yaml"));
  });

  test("are checked even when another is used", () => {
    expect(told(text.replace("1/s", "1"), { environment: "emulator" })).toEqual([
      "PROFILE_RATE p.yaml:16:50",
    ]);
  });

  test("give way to --set", () => {
    const options = { environment: "klarna-test", set: ["workload.maxInFlight=9"] };
    expect(openOf(parseProfile(text, "p.yaml", options)).maxInFlight).toBe(9);
  });
});

describe("--set", () => {
  const set = (...settings: string[]) => parseProfile(SMALLEST, "p.yaml", { set: settings });
  test("reaches keys that are there, keys that are not, and items of lists", () => {
    expect(openOf(set("workload.maxInFlight=5")).maxInFlight).toBe(5);
    expect(set("limits.perCategory.dispute=5/s").limits.perCategory).toEqual({ dispute: 5 });
    expect(openOf(set("workload.stages[0].rate=2/s")).stages[0].from).toBe(2);
    expect(openOf(set("workload.stages.0.for=1min")).stages[0].duration).toBe(60_000_000);
    expect(set("tags.a=1=2", "tags.a='3'").tags).toEqual({ a: "3" });
  });

  test("begins a list that is not there, and adds to one, a whole item at a time", () => {
    const faults = set("emulator.faults[0]=redirect", "emulator.faults[1]=stall:delay=2s").emulator;
    expect(faults?.faults).toEqual(["redirect", "stall:delay=2s"]);
  });

  test.each([
    [
      "workload.maxInFlght=5",
      "PROFILE_UNKNOWN_KEY --set workload.maxInFlght",
      "did you mean `maxInFlight`?",
    ],
    ["workload.maxInFlight=five", "PROFILE_VALUE --set workload.maxInFlight", "a whole number"],
    [
      "workload.stages[0].rate=5",
      "PROFILE_RATE --set workload.stages[0].rate",
      "did you mean `5/s`?",
    ],
    [
      "workload.stages[1].rate=5/s",
      "PROFILE_SET_PATH --set workload.stages[1].rate",
      "items 0 to 0",
    ],
    ["emulator.faults[1]=redirect", "PROFILE_VALUE --set emulator.faults[1]", "a list"],
    ["workload.stages.x=5/s", "PROFILE_SET_PATH --set workload.stages.x", "items 0 to 0"],
    ["kind.x=1", "PROFILE_SET_PATH --set kind.x", "leave out `x`"],
    ["kind=[smoke", "PROFILE_SET_VALUE --set kind", "quotes of its own"],
    ["kind={a: b}", "PROFILE_SET_VALUE --set kind", "quotes of its own"],
    ["kind=*a", "PROFILE_SET_VALUE --set kind", "quotes of its own"],
    ["kind=", "PROFILE_UNKNOWN_VALUE --set kind", "one of smoke"],
    ["kind", "PROFILE_SET_FORM --set", "path=value"],
    ["=smoke", "PROFILE_SET_FORM --set", "path=value"],
    ["a..b=1", "PROFILE_SET_FORM --set", "path=value"],
    ["__proto__.x=1", "PROFILE_SET_FORM --set", "path=value"],
    [
      "environments.emulator.tags.a=b",
      "PROFILE_SET_PATH --set environments.emulator.tags.a",
      "the value itself",
    ],
    ["tags.a=klarna_live_x", "PROFILE_LIVE_MARKER --set", "take it out"],
  ])("%s", (setting, expected, hint) => {
    const found = problems(SMALLEST, { set: [setting] });
    expect(found.map(({ code, place }) => `${code} ${formatPlace(place)}`)).toEqual([expected]);
    expect(found[0]?.hint).toContain(hint);
  });
});

describe("what is no profile at all", () => {
  const big = `name: a\ndescription: "${"x".repeat(256 * 1024)}"\n`;
  const bomb = `a0: &a0 [${"x,".repeat(50)}]\n${Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(10)}]`).join("\n")}\n`;
  const chain = `a0: &a0 [x]\n${Array.from({ length: 99 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}]`).join("\n")}\n`;
  test.each([
    ["an empty file", "", "PROFILE_EMPTY p.yaml"],
    ["nothing but comments", "# soon\n\n", "PROFILE_EMPTY p.yaml"],
    ["a list", "- a\n", "PROFILE_NOT_A_MAPPING p.yaml:1:1"],
    ["a word", "hello\n", "PROFILE_NOT_A_MAPPING p.yaml:1:1"],
    ["a binary file", "\x7fELF\0\0", "PROFILE_NOT_TEXT p.yaml:1:1"],
    ["a stray control character", "name: a\nkind: \x1b", "PROFILE_NOT_TEXT p.yaml:2:7"],
    ["too large a file", big, "PROFILE_TOO_LARGE p.yaml"],
    ["a bracket left open", "name: [a\nkind: b\n", "PROFILE_YAML p.yaml:2:1"],
    ["two keys on one line", "name: a: b\n", "PROFILE_YAML p.yaml:1:7"],
    ["a tab", "workload:\n\tmodel: open\n", "PROFILE_YAML_TAB p.yaml:2:1"],
    [
      "a key that stands twice",
      "name: a\nkind: smoke\nname: b\n",
      "PROFILE_DUPLICATE_KEY p.yaml:3:1",
    ],
    ["a tag", "name: !!js/function x\n", "PROFILE_YAML_TAG p.yaml:1:7"],
    ["a binary tag", "name: !!binary aGk=\n", "PROFILE_YAML_TAG p.yaml:1:7"],
    ["a directive", "%YAML 1.1\n---\nname: yes\n", "PROFILE_YAML p.yaml:1:1"],
    ["two documents", "name: a\n---\nname: b\n", "PROFILE_YAML p.yaml:2:1"],
    ["a merge key", "tags: &t {a: b}\nlimits:\n  <<: *t\n", "PROFILE_UNKNOWN_KEY p.yaml:3:3"],
    ["an alias of nothing", "name: *x\n", "PROFILE_ALIAS p.yaml:1:7"],
    ["an alias of itself", "name: &x [*x]\n", "PROFILE_ALIAS p.yaml:1:11"],
    ["an alias of what comes later", "name: *x\nkind: &x a\n", "PROFILE_ALIAS p.yaml:1:7"],
    ["an alias bomb", bomb, "PROFILE_ALIASES_TOO_LARGE p.yaml:5:26"],
    ["aliases nested without end", chain, "PROFILE_TOO_DEEP p.yaml:64:12"],
    ["brackets that crash the library", "[".repeat(200_000), "PROFILE_TOO_DEEP p.yaml:1:66"],
    ["dashes without end", "- ".repeat(100_000), "PROFILE_TOO_DEEP p.yaml:1:131"],
    [
      "the one key that objects treat otherwise",
      "__proto__: {a: b}\n",
      "PROFILE_UNKNOWN_KEY p.yaml:1:1",
    ],
  ])("%s", (_, text, expected) => {
    expect(told(text)).toContain(expected);
  });

  test("many keys are told apart in good time", () => {
    const keys = Array.from({ length: 25_000 }, (_, i) => `k${i}: 1`).join("\n");
    expect(problems(keys)).toHaveLength(26);
  });
});
