import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import * as z from "zod";
import {
  cli,
  ROOT,
  readReport,
  registeredEmulator,
  start,
  until,
  workspace,
} from "../support/cli.ts";
import { ask, eventually } from "./running.ts";

const at = workspace();
const taken = createServer();
await new Promise<void>((listening) => taken.listen(0, "127.0.0.1", listening));
const TAKEN = String(z.object({ port: z.int() }).parse(taken.address()).port);
afterAll(() => {
  taken.close();
  at.remove();
});

const EXAMPLE = join(ROOT, "reports", "example", "report.json");

test("emulator with all it can: recorded latencies, a customer, faults from outside, a record and its authority", async () => {
  const emulator = start(at, [
    ...["emulator", "--latency-from", EXAMPLE, "--customer", "approve", "--customer-delay", "1s"],
    ...["--fault", "server-error:operation=session.read", "--fault", "stall:probability=0"],
    ...["--report", "record", "--ca-file", "ca.pem"],
  ]);
  const { url } = await registeredEmulator(at);
  const [, controlUrl = "", token = ""] = await until(
    () =>
      /faults: (\S+)\/faults with Authorization: Bearer (\S+)\n/.exec(emulator.said()) ?? undefined,
  );
  const ca = readFileSync(at.path("ca.pem"), "utf8");
  const create = () =>
    ask(`${url}/v2/payment/requests`, ca, {
      method: "POST",
      body: '{"currency":"USD","amount":1,"customer_interaction_config":{"method":"HANDOVER"}}',
    });
  const { payment_request_id: id } = JSON.parse((await create()).body);
  const listed = await ask(`${controlUrl}/faults`, ca, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(JSON.parse(listed.body).faults).toHaveLength(2);
  expect((await ask(`${url}/payments/v1/sessions/x`, ca)).status).toBe(503);
  const set = await ask(`${controlUrl}/faults`, ca, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: "redirect:operation=payment-request.create",
  });
  expect(set.status).toBe(201);
  expect((await create()).status).toBe(302);
  const read = () => ask(`${url}/v2/payment/requests/${id}`, ca);
  await eventually(async () => JSON.parse((await read()).body).state === "COMPLETED");

  emulator.signalGroup("SIGINT");
  // The token is for whoever reads the terminal, and not for a pipe that takes the address.
  expect(await emulator.ended).toMatchObject({ code: 0, stdout: `${url}\n` });
  const summary = JSON.parse(readFileSync(at.path("record", "summary.json"), "utf8"));
  expect(summary.operations["payment-request.create"]).toEqual({ 201: 1, 302: 1 });
  const lines = readFileSync(at.path("record", "access.jsonl"), "utf8").trimEnd().split("\n");
  expect(lines).toHaveLength(1 + summary.connections + summary.requests);
  // The same page as a run's, on whoever called.
  const report = readReport(at.path("record"));
  expect(report.run).toMatchObject({ profile: "emulator", environment: "emulator" });
  expect(report.gate).toMatchObject({ seenBy: "emulator", refused: [], unkeyedRepeats: 0 });
  expect(report.totals).toMatchObject({ sent: summary.requests, failed: 0, unfinished: 0 });
  const created = report.operations.find(({ name }) => name === "payment-request.create");
  expect(created?.results).toEqual({ 201: 1, 302: 1 });
  for (const name of ["report.html", "junit.xml", "summary.md"]) {
    expect(existsSync(at.path("record", name)), name).toBe(true);
  }
});

