import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fingerprint } from "../src/guard/fingerprint.ts";
import { KlarnaWorld } from "./support/klarna-world.ts";

/** A step that a client of the user's makes, before what stands in for Klarna's test environment: the gate's own lock holds. */

let world: KlarnaWorld;
beforeEach(async () => {
  world = await KlarnaWorld.start();
});
afterEach(() => world.close());

const PROFILE = `name: own-client
kind: smoke
workload: { model: open, stages: [{ rate: 1/s, for: 1s }], requestTimeout: 3s, drainTimeout: 3s, maxInFlight: 2 }
scenarios:
  - name: one
    steps:
      - { client: "./client.mjs#go", operation: payment-request.create }
limits: { rate: 1/s }
cleanUp: off
`;

/** Runs a journey whose one step a function makes, which throws whatever code it is answered with. */
async function run(headers: Readonly<Record<string, string>>, body: string) {
  const init = JSON.stringify({ method: "POST", headers, body });
  writeFileSync(
    join(world.folder, "client.mjs"),
    `export async function go({ baseUrl }) {
      const answer = await fetch(new URL("v2/payment/requests", baseUrl), ${init});
      if (!answer.ok) throw new Error((await answer.json()).error_code);
    }`,
  );
  const { report } = await world.run({ profile: world.profile(PROFILE), allowClient: true });
  const warned = (code: string) => report.warnings.find((one) => one.code === code)?.text;
  return { report, warned, came: world.server.received.match(/^POST /gm)?.length ?? 0 };
}

test("what holds no personal data is passed on", async () => {
  const { report, warned, came } = await run({}, '{"customer":{"email":"customer@email.se"}}');
  expect(warned("CLIENT_FAILED")).toBe(undefined);
  expect([came, report.totals.answered]).toEqual([1, 1]);
});

test("personal data is passed on to nobody", async () => {
  const { warned, came } = await run({}, '{"customer":{"email":"ada@shop.example.org"}}');
  expect(warned("CLIENT_FAILED")).toContain("GATE_PERSONAL_DATA");
  expect(came).toBe(0);
});

test("a live key is refused, and told by its fingerprint", async () => {
  const key = `klarna_live_api_${"Zq7Xw3Kp".repeat(3)}`;
  const { warned, came, report } = await run({ authorization: `Basic ${key}` }, "{}");
  expect(came).toBe(0);
  expect(warned("CLIENT_FAILED")).toContain("GUARD_KEY_LIVE");
  expect(warned("CLIENT_LIVE_KEY")).toContain(`fingerprint ${fingerprint(key)})`);
  expect(JSON.stringify(report)).not.toContain(key);
});
