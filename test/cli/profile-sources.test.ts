import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { EXIT } from "../../src/base/errors.ts";
import { type Report, reportSchema } from "../../src/report/schema.ts";
import {
  CAME_TO_ITS_END,
  cli,
  registeredEmulator,
  start,
  undisturbed,
  workspace,
} from "../support/cli.ts";

const at = workspace();
afterAll(at.remove);

/** A payment to its end: made, approved by the customer, authorized, captured, refunded; each of an amount of its own. */
const PAID = `name: paid
kind: capacity
workload:
  model: open
  stages: [{ rate: 4/s, for: 1s }]
data:
  carts: { file: data/carts.csv, order: shuffled, text: [reference] }
scenarios:
  - name: pay
    steps:
      - operation: payment-request.create
        body:
          amount: "{carts.amount}"
          currency: "{carts.currency}"
          payment_request_reference: "{carts.reference}"
          supplementary_purchase_data: null
        save: { id: $.payment_request_id }
      - operation: payment-request.read
        with: { payment_request_id: "{id}" }
        thinkTime: 300ms
        expect: { $.state: COMPLETED }
        save: { token: $.state_context.klarna_network_session_token }
      - operation: payment.authorize
        with: { klarna_network_session_token: "{token}" }
        body:
          currency: "{carts.currency}"
          request_payment_transaction: { amount: "{carts.amount}" }
          step_up_config: null
          supplementary_purchase_data: null
        expect: { $.payment_transaction_response.result: APPROVED }
        save: { transaction: $.payment_transaction_response.payment_transaction.payment_transaction_id }
      - operation: transaction.capture
        with: { payment_transaction_id: "{transaction}" }
        body: { capture_amount: "{carts.amount}" }
        save: { capture: $.payment_capture_id }
      - operation: capture.refund
        with: { payment_capture_id: "{capture}" }
        body: { refund_amount: "{carts.amount}" }
thresholds: [{ figure: errors, max: 0 }]
`;
const EMULATOR = `emulator: { customer: approve, customerDelay: 50ms, quotas: live, latency: 5ms }
`;

mkdirSync(at.path("data"));
writeFileSync(
  at.path("data", "carts.csv"),
  "amount,currency,reference\n1000,EUR,1\n2500,USD,2\n99900,SEK,3\n",
);
writeFileSync(at.path("paid.yaml"), PAID + EMULATOR);
writeFileSync(at.path("nobody.yaml"), PAID);

function report(dir: string): Report {
  return reportSchema.parse(JSON.parse(readFileSync(at.path(dir, "report.json"), "utf8")));
}

