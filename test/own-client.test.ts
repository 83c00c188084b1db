import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EXIT } from "../src/base/errors.ts";
import {
  CAME_TO_ITS_END,
  cli,
  ROOT,
  readReport,
  type Workspace,
  workspace,
} from "./support/cli.ts";

// Steps that a client of the user's makes, in the built program: each in a process that has nothing but the gate.

let at: Workspace;
beforeEach(() => {
  at = workspace();
});
afterEach(() => at.remove());

/** Runs a journey whose second step a function makes. */
async function run(
  client: string,
  {
    step = "",
    args = ["--allow-client"],
    workload = "workload: { model: open, stages: [{ rate: 4/s, for: 1s }], requestTimeout: 3s }",
  }: { step?: string; args?: readonly string[]; workload?: string } = {},
) {
  writeFileSync(at.path("client.mjs"), client);
  writeFileSync(
    at.path("own.yaml"),
    `name: own
kind: capacity
${workload}
stops: { errors: off }
scenarios:
  - name: one
    steps:
      - { operation: payment-request.create, save: { id: $.payment_request_id } }
      - { client: ./client.mjs#go, operation: payment-request.read${step} }
`,
  );
  const ended = await cli(at, ["run", "./own.yaml", "--out", "reports", ...args]);
  const report = () => readReport(at.path("reports"));
  const failed = () => report().warnings.find(({ code }) => code === "CLIENT_FAILED")?.text;
  const made = () => report().operations.find(({ name }) => name === "payment-request.read");
  return { ...ended, report, failed, made };
}

/** So many virtual users for a second, in place of arrivals. */
const users = (count: number): string => `
workload: { model: closed, virtualUsers: ${count}, for: 1s }
limits: { rate: 20/s }`;

// biome-ignore lint/suspicious/noTemplateCurlyInString: it is the client's to fill
const READ = "await fetch(new URL(`v2/payment/requests/${values.id}`, baseUrl))";

describe("a client's requests are its step's", () => {
  test("one for each call, told apart by the address that each call is given", async () => {
    const { code, report, made, failed } = await run(
      `export async function go({ baseUrl, values }) {
        const said = await (${READ}).json();
        if (said.payment_request_id !== values.id) throw new Error("another's answer");
        return { again: said.payment_request_id };
      }`,
      { step: ", save: { again: $.again }" },
    );
    expect(failed()).toBe(undefined);
    expect(CAME_TO_ITS_END).toContain(code);
    expect(made()?.counts).toMatchObject({ planned: 4, sent: 4, answered: 4 });
    const { totals, journeys } = report();
    expect(totals).toMatchObject({ planned: 8, notReached: 0, notDue: 0 });
    expect(journeys).toMatchObject([{ started: 4, completed: 4 }]);
  });

  test("several at once where the step says so, and no more", async () => {
    const { failed, made, report } = await run(
      `export async function go({ baseUrl, values }) {
        const answers = await Promise.all([1, 2, 3].map(() => ${READ.replace("await ", "")}));
        const refused = await answers.find(({ status }) => status === 403)?.json();
        throw new Error(answers.map(({ status }) => status).sort() + " " + refused.error_code);
      }`,
      { step: ", requests: 2" },
    );
    expect(failed()).toBe(
      "`./client.mjs#go` failed 4 times; the first: Error: 200,200,403 GATE_CLIENT_REQUESTS",
    );
    expect(made()?.counts).toMatchObject({ planned: 8, sent: 8, answered: 8 });
    expect(report().journeys).toMatchObject([{ started: 4, completed: 0 }]);
  });

  test("and none of a call that has ended", async () => {
    const { failed } = await run(
      `let ended;
      export async function go({ baseUrl, values }) {
        if (ended === undefined) { ended = baseUrl; return; }
        baseUrl = ended;
        throw new Error((await (${READ}).json()).error_code);
      }`,
    );
    expect(failed()).toBe("`./client.mjs#go` failed 3 times; the first: Error: GATE_CLIENT_ENDED");
  });

  test("and of no other kind than the step's operation", async () => {
    const { failed, made } = await run(
      `export async function go({ baseUrl }) {
        const url = new URL("v2/payment/requests", baseUrl);
        const headers = { "content-type": "application/json" };
        const answer = await fetch(url, { method: "POST", headers, body: "{}" });
        throw new Error((await answer.json()).error_code);
      }`,
    );
    expect(failed()).toContain("GATE_OPERATION_NOT_IN_PROFILE");
    expect(made()?.counts.planned ?? 0).toBe(0);
  });
});

