import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { catalogued } from "../../src/klarna/catalogue.ts";
import { KlarnaClient } from "../../src/klarna/client.ts";
import { openApiDocument } from "./clients/document.ts";
import { ask, startEmulator } from "./running.ts";

// Clients that nobody here wrote, from npm and as they come, each in a process of its own that can reach the emulator and
// nothing else. They know our certificate as a user's application does: by NODE_EXTRA_CA_CERTS.

const CLIENTS = join(import.meta.dirname, "clients");
const folder = mkdtempSync(join(tmpdir(), "klarna-perf-clients-"));
const caFile = join(folder, "ca.pem");
let emulator: Awaited<ReturnType<typeof startEmulator>>;

beforeAll(async () => {
  emulator = await startEmulator({
    customer: { outcome: "approve", delay: { kind: "constant", us: 0 } },
  });
  writeFileSync(caFile, emulator.caPem);
});
afterAll(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true });
});

interface Ended {
  readonly code: number;
  readonly lines: readonly unknown[];
  readonly stderr: string;
}

function run(script: string, args: readonly string[], url = emulator.url): Promise<Ended> {
  const env = { EMULATOR: url, NODE_EXTRA_CA_CERTS: caFile };
  const command = [
    "--import",
    join(CLIENTS, "loopback-only.mjs"),
    resolve(CLIENTS, script),
    ...args,
  ];
  return new Promise((ended) => {
    const child = execFile(process.execPath, command, { env }, (_, stdout, stderr) => {
      const lines: unknown[] = stdout
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line));
      ended({ code: child.exitCode ?? -1, lines, stderr });
    });
  });
}

/** An order that a customer has just placed. */
async function order(): Promise<string> {
  const client = new KlarnaClient(undefined, emulator.url);
  const send = async (name: string, parameters: Readonly<Record<string, string>> = {}) => {
    const operation = catalogued(name);
    const body = operation.sampleBody?.();
    const {
      method,
      path,
      body: sent = "",
    } = client.request(operation, {
      ...{ parameters, body, headers: {}, idempotencyKey: "k" },
    });
    const answer = await ask(emulator.url + path, emulator.caPem, { method, body: sent });
    return z.record(z.string(), z.unknown()).parse(JSON.parse(answer.body));
  };
  const { session_id } = await send("session.create");
  const { authorization_token } = await send("session.read", { session_id: String(session_id) });
  const placed = await send("authorization.create-order", {
    authorization_token: String(authorization_token),
  });
  return String(placed.order_id);
}

describe("@crystallize/node-klarna", () => {
  test("manages orders, and is told of what can't be", async () => {
    const { code, lines, stderr } = await run("sdk.mjs", [await order(), await order()]);
    // It warns of an answer without Klarna's correlation id.
    expect([code, stderr]).toEqual([0, ""]);
    const refused = (error_code: string) =>
      expect.objectContaining({ error_code, correlation_id: expect.any(String) });
    expect(lines).toEqual([
      { name: "acknowledge", statusCode: 204, response: "" },
      { name: "update references", statusCode: 204, response: "" },
      { name: "capture", statusCode: 201, response: "" },
      { name: "capture too much", statusCode: 403, error: refused("CAPTURE_NOT_ALLOWED") },
      { name: "refund", statusCode: 201, response: "" },
      { name: "refund too much", statusCode: 403, error: refused("REFUND_NOT_ALLOWED") },
      { name: "cancel what is captured", statusCode: 403, error: refused("CANCEL_NOT_ALLOWED") },
      {
        name: "read",
        statusCode: 200,
        response: expect.objectContaining({
          status: "PART_CAPTURED",
          order_amount: 1000,
          captured_amount: 600,
          refunded_amount: 200,
          remaining_authorized_amount: 400,
          merchant_reference1: "ref-1",
        }),
      },
      { name: "release", statusCode: 204, response: "" },
      { name: "capture what is released", statusCode: 403, error: refused("CAPTURE_NOT_ALLOWED") },
      { name: "cancel", statusCode: 204, response: "" },
      { name: "capture what is cancelled", statusCode: 403, error: refused("CAPTURE_NOT_ALLOWED") },
      { name: "read what is not there", statusCode: 404, error: refused("NO_SUCH_ORDER") },
      { name: "read with a live key", statusCode: 401, error: refused("UNAUTHORIZED") },
    ]);
  });
});

describe("openapi-client-axios", () => {
  test("makes purchases by a document of our notes, and every answer is of the document's form", async () => {
    const file = join(folder, "openapi.json");
    writeFileSync(file, JSON.stringify(openApiDocument()));
    const { code, lines, stderr } = await run("by-document.mjs", [file]);
    expect([code, stderr]).toEqual([0, ""]);
    const calls = z
      .array(z.object({ call: z.string(), status: z.int(), problems: z.array(z.string()) }))
      .parse(lines);
    expect(calls.filter(({ problems }) => problems.length > 0)).toEqual([]);
    expect(new Set(calls.map(({ call }) => call)).size).toBeGreaterThan(35);
    // What goes wrong on purpose, and nothing else.
    expect(
      calls.filter(({ status }) => status >= 400).map(({ call, status }) => [call, status]),
    ).toEqual([
      ["get /payments/v1/sessions/{}", 404],
      ["post /payments/v1/sessions", 400],
      ["post /ordermanagement/v1/orders/{}/refunds", 403],
      ["post /ordermanagement/v1/orders/{}/cancel", 403],
      ["get /ordermanagement/v1/orders/{}", 404],
      ["post /v2/payment/transactions/{}/capture", 400],
      ["post /v2/payment/transactions/{}/void", 409],
      ["patch /v2/payment/requests/{}", 409],
      ["delete /v2/payment/requests/{}", 409],
      ["get /v2/payment/requests/{}", 404],
      ["post /v2/payment/requests", 400],
    ]);
  });

  test("can't get anywhere else: a client pointed at another host or port ends before it connects", async () => {
    const file = join(folder, "small.json");
    writeFileSync(file, JSON.stringify(openApiDocument()));
    const there = (url: string) => `
      process.env.EMULATOR = ${JSON.stringify(emulator.url)};
      await import(${JSON.stringify(join(CLIENTS, "loopback-only.mjs"))});
      const { request } = await import("node:https");
      request(${JSON.stringify(url)}).end();`;
    for (const url of ["https://127.0.0.1:1/", "https://192.0.2.1/", "https://live.invalid/"]) {
      const script = join(folder, "elsewhere.mjs");
      writeFileSync(script, there(url));
      const { code, stderr } = await run(script, []);
      expect([code, stderr]).toEqual([
        86,
        expect.stringMatching(/^refused: a (?:connect|look-up)/),
      ]);
    }
  });
});