test("emulator --report tells how whoever called fared at the limit, and what they sent again", async ({
  onTestFinished,
}) => {
  const own = workspace();
  onTestFinished(own.remove);
  const emulator = start(own, [
    ...["emulator", "--quotas", "test", "--latency", "20ms", "--report", "record"],
    ...["--fault", "server-error:operation=session.create", "--ca-file", "ca.pem"],
  ]);
  const { url } = await registeredEmulator(own);
  const ca = await until(() =>
    existsSync(own.path("ca.pem")) ? readFileSync(own.path("ca.pem"), "utf8") : undefined,
  );
  const post = (path: string, body: string, key?: string) => {
    const headers = { "content-type": "application/json" };
    const named = key === undefined ? headers : { ...headers, "klarna-idempotency-key": key };
    return ask(`${url}${path}`, ca, { method: "POST", headers: named, body });
  };
  const shopper = async (cart: number): Promise<void> => {
    const body = JSON.stringify({
      currency: "USD",
      amount: 1000 + cart,
      customer_interaction_config: { method: "HANDOVER" },
    });
    for (let attempt = 1; attempt <= 3; attempt++) {
      const { status } = await post("/v2/payment/requests", body, `cart-${cart}`);
      if (status !== 429) return;
    }
  };
  await Promise.all(Array.from({ length: 40 }, (_, cart) => shopper(cart)));
  // Answered with a 503 twice, and sent three times.
  for (let i = 0; i < 3; i++) await post("/payments/v1/sessions", "{}");
  emulator.signalGroup("SIGINT");
  await emulator.ended;
  const { drill, gate, totals } = readReport(own.path("record"));
  const point = (code: string) => drill?.points.find((one) => one.code === code)?.outcome;
  expect(drill?.category).toBe("payment-transaction-capture");
  expect(drill?.throttled).toBeGreaterThan(0);
  expect([point("reset"), point("shopper-errors"), point("idempotency-key")]).toEqual([
    "fail",
    "fail",
    "pass",
  ]);
  expect(totals.retries).toBe(totals.sent - 40 - 3);
  expect(gate).toMatchObject({ seenBy: "emulator", unkeyedRepeats: 2 });
  expect(readFileSync(own.path("record", "summary.md"), "utf8")).toContain(
    "### The client at the rate limit",
  );
});

describe("bad input is one message, and exit 2", () => {
  writeFileSync(at.path("k6.json"), '{"metrics":{"http_req_duration":{"med":1}}}');
  writeFileSync(at.path("taken.jsonl"), "");
  test.concurrent.each<[string, string[], string, string[]]>([
    [
      "an unknown fault",
      ["--fault", "stal"],
      "EMULATOR_FAULT",
      ["unknown fault `stal`", "did you mean `stall`?"],
    ],
    [
      "a fault for an unknown operation",
      ["--fault", "stall:operation=payment-request.raed"],
      "EMULATOR_FAULT",
      ["unknown operation `payment-request.raed`", "did you mean `payment-request.read`?"],
    ],
    [
      "latencies of another tool",
      ["--latency-from", "k6.json"],
      "USAGE_LATENCY_FROM",
      ["it is not a report of klarna-perf", "give the report.json of a run"],
    ],
    [
      "a customer who does nothing known",
      ["--customer", "pay"],
      "USAGE_OPTION_VALUE",
      ["approve or decline or abandon"],
    ],
    [
      "a port in words",
      ["--port", "https"],
      "USAGE_PORT",
      ["`https` can't be a port", "0 to 65535"],
    ],
    ["a port in use", ["--port", TAKEN], "EMULATOR_PORT", [`port \`${TAKEN}\` is already in use`]],
    [
      "a control port in use",
      ["--control-port", TAKEN],
      "EMULATOR_PORT",
      [`port \`${TAKEN}\` is already in use`, "choose another port"],
    ],
    ["a record over a file", ["--access-log", "taken.jsonl"], "EMULATOR_RECORD", ["there already"]],
    ["a protection that is none", ["--protection", "10"], "USAGE_PROTECTION", ["10x,60s"]],
  ])("%s", async (_, args, code, says) => {
    const { code: exit, stdout, stderr } = await cli(at, ["emulator", ...args]);
    expect([exit, stdout]).toEqual([2, ""]);
    const said = stderr.replaceAll(/\s+/g, " ");
    for (const part of [code, ...says]) expect(said).toContain(part);
  });
});