describe("by `KLARNA_BASE_URL` alone", () => {
  const go = (body: string): string => `export async function go({ values }) {
    const baseUrl = process.env.KLARNA_BASE_URL;
    ${body}
  }`;

  test("a request is the one call's that is under way", async () => {
    const { failed, made, report } = await run(go(`${READ};`), { workload: users(1) });
    expect(failed()).toBe(undefined);
    const [journeys] = report().journeys;
    expect(journeys?.completed).toBeGreaterThan(0);
    expect(made()?.counts.planned).toBe(journeys?.started);
  });

  test("and nobody's where there are several", async () => {
    const late = "await new Promise((done) => setTimeout(done, 400));";
    const told = `throw new Error((await (${READ}).json()).error_code);`;
    const { failed } = await run(go(late + told), { workload: users(2) });
    expect(failed()).toContain("GATE_CLIENT_WHICH");
  });
});

describe("a function that fails ends its journey", () => {
  test.each([
    ["throws", `throw new Error("not \\u202e today")`, "Error: not ‹U+202E› today"],
    ["returns nothing to save", "return {}", "returned without something that `save` takes"],
    ["returns what is no path", `return { x: "../y" }`, "returned without something that `save`"],
    [
      "never returns",
      "return new Promise(() => {})",
      "neither asked for anything nor ended for 3 s",
    ],
  ])("when it %s", async (_, body, text) => {
    const { failed, report } = await run(`export async function go() { ${body} }`, {
      step: ", save: { x: $.x }",
    });
    expect(failed()).toContain(text);
    expect(report().journeys).toMatchObject([{ started: 4, completed: 0 }]);
    expect(report().totals).toMatchObject({ planned: 4, notReached: 4 });
  });
});

