import fc from "fast-check";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { UsageError } from "../base/errors.ts";
import { KINDS } from "../guard/environments.ts";
import { CATEGORIES } from "../guard/quotas.ts";
import { findProfile } from "./find.ts";
import { parseProfile } from "./read.ts";

/** What is written, beside what it has to be read as. */
type Both = readonly [written: unknown, read: unknown];

const name = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,20}$/);
// Hundredths, so that the written number and the read one are the same double.
const rate = fc.integer({ min: 1, max: 100_000 }).map((n): Both => [`${n / 100}/s`, n / 100]);
const time = fc.constantFrom<Both>(
  ["5ms", 5000],
  ["10s", 10_000_000],
  ["1.5min", 90_000_000],
  ["2h", 7_200_000_000],
);
const phase = fc.constantFrom("warm-up", "ramp", "steady");

const stage = fc.oneof(
  fc.tuple(rate, time, phase).map(
    ([[r, rates], [t, times], p]): Both => [
      { rate: r, for: t, phase: p },
      { phase: p, from: rates, to: rates, duration: times },
    ],
  ),
  fc.tuple(rate, rate, time).map(
    ([[f, from], [to, tos], [t, times]]): Both => [
      { from: f, to, for: t },
      { phase: "ramp", from, to: tos, duration: times },
    ],
  ),
);
const steady: Both = [
  { rate: "1/s", for: "1s" },
  { phase: "steady", from: 1, to: 1, duration: 1_000_000 },
];

// Any text a body may hold, but none that looks like a key, a live host or a path through a prototype.
const bodyText = fc
  .string({ maxLength: 12, unit: "grapheme" })
  .filter((text) => !/klarna|__proto__|[\x00-\x1f\x7f\u2028\u2029\ufffe\uffff]/i.test(text));
const body = fc.dictionary(
  bodyText.filter((key) => key !== ""),
  fc.oneof(
    bodyText,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(bodyText, { maxLength: 3 }),
  ),
  { maxKeys: 4 },
);
const literal = fc.stringMatching(/^[A-Za-z0-9:_-]{1,40}$/).filter((text) => !/:live:/i.test(text));

const steps = fc.tuple(body, literal, time).map(
  ([sent, id, [t, times]]): Both => [
    [
      {
        operation: "payment-request.create",
        save: { id: "$.payment_request_id" },
        body: sent,
        expect: { status: 201, "$.state": "SUBMITTED" },
      },
      { operation: "payment-request.read", with: { payment_request_id: "{id}" }, thinkTime: t },
      {
        operation: "payment-request.read",
        with: { payment_request_id: id },
        headers: { "Klarna-A": id },
      },
    ],
    [
      {
        operation: "payment-request.create",
        with: {},
        save: { id: { text: "$.payment_request_id", parts: ["payment_request_id"] } },
        body: sent,
        headers: {},
        expect: {
          statuses: [201],
          values: [{ path: { text: "$.state", parts: ["state"] }, equals: "SUBMITTED" }],
        },
        thinkTime: 0,
      },
      {
        operation: "payment-request.read",
        with: { payment_request_id: { kind: "saved", name: "id" } },
        save: {},
        body: undefined,
        headers: {},
        expect: undefined,
        thinkTime: times,
      },
      {
        operation: "payment-request.read",
        with: { payment_request_id: { kind: "literal", value: id } },
        save: {},
        body: undefined,
        headers: { "Klarna-A": id },
        expect: undefined,
        thinkTime: 0,
      },
    ],
  ],
);

const weight = fc.integer({ min: 1, max: 1000 }).map((n) => n / 8);
const scenarios = fc
  .uniqueArray(fc.tuple(name, weight, steps), {
    selector: ([scenario]) => scenario,
    minLength: 1,
    maxLength: 3,
  })
  .map(
    (list): Both => [
      list.map(([scenario, weight, [written]]) => ({ name: scenario, weight, steps: written })),
      list.map(([scenario, weight, [, read]]) => ({ name: scenario, weight, steps: read })),
    ],
  );

