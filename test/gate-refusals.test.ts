import { afterEach, beforeEach, expect, test } from "vitest";
import { ask } from "./support/gate.ts";
import { openGate } from "./support/klarna-gate.ts";
import { KlarnaWorld } from "./support/klarna-world.ts";

/** What is refused is one request: the gate before Klarna goes on. */

let world: KlarnaWorld;
beforeEach(async () => {
  world = await KlarnaWorld.start();
});
afterEach(() => world.close());

test("a body of lists within lists, deeper than any call stack, is looked through and ends nothing", async () => {
  const { url, gate, ended } = await openGate(world);
  const post = (inside: string) => {
    const body = `${"[".repeat(50_000)}${inside}${"]".repeat(50_000)}`;
    return ask({ url }, "v2/payment/requests", { method: "POST", body });
  };
  const personal = await post('"ada@shop.example.org"');
  const clean = await post("");
  gate.finish();
  const { report } = await ended;
  expect(personal.body).toMatchObject({ error_code: "GATE_PERSONAL_DATA" });
  expect([clean.status, report.verdict]).toEqual([201, "passed"]);
});

test("headers that fit beside a key of the usual length, and not beside this one, are refused and end nothing", async () => {
  // Its header takes 5 KB.
  const { url, gate, ended } = await openGate(world, {
    key: `klarna_test_api_${"A".repeat(3750)}`,
  });
  const headers = Object.fromEntries(["a", "b", "c"].map((n) => [`klarna-${n}`, "x".repeat(5500)]));
  const first = await ask({ url }, "v2/payment/requests/a", { headers });
  const second = await ask({ url }, "v2/payment/requests/a");
  gate.finish();
  const { report } = await ended;
  expect([first.status, first.headers.get("klarna-perf-gate"), first.body]).toMatchObject([
    400,
    "refused",
    { error_code: "GUARD_REQUEST_HEADER" },
  ]);
  expect([second.status, report.stopReason]).toEqual([200, null]);
  expect(report.gate?.refused).toMatchObject([{ code: "GUARD_REQUEST_HEADER", count: 1 }]);
  expect(world.server.received.match(/^GET /gm)).toHaveLength(1);
});