describe("the lock", () => {
  test("a client's process has no variable but the gate's address", async () => {
    const { failed } = await run(
      `export function go() { throw new Error(Object.keys(process.env).join()); }`,
    );
    expect(failed()).toMatch(/: Error: KLARNA_BASE_URL$/);
  });

  const reached: string[] = [];
  let server: Server;
  let port: number;
  beforeEach(async () => {
    server = createServer((socket) => {
      reached.push("connected");
      socket.destroy();
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const address = server.address();
    port = typeof address === "object" && address ? address.port : 0;
  });
  afterEach(() => server.close());

  test.each([
    ["another port of this machine", () => `await fetch("http://127.0.0.1:${port}/")`],
    ["Klarna's live host", () => `await fetch("https://api.klarna.com/")`],
    ["a child process", () => `(await import("node:child_process")).execFileSync("true")`],
    ["a thread", () => `new (await import("node:worker_threads")).Worker("1", { eval: true })`],
  ])("it can't reach %s, caught or not: the run ends", async (_, body) => {
    const { code, stderr } = await run(
      `export async function go() { try { ${body()}; } catch {} }`,
    );
    expect(stderr).toContain("CLIENT_REACHED_OUT");
    expect(code).toBe(EXIT.refused);
    expect(reached).toEqual([]);
  });

  test.each([
    [
      "a run that does not allow it",
      "export function go() {}",
      [],
      EXIT.refused,
      "CLIENT_NOT_ALLOWED",
    ],
    [
      "a function that is not there",
      "export const other = 1;",
      undefined,
      EXIT.usage,
      "CLIENT_UNUSABLE",
    ],
    [
      "a module that can't be read",
      "export function go( {",
      undefined,
      EXIT.usage,
      "CLIENT_UNUSABLE",
    ],
    ["a module that throws", "throw new Error('no');", undefined, EXIT.usage, "CLIENT_UNUSABLE"],
    [
      "an error that nobody catches",
      "export function go() { setTimeout(() => { throw new Error('late'); }); return new Promise(() => {}); }",
      undefined,
      EXIT.fault,
      "FAULT_CLIENT",
    ],
  ])("%s ends the run", async (_, client, args, exit, told) => {
    const { code, stderr } = await run(client, args && { args });
    expect(stderr).toContain(told);
    expect(code).toBe(exit);
  });

  test("a module that lies elsewhere is refused, whatever links there are", async () => {
    mkdirSync(at.path("elsewhere"));
    writeFileSync(at.path("elsewhere", "client.mjs"), "export function go() {}");
    mkdirSync(at.path("profile"));
    symlinkSync(at.path("elsewhere", "client.mjs"), at.path("profile", "client.mjs"));
    writeFileSync(
      at.path("profile", "own.yaml"),
      `name: own
kind: capacity
workload: { model: open, stages: [{ rate: 4/s, for: 1s }] }
scenarios:
  - { name: one, steps: [{ client: ./client.mjs#go, operation: payment-request.create }] }
`,
    );
    const { code, stderr } = await cli(at, ["run", "./profile/own.yaml", "--allow-client"]);
    expect([code, stderr]).toEqual([EXIT.usage, expect.stringContaining("CLIENT_OUTSIDE")]);
  });
});

test("a client in TypeScript makes payments, its types taken away by whoever loads it", async () => {
  writeFileSync(
    at.path("my-client.ts"),
    `import type { ClientFunction } from "klarna-perf";

interface Created { readonly payment_request_id: string }

export const createPayment: ClientFunction = async ({ baseUrl }) => {
  const body = { currency: "USD", amount: 1000, customer_interaction_config: { method: "HANDOVER" } } as const;
  const answer = await fetch(new URL("v2/payment/requests", baseUrl), {
    method: "POST",
    headers: { "content-type": "application/json", "klarna-idempotency-key": crypto.randomUUID() },
    body: JSON.stringify(body),
  });
  const { payment_request_id: id } = (await answer.json()) as Created;
  return { id };
};
`,
  );
  writeFileSync(
    at.path("own.yaml"),
    `name: own
kind: capacity
workload: { model: open, stages: [{ rate: 4/s, for: 1s }] }
scenarios:
  - name: one
    steps:
      - { client: ./my-client.ts#createPayment, operation: payment-request.create, save: { id: $.id } }
      - { operation: payment-request.read, with: { payment_request_id: "{id}" } }
`,
  );
  const { code } = await cli(at, ["run", "./own.yaml", "--allow-client", "--out", "reports"]);
  const { warnings, journeys, operations } = readReport(at.path("reports"));
  expect(warnings.filter((one) => one.code === "CLIENT_FAILED")).toEqual([]);
  expect(CAME_TO_ITS_END).toContain(code);
  expect(journeys).toMatchObject([{ started: 4, completed: 4 }]);
  expect(operations.map(({ name, counts }) => [name, counts.answered])).toEqual([
    ["payment-request.create", 4],
    ["payment-request.read", 4],
  ]);
});

test("virtual users whose journeys a client makes", async () => {
  const { code, report, failed } = await run(
    `export async function go({ baseUrl, values }) { await (${READ}).text(); }`,
    { workload: users(3) },
  );
  expect(failed()).toBe(undefined);
  expect(CAME_TO_ITS_END).toContain(code);
  const [journeys] = report().journeys;
  expect(journeys?.completed).toBeGreaterThan(2);
  expect(report().totals.planned).toBe(2 * (journeys?.started ?? 0));
});

test("examples/client: a client from npm acknowledges and captures orders", async () => {
  cpSync(join(ROOT, "examples", "client"), at.cwd, { recursive: true });
  mkdirSync(at.path("node_modules"));
  symlinkSync(join(ROOT, "node_modules", "@crystallize"), at.path("node_modules", "@crystallize"));
  const { code } = await cli(at, [
    "run",
    "./own-client.yaml",
    "--allow-client",
    "--out",
    "reports",
  ]);
  const { operations, journeys, warnings } = readReport(at.path("reports"));
  expect(warnings.filter(({ code }) => code === "CLIENT_FAILED")).toEqual([]);
  expect(CAME_TO_ITS_END).toContain(code);
  expect(journeys).toMatchObject([{ started: 10, completed: 10 }]);
  const sent = Object.fromEntries(operations.map(({ name, counts }) => [name, counts.answered]));
  expect(sent).toMatchObject({ "order.acknowledge": 10, "order.capture": 20, "order.read": 10 });
});
