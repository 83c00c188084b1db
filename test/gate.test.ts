import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { constants, getPriority } from "node:os";
import { join } from "node:path";
import autocannon from "autocannon";
import { describe, expect, test } from "vitest";
import { EXIT } from "../src/base/errors.ts";
import { makeCertificate } from "../src/emulator/certificate.ts";
import { spacedAtMost } from "../src/guard/cap.support.ts";
import { OPERATIONS } from "../src/klarna/catalogue.ts";
import { windowsOf } from "./support/cap-lanes.ts";
import { cli, readReport, type Workspace, workspace } from "./support/cli.ts";
import { ask, startGate } from "./support/gate.ts";
import { startRecorder } from "./support/recorder.ts";

/** The gate as its users start it: the built program, an application in this process, and a server behind it. */

type OnTestFinished = (clean: () => void) => void;

function place(onTestFinished: OnTestFinished): Workspace {
  const at = workspace();
  onTestFinished(at.remove);
  return at;
}

const CREATE = "v2/payment/requests";
const body = JSON.stringify(OPERATIONS.get("payment-request.create")?.sampleBody?.());

function create(key?: string): RequestInit {
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (key !== undefined) headers["klarna-idempotency-key"] = key;
  return { method: "POST", headers, body };
}

test.runIf(process.platform === "linux")(
  "the threads on which V8 compiles and collects give way to the gate's own",
  async ({ onTestFinished }) => {
    const gate = await startGate(place(onTestFinished));
    const { pid = 0 } = gate.child;
    const priorities = readdirSync(`/proc/${pid}/task`)
      .map(Number)
      .filter((id) => id !== pid)
      .map((id) => getPriority(id));
    gate.child.kill("SIGINT");
    await gate.ended;
    expect(priorities).toContain(constants.priority.PRIORITY_LOW);
  },
);

