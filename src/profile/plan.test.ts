import { describe, expect, test } from "vitest";
import { makePlan } from "./plan.ts";
import { parseProfile } from "./read.ts";

const facts = { environment: "emulator", level: "partner", seed: 1 } as const;

function planOf(workload: string, rest = "", kind = "baseline") {
  const text = `name: p
kind: ${kind}
workload: { model: open, ${workload} }
scenarios:
  - name: long
    weight: 3
    steps:
      - operation: payment-request.create
        save: { id: $.payment_request_id }
      - operation: payment-request.read
        with: { payment_request_id: "{id}" }
        thinkTime: 100ms
      - operation: payment-request.cancel
        with: { payment_request_id: "{id}" }
  - name: short
    steps: [{ operation: payment-request.create }]
${rest}`;
  return makePlan(parseProfile(text, "p.yaml"), facts);
}

describe("makePlan", () => {
  test("adds up requests, samples and webhooks of the very schedule that the seed makes", () => {
    const plan = planOf(
      "stages: [{ rate: 2/s, for: 10s, phase: warm-up }, { rate: 4/s, for: 100s }]",
    );
    expect(plan.journeys).toBe(420);
    expect(plan.duration).toBe(110_000_000);
    expect(plan.counts).toBe("exact");
    const byName = new Map(plan.operations.map((operation) => [operation.operation, operation]));
    const create = byName.get("payment-request.create");
    const read = byName.get("payment-request.read");
    expect(create).toMatchObject({ requests: 420, steadySamples: 400 });
    // Three quarters of the journeys go on to read, give or take four standard deviations.
    expect(Math.abs((read?.requests ?? 0) - 315)).toBeLessThan(36);
    expect(byName.get("payment-request.cancel")?.requests).toBe(read?.requests);
    expect(plan.requests).toBe(420 + 2 * (read?.requests ?? 0));
    // Creating and cancelling each send one; reading none.
    expect(plan.webhooks).toBe(420 + (read?.requests ?? 0));
    expect(plan).toEqual(
      planOf("stages: [{ rate: 2/s, for: 10s, phase: warm-up }, { rate: 4/s, for: 100s }]"),
    );
  });

  test("peaks are the highest rate times the mean steps of a journey; the cap leaves a quarter above", () => {
    const plan = planOf("stages: [{ from: 8/s, to: 2/s, for: 10s }, { rate: 4/s, for: 10s }]");
    expect(plan.categories).toMatchObject([
      { category: "payment-transaction-capture", peakPerSecond: 8, capPerSecond: 10 },
      // 3 of 4 journeys, 2 steps each: 1.5 a journey.
      { category: "payment-transaction-management", peakPerSecond: 12, capPerSecond: 15 },
    ]);
    // 20 in flight at 20 requests a second: they stay in flight a second each, on average.
    expect(plan.inFlightBindsAboveMeanMs).toBe(1000);
  });

  test.each([
    ["limits: { rate: 30/s }", 30, 30],
    ["limits: { perCategory: { payment-transaction-capture: 9/s } }", 9, 15],
    ["limits: { rate: 14/s, perCategory: { payment-transaction-capture: 9/s } }", 9, 14],
    ["limits: { rate: 14/s, perCategory: { payment-transaction-capture: 20/s } }", 14, 14],
  ])("%s", (limits, capture, management) => {
    const plan = planOf("stages: [{ rate: 8/s, for: 10s }]", limits);
    expect(plan.categories.map(({ capPerSecond }) => capPerSecond)).toEqual([capture, management]);
  });

  const drillStages =
    "stages: [{ rate: 3/s, for: 5s }, { rate: 9/s, for: 1s }, { from: 5/s, to: 18/s, for: 2s }, { rate: 6/s, for: 10s }]";

  test("a drill's stages above half of Klarna's test quota are bursts, for each category by its own quota", () => {
    const { categories } = planOf(drillStages, "", "rate-limit-drill");
    expect(categories).toEqual([
      {
        category: "payment-transaction-capture",
        requests: expect.any(Number),
        requestsAtMost: expect.any(Number),
        peakPerSecond: 6,
        capPerSecond: 6,
        bursts: {
          peakPerSecond: 18,
          capPerSecond: 23,
          windows: [{ fromUs: 5_000_000, toUs: 8_000_000 }],
        },
      },
      // 1.5 a journey, of a quota of 50/s: only the ramp goes above 25/s.
      {
        category: "payment-transaction-management",
        requests: expect.any(Number),
        requestsAtMost: expect.any(Number),
        peakPerSecond: 13.5,
        capPerSecond: 25,
        bursts: {
          peakPerSecond: 27,
          capPerSecond: 34,
          windows: [{ fromUs: 6_000_000, toUs: 8_000_000 }],
        },
      },
    ]);
  });

  test.each([
    ["limits: { perCategory: { payment-transaction-capture: 18/s } }", 6, 18],
    ["limits: { rate: 5/s }", 5, 5],
  ])(
    "a drill's %s bounds its bursts; outside them half the quota does too",
    (limits, cap, burstCap) => {
      const [capture] = planOf(drillStages, limits, "rate-limit-drill").categories;
      expect([capture?.capPerSecond, capture?.bursts?.capPerSecond]).toEqual([cap, burstCap]);
    },
  );

  test("no other kind has bursts, whatever its rates", () => {
    const { categories } = planOf(drillStages, "", "spike");
    expect(categories.map(({ peakPerSecond, bursts }) => [peakPerSecond, bursts])).toEqual([
      [18, undefined],
      [27, undefined],
    ]);
  });

  test("in flight is told for the bursts' rates", () => {
    const plan = planOf(drillStages, "", "rate-limit-drill");
    expect(plan.inFlightBindsAboveMeanMs).toBeCloseTo((1000 * 20) / 45, 9);
  });

  test("says which percentiles the steady samples can carry", () => {
    const plan = planOf(
      "stages: [{ rate: 1/s, for: 500s, phase: warm-up }, { rate: 1/s, for: 59s }]",
    );
    const create = plan.operations[0]?.percentiles;
    expect(create).toEqual([
      { p: 50, samplesNeeded: 5, canBeStated: true },
      { p: 90, samplesNeeded: 29, canBeStated: true },
      { p: 95, samplesNeeded: 59, canBeStated: true },
      { p: 99, samplesNeeded: 299, canBeStated: false },
      { p: 99.9, samplesNeeded: 2995, canBeStated: false },
    ]);
    expect(
      planOf("stages: [{ rate: 1/s, for: 58s }]").operations[0]?.percentiles[2]?.canBeStated,
    ).toBe(false);
  });

  test("states no percentile with answers in fewer than ten intervals of the record", () => {
    const stated = (stages: string): boolean | undefined =>
      planOf(`stages: [${stages}]`).operations[0]?.percentiles[1]?.canBeStated;
    expect(stated("{ rate: 100/s, for: 9s }")).toBe(false);
    expect(stated("{ rate: 100/s, for: 10s }")).toBe(true);
    // From an hour on, an interval is ten seconds long.
    expect(stated("{ rate: 1/s, for: 1h, phase: warm-up }, { rate: 1/s, for: 99s }")).toBe(false);
    expect(stated("{ rate: 1/s, for: 1h, phase: warm-up }, { rate: 1/s, for: 100s }")).toBe(true);
  });

  test("a random schedule too long to walk is planned by expectation, and says so", () => {
    const plan = planOf("arrivals: poisson, stages: [{ rate: 1000/s, for: 1h }]", "", "soak");
    expect(plan.counts).toBe("expected");
    expect(plan.journeys).toBe(3_600_000);
    expect(plan.operations.map(({ requests }) => requests)).toEqual([
      3_600_000, 2_700_000, 2_700_000,
    ]);
  });

  test("bindings hold what the client needs: merged bodies, statuses, where values come from and go to", () => {
    const text = `name: p
kind: baseline
workload: { model: open, stages: [{ rate: 1/s, for: 10s }] }
scenarios:
  - name: s
    steps:
      - operation: payment-request.create
        body: { amount: 1500, customer_interaction_config: { method: QR_CODE, return_url: null } }
        save: { id: $.payment_request_id }
        headers: { Klarna-Customer-Region: EU }
        expect: { status: 201, $.state: SUBMITTED }
      - operation: payment-request.read
        with: { payment_request_id: "{id}" }
`;
    const plan = makePlan(parseProfile(text, "p.yaml"), facts);
    expect(plan.bindings).toEqual([
      {
        scenario: "s",
        steps: [
          {
            operation: "payment-request.create",
            with: {},
            save: { id: { text: "$.payment_request_id", parts: ["payment_request_id"] } },
            body: {
              currency: "USD",
              amount: 1500,
              customer_interaction_config: { method: "QR_CODE" },
            },
            headers: { "Klarna-Customer-Region": "EU" },
            expect: {
              statuses: [201],
              values: [{ path: { text: "$.state", parts: ["state"] }, equals: "SUBMITTED" }],
            },
            until: undefined,
            allows: [],
            creates: [],
            ends: undefined,
            ignoresReset: false,
          },
          {
            operation: "payment-request.read",
            with: { payment_request_id: { kind: "saved", name: "id" } },
            save: {},
            body: undefined,
            headers: {},
            expect: { statuses: [200], values: [] },
            until: undefined,
            allows: [],
            creates: [],
            ends: undefined,
            ignoresReset: false,
          },
        ],
      },
    ]);
  });

  describe("what a journey may do more than once, or not at all", () => {
    const steps = (lines: string, more = "") => `name: p
kind: baseline
workload: { model: open, stages: [{ rate: 2/s, for: 10s }] }
emulator: { customer: approve }
${more}
scenarios:
  - name: s
    steps:
${lines}
`;
    const create =
      "      - { operation: payment-request.create, save: { id: $.payment_request_id } }";
    const read = (more: string) =>
      `      - { operation: payment-request.read, with: { payment_request_id: "{id}" }, ${more} }`;
    const planFor = (text: string) => makePlan(parseProfile(text, "p.yaml"), facts);

    test("each attempt and each poll is a request that the plan counts at most", () => {
      const poll = "poll: { until: { $.state: COMPLETED }, every: 100ms, atMost: 5 }";
      const plan = planFor(steps(`${create}\n${read(poll)}`, "retry: { attempts: 3 }"));
      expect([plan.journeys, plan.requests, plan.requestsAtMost]).toEqual([
        20,
        40,
        20 * 3 + 20 * 15,
      ]);
      expect(
        plan.categories.map(({ requests, requestsAtMost, peakPerSecond, capPerSecond }) => [
          requests,
          requestsAtMost,
          peakPerSecond,
          capPerSecond,
        ]),
      ).toEqual([
        [20, 60, 2, 3],
        // Polls are part of the peak, since every one of them may be needed; retries are not.
        [20, 300, 10, 13],
      ]);
      expect(plan.operations.map(({ steadySamples }) => steadySamples)).toEqual([20, 20]);
    });

    test("a step's own policy takes the place of the profile's, and one attempt is none more", () => {
      const text = steps(`${create}\n${read("retry: { attempts: 1 }")}`, "retry: { attempts: 4 }");
      const retries = planFor(text).workload.scenarios[0].steps.map(({ retry }) => retry?.attempts);
      expect(retries).toEqual([4, undefined]);
    });

    test.each([
      ["session.create", [429]],
      ["payment-request.create", [429, "5xx", "timeout", "connection"]],
      ["session.read", [429, "5xx", "timeout", "connection"]],
    ])(
      "%s may be made again where the server says that nothing was done, or by its key: %j",
      (operation, on) => {
        const path = operation === "session.read" ? ', with: { session_id: "x" }' : "";
        const plan = planFor(
          steps(`      - { operation: ${operation}${path} }`, "retry: { attempts: 2 }"),
        );
        expect(plan.workload.scenarios[0].steps[0].retry?.on).toEqual(on);
      },
    );

    test("a write without a key is not made again where it may have been executed", () => {
      const plan = planFor(
        steps(
          "      - { operation: session.create }",
          "retry: { attempts: 2, on: [5xx, timeout] }",
        ),
      );
      expect(plan.workload.scenarios[0].steps[0].retry).toBeUndefined();
      expect(plan.requestsAtMost).toBe(20);
    });

    test("conditions are asked of the answer they name, and what a step reads of a passed over one is needed", () => {
      const text = steps(
        [
          "      - { name: make, operation: payment-request.create, expect: { status: [201, 409] } }",
          "      - { operation: payment-request.create, when: { status: 409 }, save: { id: $.payment_request_id } }",
          read("when: { step: make, $.state: SUBMITTED }"),
        ].join("\n"),
      );
      const { workload, bindings } = planFor(text);
      expect(
        workload.scenarios[0].steps.map(({ conditional, needs }) => [conditional, needs]),
      ).toEqual([
        [undefined, undefined],
        [true, undefined],
        [true, ["id"]],
      ]);
      expect(bindings[0]?.steps.map(({ allows }) => allows)).toEqual([
        [
          { step: 1, when: { statuses: [409], values: [] } },
          {
            step: 2,
            when: {
              statuses: [201, 409],
              values: [{ path: { text: "$.state", parts: ["state"] }, equals: "SUBMITTED" }],
            },
          },
        ],
        [],
        [],
      ]);
    });
  });
});
