import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Report } from "../src/report/schema.ts";
import {
  ROOT,
  type Running,
  readReport,
  start,
  until,
  type Workspace,
  workspace,
} from "./support/cli.ts";

// The examples, as they are: applications that nobody tells of the gate but by their base URL.

const EXAMPLES = join(ROOT, "examples");
const AUTOCANNON = join(ROOT, "node_modules", "autocannon", "autocannon.js");

let at: Workspace;
let gate: Running;
const children: ChildProcess[] = [];

beforeEach(() => {
  at = workspace();
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  gate.signalGroup("SIGKILL");
  at.remove();
});

/** @returns the address to be set as an application's base URL */
async function openGate(...args: readonly string[]): Promise<string> {
  gate = start(at, ["gate", "--out", "reports", ...args]);
  return until(() => /^http:\/\/127\.0\.0\.1:\d+\/\S+\/$/m.exec(gate.said())?.[0]);
}

/** Ends the gate in order, as one Ctrl-C does. */
async function report(): Promise<Report> {
  process.kill(gate.pid, "SIGINT");
  await gate.ended;
  return readReport(at.path("reports"));
}

function made({ operations }: Report): Record<string, number> {
  return Object.fromEntries(operations.map(({ name, counts }) => [name, counts.sent]));
}

/** With nothing of this process's environment but what an application is given. */
function run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(command, args, {
    cwd: at.cwd,
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  return { child, said: () => stdout };
}

describe("examples/shop", () => {
  test("its checkouts are the gate's requests, one by one, below the cap, without a key", async () => {
    const KLARNA_BASE_URL = await openGate("--rate", "10/s", "--hold", "30s");
    const shop = run(process.execPath, [join(EXAMPLES, "shop", "shop.mjs")], {
      KLARNA_BASE_URL,
      PORT: "0",
    });
    const url = await until(() => /http:\S+/.exec(shop.said())?.[0]);
    const { child, said } = run(process.execPath, [
      ...[AUTOCANNON, "--json", "--method", "POST", "--connections", "5", "--amount", "40"],
      ...["--timeout", "30", `${url}/checkout`],
    ]);
    await once(child, "close");
    const seen: unknown = JSON.parse(said());
    expect(seen).toMatchObject({ "2xx": 40, non2xx: 0, errors: 0, timeouts: 0 });

    const { totals, gate: told, timeline } = await report();
    expect(totals).toMatchObject({ planned: 80, sent: 80, dropped: 0, failed: 0, unfinished: 0 });
    expect(told).toMatchObject({ refused: [], liveKeys: [] });
    expect(timeline.length).toBeGreaterThan(0);
  });

  test("what exceeds the cap is a 429 of the gate's, and the shop asks again with the same key", async () => {
    const KLARNA_BASE_URL = await openGate("--rate", "2/s", "--hold", "100ms");
    const shop = run(process.execPath, [join(EXAMPLES, "shop", "shop.mjs")], {
      KLARNA_BASE_URL,
      PORT: "0",
    });
    const url = await until(() => /http:\S+/.exec(shop.said())?.[0]);
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => fetch(`${url}/checkout`, { method: "POST" })),
    );
    expect(answers.some(({ status }) => status === 201)).toBe(true);
    const { totals, operations } = await report();
    expect(totals.dropped).toBeGreaterThan(0);
    expect(totals.planned).toBe(totals.sent + totals.dropped);
    expect(operations.map(({ name }) => name)).toContain("payment-request.create");
  });
});

function python(): string | undefined {
  try {
    execFileSync("python3", ["--version"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "this machine has no python3";
  }
}

describe("examples/python", () => {
  test("makes its purchases through the gate", async ({ skip }) => {
    const missing = python();
    if (missing !== undefined) skip(missing);
    const KLARNA_BASE_URL = await openGate();
    const { child, said } = run("python3", [join(EXAMPLES, "python", "checkout.py"), "3"], {
      KLARNA_BASE_URL,
    });
    const [code] = await once(child, "close");
    expect(code).toBe(0);
    const lines = said()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toEqual(
      Array.from({ length: 3 }, () => ({
        payment_request_id: expect.any(String),
        state: "SUBMITTED",
      })),
    );
    expect(made(await report())).toMatchObject({
      "payment-request.create": 3,
      "payment-request.read": 3,
    });
  });
});
