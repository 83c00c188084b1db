import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Asked, ask, startEmulator, TOKEN } from "./running.ts";

let emulator: Awaited<ReturnType<typeof startEmulator>>;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.close());

async function control(method: string, path: string, asked: Asked = {}) {
  const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "text/plain" };
  const answer = await ask(emulator.controlUrl + path, emulator.caPem, {
    method,
    headers,
    ...asked,
  });
  return { status: answer.status, body: answer.body === "" ? null : JSON.parse(answer.body) };
}
const read = () => ask(`${emulator.url}/v2/payment/requests/x`, emulator.caPem);

test("a fault is set, seen, and taken back", async () => {
  const fault = "server-error:operation=payment-request.read,status=500";
  const set = await control("POST", "/faults", { body: `${fault}\n` });
  expect(set).toEqual({ status: 201, body: { id: 1, fault, struck: 0 } });
  expect((await read()).status).toBe(500);
  expect(await control("GET", "/faults")).toEqual({
    status: 200,
    body: { faults: [{ id: 1, fault, struck: 1 }] },
  });
  expect(await control("DELETE", "/faults/1")).toEqual({ status: 204, body: null });
  expect((await control("DELETE", "/faults/1")).status).toBe(404);
  expect((await read()).status).toBe(404);
  await control("POST", "/faults", { body: "stall" });
  expect((await control("DELETE", "/faults")).status).toBe(204);
  expect((await control("GET", "/faults")).body).toEqual({ faults: [] });
});

test("the figures of what has come so far", async () => {
  await read();
  const { status, body } = await control("GET", "/summary");
  expect(status).toBe(200);
  expect(body.operations["payment-request.read"][404]).toBeGreaterThan(0);
});

describe("what it refuses", () => {
  const wrong = { headers: { authorization: `Bearer ${TOKEN}x` } };
  test.each<[string, string, string, Asked, number, string]>([
    ["no token", "GET", "/faults", { headers: { authorization: "" } }, 401, "CONTROL_UNAUTHORIZED"],
    ["another token", "POST", "/faults", { ...wrong, body: "stall" }, 401, "CONTROL_UNAUTHORIZED"],
    ["an API key", "GET", "/summary", { headers: {} }, 401, "CONTROL_UNAUTHORIZED"],
    ["an unknown fault", "POST", "/faults", { body: "stal" }, 400, "EMULATOR_FAULT"],
    ["too much", "POST", "/faults", { body: "x".repeat(9000) }, 413, "CONTROL_TOO_LARGE"],
    ["an unknown path", "GET", "/quotas", {}, 404, "CONTROL_NOT_FOUND"],
    ["an unknown method", "PUT", "/faults", {}, 405, "CONTROL_METHOD"],
  ])("%s", async (_, method, path, asked, status, code) => {
    const answer = await control(method, path, asked);
    expect(answer).toMatchObject({ status, body: { error: { code } } });
    expect(emulator.faults.list()).toEqual([]);
  });
});
