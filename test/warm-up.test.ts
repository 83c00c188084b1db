import { createHook } from "node:async_hooks";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { systemClock } from "../src/base/clock.ts";
import { prepare } from "../src/harness/prepare.ts";
import { warmUp } from "../src/harness/warm-up.ts";

const folder = mkdtempSync(join(tmpdir(), "warm-up-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

writeFileSync(join(folder, "carts.csv"), "amount\n1000\n2500\n");
writeFileSync(
  join(folder, "all.yaml"),
  `name: all
kind: capacity
workload: { model: open, stages: [{ rate: 1/s, for: 10s }] }
data: { carts: { file: carts.csv } }
emulator: { customer: approve }
retry: { attempts: 3 }
setUp:
  - operation: payment-request.create
    save: { shared: $.payment_request_id }
scenarios:
  - name: pay
    steps:
      - name: create
        operation: payment-request.create
        body: { amount: "{carts.amount}" }
        expect: { status: 201, $.state: SUBMITTED }
        save: { id: $.payment_request_id }
      - operation: payment-request.read
        with: { payment_request_id: "{id}" }
        thinkTime: 10s
        poll: { until: { $.state: COMPLETED }, every: 10s, atMost: 20 }
        save: { token: $.state_context.klarna_network_session_token }
      - operation: payment.authorize
        when: { step: create, status: 201 }
        with: { klarna_network_session_token: "{token}" }
        save: { first: "$.lines[0].parts[1].id" }
      - operation: webhook.delete
        with: { webhook_id: "{first}" }
  - name: look
    steps: [{ operation: payment-request.read, with: { payment_request_id: "{shared}" } }]
`,
);

function prepared(profile: string, environment = "emulator") {
  return prepare(
    { profile, environment, seed: 1 },
    { cwd: folder, env: { KLARNA_PERF_STATE: folder }, execArgv: [], argv: [], nowMs: Date.now() },
  );
}

/** The kinds of asynchronous resources that anything which leaves this process makes. */
async function outgoing(work: () => Promise<unknown>): Promise<string[]> {
  const seen: string[] = [];
  const hook = createHook({
    init: (_, type) => {
      if (/^(?:TCP|PIPE|UDP|GETADDRINFO|QUERYWRAP|PROCESSWRAP|TLSWRAP)/.test(type)) seen.push(type);
    },
  }).enable();
  try {
    await work();
  } finally {
    hook.disable();
  }
  return seen;
}

test.each([
  ["all.yaml", "emulator"],
  ["smoke", "emulator"],
  // Its own guard has no permit for this run, and needs none: nothing of it goes there.
  ["smoke", "klarna-test"],
  ["rate-limit-drill", "klarna-test"],
])(
  "%s for %s: every step is answered as it expects, and nothing leaves the process",
  async (profile, environment) => {
    const clock = systemClock();
    const made = prepared(profile, environment);
    let totals: Awaited<ReturnType<typeof warmUp>> | undefined;
    const seen = await outgoing(async () => {
      totals = await warmUp(made, clock);
    });
    expect(seen).toEqual([]);
    expect(totals?.sent).toBeGreaterThan(0);
    // A machine that is busy may leave some unfinished when the time is over.
    expect(totals).toMatchObject({ failed: 0, unexpected: 0 });
  },
);