test("a payment to its end, of rows of a file, in an emulator as the profile wants it", async () => {
  const ended = await cli(at, ["run", "paid.yaml", "--seed", "7", "--out", "own", "--no-progress"]);
  expect(CAME_TO_ITS_END, ended.stderr).toContain(ended.code);
  const { totals, plan, operations } = report("own");
  expect(totals).toMatchObject({ planned: 20, answered: 20, unexpected: 0, dropped: 0 });
  expect(operations.map(({ name }) => name)).toContain("capture.refund");
  expect(plan.data).toEqual([
    {
      name: "carts",
      file: "data/carts.csv",
      rows: 3,
      order: "shuffled",
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
  ]);
  expect(plan.emulator).toEqual({
    customer: "approve",
    customerDelay: "50ms",
    quotas: "live",
    latency: "5ms",
  });
  // Of Klarna's live quotas, which that emulator enforces.
  expect(plan.categories.map(({ quotaPerSecond }) => quotaPerSecond)).toContain(200);
});

/** Several commands one after the other, on a machine that runs other tests beside. */
const LONG_MS = 90_000;

test("a running emulator is as it was started: what the profile says of it has no effect, and is told", {
  timeout: LONG_MS,
}, async ({ onTestFinished }) => {
  const emulator = start(at, ["emulator", "--customer", "approve", "--customer-delay", "50ms"]);
  onTestFinished(() => end(emulator));
  const { url } = await registeredEmulator(at);
  const args = ["--emulator-url", url, "--no-progress"];
  const planned = await cli(at, ["plan", "paid.yaml", ...args]);
  expect(planned.stdout).toContain(
    "warning: the running emulator was started with settings of its own",
  );
  const ended = await undisturbed(() => {
    rmSync(at.path("running"), { recursive: true, force: true });
    return cli(at, ["run", "nobody.yaml", ...args, "--out", "running"]);
  });
  expect(CAME_TO_ITS_END, ended.stderr).toContain(ended.code);
  expect(report("running").totals).toMatchObject({ answered: 20, unexpected: 0 });
  const ignoring = await cli(at, ["run", "paid.yaml", ...args, "--out", "ignored"]);
  expect(CAME_TO_ITS_END, ignoring.stderr).toContain(ignoring.code);
  const [warning] = report("ignored").warnings.filter(
    ({ code }) => code === "EMULATOR_SECTION_IGNORED",
  );
  expect(warning?.text).toContain("emulator.customerDelay, emulator.quotas, emulator.latency");
  // Klarna's test quotas, which the running one enforces; the profile's words say live.
  const quotas = report("ignored").plan.categories.map(({ quotaPerSecond }) => quotaPerSecond);
  expect([quotas.includes(50), quotas.includes(200)]).toEqual([true, false]);
});

test("nobody approves: refused at plan time, with the place and what to do", {
  timeout: LONG_MS,
}, async ({ onTestFinished }) => {
  const planned = await cli(at, ["plan", "nobody.yaml"]);
  expect(planned.code).toBe(EXIT.usage);
  expect(planned.stderr).toContain("PROFILE_NOBODY_APPROVES");
  expect(planned.stderr).toMatch(/nobody\.yaml:21:19[\s\S]*nobody\.yaml:22:24/);
  expect(planned.stderr).toContain("emulator: { customer: approve }");
  const klarna = await cli(at, ["plan", "paid.yaml", "--env", "klarna-test"]);
  expect(klarna.code).toBe(EXIT.usage);
  expect(klarna.stderr).toContain("on klarna-test nobody does");
  const emulator = start(at, ["emulator"]);
  onTestFinished(() => end(emulator));
  const { url } = await registeredEmulator(at);
  const running = await cli(at, ["run", "paid.yaml", "--emulator-url", url]);
  expect(running.code).toBe(EXIT.usage);
  expect(running.stderr).toContain("start it with --customer approve");
});

/** Whatever became of the test: the next one asks for the one emulator that is registered. */
async function end(emulator: ReturnType<typeof start>): Promise<void> {
  emulator.signalGroup("SIGINT");
  await emulator.ended;
}

test("what the emulator itself can't use of it ends the run before it begins", async () => {
  writeFileSync(
    at.path("fault.yaml"),
    `${PAID}${EMULATOR.replace(" }", ', faults: ["stall:for=x"] }')}`,
  );
  const ended = await cli(at, ["run", "fault.yaml", "--out", "fault", "--no-progress"]);
  expect(ended.code).toBe(EXIT.usage);
  expect(ended.stderr).toContain("EMULATOR_FAULT");
  expect(readdirSync(at.cwd)).not.toContain("fault");
});

test("a file of data with everything wrong is one message", async () => {
  writeFileSync(at.path("data", "bad.csv"), "amount,currency\n1,EUR,x\n2,klarna@shop.se\n");
  writeFileSync(at.path("bad.yaml"), (PAID + EMULATOR).replace("carts.csv", "bad.csv"));
  const ended = await cli(at, ["validate", "bad.yaml"]);
  expect(ended.code).toBe(EXIT.usage);
  const bad = join("data", "bad.csv");
  expect(ended.stderr).toContain(`${bad}:2`);
  expect(ended.stderr).toContain(`${bad}:3:3`);
  expect(ended.stderr).toContain("there is no column `reference`");
  expect(ended.stderr).not.toContain("klarna@shop.se");
});
