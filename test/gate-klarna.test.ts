import { afterEach, beforeEach, expect, test } from "vitest";
import { fingerprint } from "../src/guard/fingerprint.ts";
import { ask } from "./support/gate.ts";
import { answerOf } from "./support/https-script.ts";
import { openGate } from "./support/klarna-gate.ts";
import { ACCOUNT, KEY, KlarnaWorld } from "./support/klarna-world.ts";

/** The gate before what stands in for Klarna's test environment, behind the door's seams. */

let world: KlarnaWorld;
beforeEach(async () => {
  world = await KlarnaWorld.start();
});
afterEach(() => world.close());

const open = (permit: Parameters<KlarnaWorld["permit"]>[0] = {}) => openGate(world, { permit });

/** That came to the server. */
function requests(): number {
  return world.server.received.match(/^(?:GET|POST) /gm)?.length ?? 0;
}

test("the guard's key goes out in place of the application's, to the one origin, under a smoke's bounds", async () => {
  const { url, gate, ended } = await open();
  const headers = {
    authorization: "Basic klarna_test_api_of_the_application_itself",
    cookie: "a=b",
  };
  const first = await ask({ url }, "v2/payment/requests/a", { headers });
  gate.finish();
  const { report } = await ended;
  expect(first.status).toBe(200);
  const { received } = world.server;
  expect(received).toContain(
    `authorization: Basic ${Buffer.from(`:${KEY}`).toString("base64")}\r\n`,
  );
  expect(received).toContain("host: api-global.test.klarna.com\r\n");
  expect(received).not.toMatch(/cookie|of_the_application/i);
  expect(report.run).toMatchObject({ kind: "smoke", environment: "klarna-test", profile: "gate" });
  expect(report.plan.requestsAtMost).toBe(60);
  expect(Math.max(...report.plan.categories.map(({ capPerSecond }) => capPerSecond))).toBe(1);
  // What it spends is the account's, as any run's.
  expect(world.audit().map(({ event }) => event)).toContain("decision");
});

test("what may not run there is told so, and nothing is connected to for it", async () => {
  const { url, gate, ended } = await open();
  const code = async (path: string, method = "GET"): Promise<unknown> => {
    const { body } = await ask({ url }, path, { method });
    return typeof body === "object" && body !== null && "error_code" in body && body.error_code;
  };
  expect(await code("payments/v1/sessions/a")).toBe("GATE_OPERATION_OTHER_HOST");
  expect(await code("v2/notification/webhooks", "POST")).toBe("GATE_OPERATION_EMULATOR_ONLY");
  expect(await code(`v2/accounts/${ACCOUNT}/payment/requests/a`)).toBe("GATE_OTHER_ACCOUNT");
  const personal = await ask({ url }, "v2/payment/requests", {
    method: "POST",
    body: '{"customer":{"email":"ada@shop.example.org"}}',
  });
  expect(personal.body).toMatchObject({ error_code: "GATE_PERSONAL_DATA" });
  expect(JSON.stringify(personal.body)).not.toContain("ada@");
  expect([world.resolved, world.connected]).toEqual([[], []]);
  gate.finish();
  expect((await ended).report.gate?.refused).toHaveLength(4);
});

test("of an acquiring partner: the permit's account alone, and none without one", async () => {
  const { url, gate, ended } = await open({ level: "acquiring-partner" });
  const other = "krn:partner:global:account:test:ZZZZZZZZ";
  const own = await ask({ url }, `v2/accounts/${ACCOUNT}/payment/requests/a`);
  const others = await ask({ url }, `v2/accounts/${other}/payment/requests/a`);
  const plain = await ask({ url }, "v2/payment/requests/a");
  gate.finish();
  await ended;
  expect([own.status, others.status, plain.status]).toEqual([200, 403, 403]);
  expect([others.body, plain.body]).toMatchObject([
    { error_code: "GATE_OTHER_ACCOUNT" },
    { error_code: "GATE_ACCOUNT_NEEDED" },
  ]);
  expect(requests()).toBe(1);
});

test("the first 429 ends it, as it ends any run but a drill", async () => {
  world.answering = () => answerOf(429);
  const { url, ended } = await open();
  const { status } = await ask({ url }, "v2/payment/requests/a");
  const { report } = await ended;
  expect(status).toBe(429);
  expect([report.verdict, report.stopReason?.code]).toEqual(["invalid", "STOP_THROTTLED"]);
});

test("a redirect ends it, and the application is not sent anywhere", async () => {
  world.answering = () => answerOf(302, "", "location: https://api-global.klarna.com/v2\r\n");
  const { url, ended } = await open();
  const answer = await ask({ url }, "v2/payment/requests/a", { redirect: "manual" });
  const { report } = await ended;
  expect([answer.status, answer.headers.get("location")]).toEqual([502, null]);
  expect(answer.body).toMatchObject({ error_code: "GATE_REDIRECT" });
  expect(report.stopReason?.code).toBe("STOP_REDIRECT");
});

test("a second a category is what goes out, and what waits too long gets the gate's own 429", async () => {
  const { url, gate, ended } = await open();
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => ask({ url }, "v2/payment/requests/a")),
  );
  gate.finish();
  const { report } = await ended;
  const passed = answers.filter(({ status }) => status === 200).length;
  expect(passed).toBe(requests());
  expect(passed).toBeLessThanOrEqual(4);
  expect(answers.filter(({ headers }) => headers.get("klarna-perf-gate") === "cap").length).toBe(
    report.totals.drops.cap,
  );
  expect(report.rateLimits[0]?.peakInOneSecond).toBe(1);
});

test("a gate that passed is no passed smoke run: a drill is not opened by it", async () => {
  const { url, gate, ended } = await open();
  await ask({ url }, "v2/payment/requests/a");
  gate.finish();
  expect((await ended).exitCode).toBe(0);
  const who = { key: fingerprint(KEY), account: fingerprint(ACCOUNT) };
  world.withLedger((ledger) => {
    const standing = ledger.standing({ ...who, environment: "klarna-test", nowMs: Date.now() });
    expect(standing.lastPassedSmokeMs).toBeUndefined();
    expect(standing.budgetLeft).toBeLessThan(20_000);
  });
});
