import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { EXIT } from "../src/base/errors.ts";
import { cli, readReport, workspace } from "./support/cli.ts";

/** Journeys against a real emulator: what the server saw, the client said and the report tells must agree. */

const CREATE = `
scenarios:
  - name: make
    steps: [{ operation: payment-request.create }]
`;

function profile(more: string): string {
  return `name: wire
kind: soak
workload: { model: open, stages: [{ rate: 8/s, for: 2s }], drainTimeout: 10s }
cleanUp: on
stops: { errors: off }
limits: { rate: 400/s }
thresholds: [{ figure: dropped, max: 0 }]
${more}`;
}

async function reportOf(
  text: string,
  onTestFinished: (remove: () => void) => void,
  exitCode: number = EXIT.passed,
) {
  const at = workspace();
  onTestFinished(at.remove);
  writeFileSync(at.path("wire.yaml"), text);
  const ended = await cli(at, ["run", "wire.yaml", "--out", "out", "--seed", "7"]);
  expect([ended.code, ended.stderr]).toEqual([exitCode, expect.any(String)]);
  return readReport(at.path("out"));
}

// Executed, and its answer lost: what a retry is dangerous for.
const LOSES_ANSWERS =
  'emulator: { quotas: live, faults: ["reset-before-headers:operation=payment-request.create,probability=0.4"] }';

describe("journeys on the wire", () => {
  it("a write that is retried with its key is executed once, and its second answer names what it made", async ({
    onTestFinished,
  }) => {
    const retry = "retry: { attempts: 10, on: [connection], base: 20ms }";
    const { totals, cleanUp, operations } = await reportOf(
      profile(`${retry}\n${LOSES_ANSWERS}${CREATE}`),
      onTestFinished,
    );
    expect(totals.retries).toBeGreaterThan(0);
    expect(totals.failed).toBe(totals.retries);
    expect(totals.planned).toBe(totals.dropped + totals.sent);
    // Sixteen intended, sixteen made, and each of them cancelled.
    expect(cleanUp).toMatchObject({ created: 16, ended: 0, cancelled: 16, left: [], unknown: 0 });
    expect(operations.find(({ name }) => name.endsWith(".cancel"))?.counts.planned).toBe(16);
    expect(totals.forecast).toBe(16);
  });

  it("with a fresh key for each attempt it is executed again, and what nobody named is counted", async ({
    onTestFinished,
  }) => {
    const retry = "retry: { attempts: 10, on: [connection], base: 20ms, idempotencyKey: fresh }";
    const { totals, cleanUp } = await reportOf(
      profile(`${retry}\n${LOSES_ANSWERS}${CREATE}`),
      onTestFinished,
    );
    expect(totals.retries).toBeGreaterThan(0);
    expect(cleanUp?.unknown).toBe(totals.retries);
    expect(cleanUp?.cancelled).toBe(16);
  });

  it("polls until a customer has approved, skips what its condition rules out, and knows what the set-up saved", async ({
    onTestFinished,
  }) => {
    const { totals, cleanUp, journeys, requests } = await reportOf(
      profile(`emulator: { quotas: live, customer: approve, customerDelay: 300ms }
setUp:
  - { operation: payment-request.create, save: { shared: $.payment_request_id } }
scenarios:
  - name: buy
    steps:
      - { operation: payment-request.create, save: { id: $.payment_request_id } }
      - operation: payment-request.read
        with: { payment_request_id: "{id}" }
        poll: { until: { $.state: COMPLETED }, every: 100ms, atMost: 30 }
      - { operation: payment-request.cancel, with: { payment_request_id: "{id}" }, when: { $.state: SUBMITTED } }
      - { operation: payment-request.read, with: { payment_request_id: "{shared}" } }
`),
      onTestFinished,
    );
    expect(journeys).toMatchObject([{ scenario: "buy", started: 16, completed: 16 }]);
    expect(totals.polls).toBeGreaterThanOrEqual(16);
    expect(totals.notReached).toBe(16);
    // One of the set-up and four a journey, of which one was passed over.
    expect(totals.forecast).toBe(1 + 16 * 4);
    // All were completed before the end, so none of them can be cancelled.
    expect(cleanUp).toMatchObject({ created: 17, ended: 0, cancelled: 0 });
    expect(cleanUp?.left.map(({ why }) => why)).toEqual(Array(17).fill("409"));
    expect(requests[0]).toMatchObject({ phase: "set-up", dueS: 0 });
    expect(requests.filter(({ phase }) => phase === "clean-up")).toHaveLength(17);
  });

  it("that can't be set up measures nothing, and says why", async ({ onTestFinished }) => {
    const { stopReason, verdict, totals } = await reportOf(
      profile(`setUp:
  - { operation: payment-request.read, with: { payment_request_id: nobodys } }
scenarios:
  - name: buy
    steps: [{ operation: payment-request.create }]
`),
      onTestFinished,
      EXIT.invalid,
    );
    expect([stopReason?.code, verdict]).toEqual(["STOP_SET_UP", "invalid"]);
    expect(stopReason?.text).toMatch(
      /^the set-up did not succeed, and nothing was measured: .*404/,
    );
    expect([totals.sent, totals.answered]).toEqual([1, 1]);
  });
});