const profile = fc
  .record({
    name,
    description: bodyText,
    kind: fc.constantFrom(...KINDS),
    arrivals: fc.constantFrom("uniform", "poisson"),
    stages: fc.array(stage, { maxLength: 4 }),
    maxInFlight: fc.integer({ min: 1, max: 1_000_000 }),
    lateness: fc.option(time, { nil: undefined }),
    timeout: time,
    scenarios,
    errors: fc.nat(1000),
    limit: fc.option(rate, { nil: undefined }),
    perCategory: fc.dictionary(fc.constantFrom(...CATEGORIES), rate),
    tags: fc.dictionary(fc.stringMatching(/^[a-z][A-Za-z0-9_.-]{0,10}$/), bodyText),
  })
  .map((p): Both => {
    const limits = Object.entries(p.perCategory);
    return [
      {
        name: p.name,
        description: p.description,
        kind: p.kind,
        workload: {
          model: "open",
          arrivals: p.arrivals,
          stages: [...p.stages.map(([written]) => written), steady[0]],
          maxInFlight: p.maxInFlight,
          ...(p.lateness && { maxLateness: p.lateness[0] }),
          requestTimeout: p.timeout[0],
          drainTimeout: 0,
        },
        scenarios: p.scenarios[0],
        thresholds: [{ figure: "errors", max: p.errors }],
        limits: {
          ...(p.limit && { rate: p.limit[0] }),
          perCategory: Object.fromEntries(
            limits.map(([category, [written]]) => [category, written]),
          ),
        },
        tags: p.tags,
      },
      {
        name: p.name,
        description: p.description,
        kind: p.kind,
        workload: {
          model: "open",
          arrivals: p.arrivals,
          stages: [...p.stages.map(([, read]) => read), steady[1]],
          maxInFlight: p.maxInFlight,
          maxLateness: p.lateness?.[1],
          requestTimeout: p.timeout[1],
          drainTimeout: 0,
          pacing: "precise",
        },
        scenarios: p.scenarios[1],
        thresholds: [
          {
            text: `errors <= ${p.errors}`,
            operation: null,
            figure: "errors",
            limit: p.errors,
            unit: "count",
          },
        ],
        limits: {
          rate: p.limit?.[1],
          perCategory: Object.fromEntries(limits.map(([category, [, read]]) => [category, read])),
        },
        emulator: undefined,
        setUp: [],
        data: [],
        tags: p.tags,
      },
    ];
  });

test("what is written is what is read", () => {
  fc.assert(
    fc.property(
      profile,
      fc.constantFrom("PLAIN", "QUOTE_DOUBLE", "QUOTE_SINGLE"),
      ([written, read], style) => {
        const text = stringify(written, { defaultStringType: style, lineWidth: 0 });
        expect(parseProfile(text, "p.yaml")).toEqual(read);
      },
    ),
    { numRuns: 300 },
  );
});

function readsOrRefuses(text: string, set: string[] = []): void {
  try {
    parseProfile(text, "p.yaml", { set, environment: "klarna-test" });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    expect(error.code).toMatch(/^PROFILE_[A-Z_]+$/);
    expect(error.hint?.length).toBeGreaterThan(0);
    expect(error.message).not.toMatch(/[\n\r\x1b]/);
  }
}

const { text: smoke } = findProfile("smoke", { cwd: process.cwd(), builtInDir: "profiles" });
const shards = [
  "{",
  "}",
  "[",
  "]",
  "&a ",
  "*a",
  "- ",
  ": ",
  "? ",
  "\n",
  "\t",
  '"',
  "'",
  "|",
  ">",
  "!!set ",
  "%",
  "#",
  "---\n",
  "null",
  "__proto__: ",
  ".nan",
  "\0",
  "\u2028",
  "environments: {klarna-test: {workload: ",
  "<<: ",
];
const shard = fc.oneof(fc.constantFrom(...shards), fc.string({ maxLength: 4, unit: "binary" }));
const position = fc.nat(smoke.length);

test("a profile with pieces cut out and put in is read or refused, and nothing else happens", () => {
  const cuts = fc.array(fc.tuple(position, fc.nat(30), shard), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(cuts, (edits) => {
      const text = edits.reduce(
        (before, [at, gone, put]) => before.slice(0, at) + put + before.slice(at + gone),
        smoke,
      );
      readsOrRefuses(text);
    }),
    { numRuns: 1000 },
  );
});

test("so is any YAML value at all in a profile's place", () => {
  const keys = fc.constantFrom(
    "name",
    "kind",
    "workload",
    "stages",
    "scenarios",
    "steps",
    "with",
    "save",
    "expect",
    "thresholds",
    "limits",
    "environments",
    "emulator",
    "rate",
    "tags",
    "headers",
    "body",
    "model",
    "operation",
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      fc.oneof(
        fc.constantFrom("5/s", "{id}", "payment-request.read", "open", "smoke"),
        fc.integer(),
        fc.double(),
        fc.boolean(),
        fc.constant(null),
        fc.string(),
      ),
      fc.dictionary(keys, tie("value")),
      fc.array(tie("value"), { maxLength: 4 }),
    ),
  }));
  fc.assert(
    fc.property(fc.dictionary(keys, value), (written) => {
      readsOrRefuses(stringify(written));
    }),
    { numRuns: 500 },
  );
});

test("so is any setting", () => {
  const part = fc.constantFrom(
    "workload",
    "stages",
    "[0]",
    ".0",
    "rate",
    "scenarios",
    "steps",
    "with",
    "tags",
    "x",
    "..",
    "__proto__",
    "",
  );
  const path = fc.array(part, { maxLength: 5 }).map((parts) => parts.join("."));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(path, fc.constantFrom("=", "=", ""), shard), { maxLength: 3 }),
      (settings) => {
        readsOrRefuses(
          smoke,
          settings.map((setting) => setting.join("")),
        );
      },
    ),
    { numRuns: 500 },
  );
});