describe.concurrent("an application at the gate of the emulator", () => {
  test("gets the emulator's answers, and the report tells of what it asked", async ({
    onTestFinished,
  }) => {
    const at = place(onTestFinished);
    const gate = await startGate(at);
    const made = await ask(gate, CREATE, create("11111111-1111-4111-8111-111111111111"));
    const again = await ask(gate, CREATE, create("11111111-1111-4111-8111-111111111111"));
    const nothing = await ask(gate, "v2/payouts");
    gate.child.kill("SIGINT");
    const ended = await gate.ended;
    expect([ended.code, ended.stdout]).toEqual([EXIT.passed, `${gate.url}\n`]);
    expect([made.status, again.status, nothing.status]).toEqual([201, 201, 404]);
    expect(made.headers.get("klarna-correlation-id")).toMatch(/^[\w-]+$/);
    expect(made.headers.get("klarna-perf-gate")).toBeNull();
    // Executed once: the emulator knows the key.
    expect(again.body).toEqual(made.body);
    expect(nothing.headers.get("klarna-perf-gate")).toBe("refused");
    expect(nothing.body).toMatchObject({
      error_code: "GATE_OPERATION_UNKNOWN",
      error_message: expect.stringContaining("GET /v2/payouts"),
    });
    const report = readReport(at.path("out"));
    expect(report.run).toMatchObject({ profile: "gate", environment: "emulator" });
    expect(report.totals).toMatchObject({ planned: 2, sent: 2, answered: 2, retries: 1 });
    expect(report.gate).toMatchObject({
      profile: null,
      refused: [{ code: "GATE_OPERATION_UNKNOWN", count: 1 }],
      liveKeys: [],
      unkeyedRepeats: 0,
      added: { count: 2 },
    });
    for (const name of ["report.html", "junit.xml", "summary.md", "openmetrics.txt"]) {
      expect(existsSync(join(at.path("out"), name)), name).toBe(true);
    }
  });

  test("sends a live key: nothing is passed on, and its user is told aloud", async ({
    onTestFinished,
  }) => {
    const at = place(onTestFinished);
    const gate = await startGate(at);
    const key = "klarna_live_api_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo";
    const refused = await ask(gate, CREATE, {
      ...create(),
      headers: { authorization: `Basic ${Buffer.from(`:${key}`).toString("base64")}` },
    });
    gate.child.kill("SIGINT");
    const ended = await gate.ended;
    expect([refused.status, refused.headers.get("klarna-perf-gate")]).toEqual([403, "live"]);
    expect(refused.body).toMatchObject({ error_code: "GUARD_KEY_LIVE" });
    const report = readReport(at.path("out"));
    const [told] = report.gate?.liveKeys ?? [];
    expect(ended.stderr).toContain(`LIVE credential (fingerprint ${told?.fingerprint})`);
    expect([told?.count, report.totals.planned]).toEqual([1, 0]);
    expect([ended.code, report.verdict]).toEqual([EXIT.inconclusive, "inconclusive"]);
  });

  test("never comes: half a minute is not waited for, but idleness ends it, and says that nothing was shown", async ({
    onTestFinished,
  }) => {
    const at = place(onTestFinished);
    const gate = await startGate(at, ["--idle", "1s"]);
    const ended = await gate.ended;
    expect(ended.stderr).toContain("closing: no request came for a while\n");
    expect(ended.code).toBe(EXIT.inconclusive);
    expect(readReport(at.path("out")).verdictReason).toContain("no request of an application");
  });

  test("with --quiet: the address, what was refused and the last lines are all that is printed", async ({
    onTestFinished,
  }) => {
    const at = place(onTestFinished);
    const gate = await startGate(at, ["--quiet", "--idle", "1s"]);
    await ask(gate, "v2/payouts");
    const { stdout, stderr } = await gate.ended;
    expect(stdout).toBe(`${gate.url}\n`);
    const first = stderr.split("\n").map((line) => line.split(":")[0]);
    expect(first.filter((word) => word !== "")).toEqual([
      "not passed on",
      "inconclusive",
      "report",
    ]);
  });

  test("is ended by --for, whoever still comes", async ({ onTestFinished }) => {
    const at = place(onTestFinished);
    const gate = await startGate(at, ["--for", "1s"]);
    const made = await ask(gate, CREATE, create());
    const ended = await gate.ended;
    expect([made.status, ended.code]).toEqual([201, EXIT.passed]);
    const { run, totals } = readReport(at.path("out"));
    expect(totals).toMatchObject({ planned: 1, answered: 1 });
    const lastedMs = Date.parse(run.endedAt) - Date.parse(run.startedAt);
    expect(lastedMs).toBeLessThan(10_000);
  });

  test("meets the emulator's quota itself, and is judged: it tries again at once, with new keys", async ({
    onTestFinished,
  }) => {
    const at = place(onTestFinished);
    const gate = await startGate(at);
    const shopper = async (cart: number): Promise<void> => {
      const own = { ...create(), body: body.replace("{", `{"merchant_reference":"cart ${cart}",`) };
      for (let attempt = 1; attempt <= 4; attempt++) {
        const key = `00000000-0000-4000-8000-${String(cart * 10 + attempt).padStart(12, "0")}`;
        const headers = { "content-type": "application/json", "klarna-idempotency-key": key };
        const { status } = await ask(gate, CREATE, { ...own, headers });
        if (status !== 429) return;
      }
    };
    await Promise.all(Array.from({ length: 40 }, (_, cart) => shopper(cart)));
    gate.child.kill("SIGTERM");
    const ended = await gate.ended;
    const report = readReport(at.path("out"));
    const point = (code: string) => report.drill?.points.find((one) => one.code === code)?.outcome;
    expect(report.drill?.category).toBe("payment-transaction-capture");
    expect(report.drill?.throttled).toBeGreaterThan(10);
    expect([point("reset"), point("idempotency-key")]).toEqual(["fail", "fail"]);
    expect(point("shopper-errors")).toBe("fail");
    expect([ended.code, report.verdict]).toEqual([EXIT.failed, "failed"]);
    // It is the target's quota, and no fault of the run.
    expect(report.stopReason).toBeNull();
  });

  test("is stopped by the stop file, and told so", async ({ onTestFinished }) => {
    const at = place(onTestFinished);
    const gate = await startGate(at);
    await ask(gate, CREATE, create());
    writeFileSync(join(at.state, "STOP"), "");
    const ended = await gate.ended;
    expect(ended.code).toBe(EXIT.stopped);
    expect(readReport(at.path("out")).stopReason?.code).toBe("STOP_FILE");
  });

  test("is bounded by a profile: its operations alone, under its limits", async ({
    onTestFinished,
  }) => {
    const at = place(onTestFinished);
    writeFileSync(
      at.path("shop.yaml"),
      "name: shop\nkind: capacity\nworkload: { model: open, stages: [{ rate: 1/s, for: 1s }] }\n" +
        "scenarios: [{ name: pay, steps: [{ operation: payment-request.create }] }]\nlimits: { rate: 3/s }\n",
    );
    const gate = await startGate(at, ["--profile", "shop.yaml", "--hold", "300ms"]);
    const other = await ask(gate, "v2/payment/disputes");
    const all = await Promise.all(Array.from({ length: 8 }, () => ask(gate, CREATE, create())));
    gate.child.kill("SIGINT");
    await gate.ended;
    expect(other.body).toMatchObject({ error_code: "GATE_OPERATION_NOT_IN_PROFILE" });
    const capped = all.filter(({ headers }) => headers.get("klarna-perf-gate") === "cap");
    expect(capped.length).toBeGreaterThanOrEqual(4);
    expect(new Set(capped.map(({ status }) => status))).toEqual(new Set([429]));
    const report = readReport(at.path("out"));
    expect(
      report.plan.categories.map(({ category, capPerSecond }) => [category, capPerSecond]),
    ).toEqual([["payment-transaction-capture", 3]]);
    expect(report.totals.drops.cap).toBe(capped.length);
  });
});

