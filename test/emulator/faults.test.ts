import { Agent } from "node:https";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { minimalPaymentRequest } from "../../src/klarna/sample-data.ts";
import { type Asked, ask, eventually, startEmulator } from "./running.ts";

const CREATE = JSON.stringify(minimalPaymentRequest());

let emulator: Awaited<ReturnType<typeof startEmulator>>;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterEach(() => emulator.faults.takeBackAll());
afterAll(() => emulator.close());

const create = (asked: Asked = {}) =>
  ask(`${emulator.url}/v2/payment/requests`, emulator.caPem, {
    method: "POST",
    body: CREATE,
    ...asked,
  });

describe("each fault, as a client meets it", () => {
  test("stall: no answer; with a delay, a late one", async () => {
    emulator.faults.set("stall");
    expect(await create({ timeoutMs: 200 })).toMatchObject({ status: undefined, code: "GAVE_UP" });
    emulator.faults.takeBackAll();
    emulator.faults.set("stall:delay=150ms");
    const begun = process.hrtime.bigint();
    expect(await create()).toMatchObject({ status: 201 });
    expect(Number(process.hrtime.bigint() - begun)).toBeGreaterThanOrEqual(150e6);
  });

  test("reset-before-headers: a reset, and nothing of an answer", async () => {
    emulator.faults.set("reset-before-headers");
    expect(await create()).toEqual({ status: undefined, body: "", code: "ECONNRESET" });
  });

  test("reset-after-headers: the head, then a reset", async () => {
    emulator.faults.set("reset-after-headers");
    expect(await create()).toMatchObject({ status: 201, body: "", code: "ECONNRESET" });
  });

  test("slow-body: the whole answer, over a while", async () => {
    emulator.faults.set("slow-body:over=200ms");
    const begun = process.hrtime.bigint();
    const { status, body } = await create();
    expect(Number(process.hrtime.bigint() - begun)).toBeGreaterThanOrEqual(200e6);
    expect([status, JSON.parse(body).state]).toEqual([201, "SUBMITTED"]);
  });

  test("truncated-body: half of what was announced", async () => {
    const whole = (await create()).body.length;
    emulator.faults.set("truncated-body");
    const { status, body, code } = await create();
    expect([status, body.length, code]).toEqual([201, whole >> 1, "ECONNRESET"]);
  });

  test("malformed-body: a whole body that is no JSON", async () => {
    emulator.faults.set("malformed-body");
    const { status, contentType, body, code } = await create();
    expect([status, contentType, code]).toEqual([201, "application/json", undefined]);
    expect(() => JSON.parse(body)).toThrow(SyntaxError);
  });

  test("wrong-content-type: JSON that is called otherwise", async () => {
    emulator.faults.set("wrong-content-type:type=text/plain");
    const { contentType, body } = await create();
    expect([contentType, JSON.parse(body).state]).toEqual(["text/plain", "SUBMITTED"]);
  });

  test.each([
    ["redirect", 302, ""],
    ["redirect:status=308,to=https://example.com/", 308, ""],
    ["server-error", 503, "TEMPORARY_UNAVAILABLE"],
    ["server-error:status=500", 500, "INTERNAL_ERROR"],
    ["server-error:status=502", 502, ""],
    ["rate-limit-storm", 429, "RATE_LIMITED"],
  ])("%s: %i instead of executing the operation", async (fault, status, code) => {
    emulator.faults.set(fault);
    const answer = await create();
    expect([answer.status, answer.code]).toEqual([status, undefined]);
    expect(answer.body).toContain(code);
  });

  test("expired-certificate: new connections are refused by their own side, open ones go on", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect(await create({ agent })).toMatchObject({ status: 201 });
    const { id } = emulator.faults.set("expired-certificate");
    await eventually(async () => (await create()).code === "CERT_HAS_EXPIRED");
    expect(await create({ agent })).toMatchObject({ status: 201 });
    emulator.faults.takeBack(id);
    expect(await create()).toMatchObject({ status: 201 });
    agent.destroy();
  });

  test("connection-refused: open connections end, new ones are refused, and then it is back at its port", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect(await create({ agent })).toMatchObject({ status: 201 });
    const { id } = emulator.faults.set("connection-refused");
    await eventually(async () => (await create()).code === "ECONNREFUSED");
    expect(await create({ agent })).toMatchObject({ code: "ECONNREFUSED" });
    emulator.faults.takeBack(id);
    await eventually(async () => (await create()).status === 201);
    agent.destroy();
  });
});

describe("what a fault leaves", () => {
  const key = { "klarna-idempotency-key": "5b1e6c1e-0000-5000-8000-000000000000" };

  test("an answer that was lost was an operation that was executed: a retry gets its answer", async () => {
    emulator.faults.set("reset-before-headers");
    expect(await create({ headers: key })).toMatchObject({ code: "ECONNRESET" });
    emulator.faults.takeBackAll();
    const [first, second] = [await create({ headers: key }), await create({ headers: key })];
    expect(first.status).toBe(201);
    expect(second.body).toBe(first.body);
  });

  test("the record has every request, those without a whole answer without a status", async () => {
    const counts = () => emulator.record.summary().operations["payment-request.create"] ?? {};
    const before = counts();
    for (const fault of ["reset-before-headers", "reset-after-headers", "truncated-body"]) {
      emulator.faults.takeBackAll();
      emulator.faults.set(fault);
      await create();
    }
    await eventually(async () => counts().none === (before.none ?? 0) + 3);
    expect(counts()[201]).toBe(before[201]);
  });

  test("other operations go on", async () => {
    emulator.faults.set("stall:operation=payment-request.create");
    const read = await ask(`${emulator.url}/v2/payment/requests/x`, emulator.caPem);
    expect(read.status).toBe(404);
  });
});
