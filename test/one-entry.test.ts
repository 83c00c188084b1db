import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, expect, expectTypeOf, test } from "vitest";
import { seededRandom } from "../src/base/random.ts";
import { VirtualClock } from "../src/base/virtual-clock.ts";
import type { handlers } from "../src/emulator/handlers.ts";
import type { Handler } from "../src/emulator/routing.ts";
import type { OperationName } from "../src/klarna/catalogue.ts";
import { ROOT } from "./support/cli.ts";

// An operation of a user's own: one entry in its area's list. Everything else reads it from there, and the emulator asks
// for its part in it.

/** What a user writes, as the first of the classic payments' entries. */
const ENTRY = `
  {
    ...common,
    name: "session.peek",
    purpose: "an operation of a user's own",
    method: "GET",
    path: \`\${oneSession}/peek\`,
    successStatuses: [200],
    answerFields: ["$.peeked"],
  },`;
const AREA = /classic-payments\.ts$/;
const LIST = "export const classicPaymentOperations = [";

const PROFILE = `
name: peek
kind: smoke
workload:
  model: open
  stages: [{ rate: 1/s, for: 3s }]
  maxInFlight: 1
scenarios:
  - name: peek
    steps:
      - { operation: session.create, save: { id: $.session_id } }
      - { operation: session.peek, with: { session_id: "{id}" }, save: { seen: $.peeked } }
thresholds: [{ figure: errors, max: 0 }]
limits: { rate: 2/s }
`;

const cache = join(ROOT, "node_modules", ".cache");
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, "klarna-perf-entry-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The program with the entry in it, and nothing else changed. */
async function withEntry() {
  const outfile = join(folder, "with-entry.mjs");
  await build({
    stdin: {
      contents: `
        export { parseProfile } from "./src/profile/read.ts";
        export { makePlan } from "./src/profile/plan.ts";
        export { catalogued } from "./src/klarna/catalogue.ts";
        export { KlarnaClient } from "./src/klarna/client.ts";
        export { parseFault } from "./src/emulator/faults/rule.ts";
        export { pipeline } from "./src/emulator/pipeline.ts";`,
      resolveDir: ROOT,
    },
    outfile,
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    plugins: [
      {
        name: "entry",
        setup: ({ onLoad }) =>
          onLoad({ filter: AREA }, ({ path }) => {
            const text = readFileSync(path, "utf8");
            expect(text).toContain(LIST);
            return { contents: text.replace(LIST, LIST + ENTRY), loader: "ts" };
          }),
      },
    ],
    logLevel: "warning",
  });
  return import(pathToFileURL(outfile).href);
}

test("an entry in the catalogue is an operation that profiles may name, plans count and the client sends", async () => {
  const { parseProfile, makePlan, catalogued, KlarnaClient, parseFault, pipeline } =
    await withEntry();
  const profile = parseProfile(PROFILE, "peek.yaml");
  const plan = makePlan(profile, { environment: "emulator", level: "partner", seed: 1 });
  expect(plan.operations).toMatchObject([
    { operation: "session.peek", category: "classic-other", requests: 3 },
    { operation: "session.create", requests: 3 },
  ]);
  const client = new KlarnaClient(undefined, "https://127.0.0.1:8443");
  const parameters = { session_id: "s-1" };
  const input = { parameters, body: undefined, headers: {}, idempotencyKey: "" };
  expect(client.request(catalogued("session.peek"), input)).toMatchObject({
    method: "GET",
    path: "/payments/v1/sessions/s-1/peek",
  });
  expect(() => parseFault("stall:operation=session.peek")).not.toThrow();
  // The one thing that it can't know: what Klarna answers.
  const parts = {
    clock: new VirtualClock(),
    random: seededRandom(1),
    options: { quotas: "test", level: "partner", apiKeys: null },
  };
  expect(() => pipeline(parts)).toThrow(
    expect.objectContaining({
      code: "FAULT_EMULATOR_HANDLER",
      message: "no emulator handler for `session.peek`",
    }),
  );
});

test("an operation without its part in the emulator does not compile", () => {
  type Handlers = ReturnType<typeof handlers>;
  expectTypeOf<Handlers>().toExtend<Readonly<Record<OperationName, Handler>>>();
  type OneMissing = Omit<Handlers, "session.read">;
  expectTypeOf<OneMissing>().not.toExtend<Readonly<Record<OperationName, Handler>>>();
});