describe("the cap at an independent server", () => {
  test("holds for an application that tries to send 2 000 a second", async ({ onTestFinished }) => {
    const at = place(onTestFinished);
    const certificate = await makeCertificate(Date.now());
    const recorder = await startRecorder({ certificate, state: at.state });
    onTestFinished(recorder.kill);
    const rate = 40;
    const args = ["--emulator-url", recorder.url, "--rate", `${rate}/s`, "--hold", "500ms"];
    const gate = await startGate(at, args);
    const url = `${gate.url}v2/payment/requests/a`;
    const load = { url, connections: 100, overallRate: 2000, duration: 4 };
    await new Promise((resolve) => autocannon(load, resolve));
    gate.child.kill("SIGINT");
    await gate.ended;
    const { most, requests } = await recorder.end();
    const windows = windowsOf(most, "GET /v2/payment/requests");
    expect(windows.length).toBeGreaterThan(0);
    for (const { windowS, certain } of windows) {
      const limit = windowS === 1 ? rate : spacedAtMost(rate, windowS * 1e6);
      expect(certain, `${windowS} s`).toBeLessThanOrEqual(limit);
    }
    const { totals, operations, rateLimits } = readReport(at.path("out"));
    expect(rateLimits[0]?.peakInOneSecond).toBeLessThanOrEqual(rate);
    // Two accounts of the same: what was passed on arrived. What was held when its sender went away was not.
    expect(totals.sent - (operations[0]?.results["not-sent"] ?? 0)).toBe(requests.length);
    expect(totals.drops.cap).toBeGreaterThan(100);
    expect(totals.planned).toBe(totals.sent + totals.dropped);
  });
});

describe("what is asked for wrongly", () => {
  test.each([
    [["--rate", "fast"], "USAGE_RATE"],
    [["--rate", "0/s"], "USAGE_RATE"],
    [["--hold", "2 minutes"], "USAGE_DURATION"],
    [["--hold", "2min"], "USAGE_DURATION"],
    [["--hold", "0s"], "USAGE_DURATION"],
    [["--idle", "-1s"], "USAGE_DURATION"],
    [["--port", "70000"], "USAGE_PORT"],
    [["--profile", "nothing"], "PROFILE_NOT_FOUND"],
    [["--listen", "0.0.0.0"], "USAGE_OPTION_UNKNOWN"],
  ])("%j: %s, and nothing listens", async (args, code) => {
    const at = workspace();
    const ended = await cli(at, ["gate", ...args]);
    expect([ended.code, ended.stdout]).toEqual([EXIT.usage, ""]);
    expect(ended.stderr).toContain(`${code}: `);
    expect(readdirSync(at.cwd)).toEqual([]);
    at.remove();
  });

  test("Klarna without a permit: refused, and nothing listens", async () => {
    const at = workspace();
    const ended = await cli(at, ["gate", "--env", "klarna-test"]);
    expect([ended.code, ended.stdout]).toEqual([EXIT.refused, ""]);
    expect(ended.stderr).toContain("GUARD_PERMIT_MISSING: ");
    at.remove();
  });
});
