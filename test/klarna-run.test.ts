import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Clock, systemClock } from "../src/base/clock.ts";
import type { KlarnaPerfError } from "../src/base/errors.ts";
import { fingerprint } from "../src/guard/fingerprint.ts";
import type { KeySources } from "../src/guard/key-source.ts";
import { verifyAudit } from "../src/ledger/audit-verify.ts";
import { readHistory } from "../src/ledger/ledger.ts";
import { answerOf } from "./support/https-script.ts";
import { startKilledRun } from "./support/klarna-child.ts";
import {
  ACCOUNT,
  KEY,
  KlarnaWorld,
  kindly,
  OTHER_KEY,
  PUBLIC_ADDRESS,
  SMOKE,
} from "./support/klarna-world.ts";

/** Whole runs against what stands in for Klarna's test environment, behind the door's seams. */

let world: KlarnaWorld;
beforeEach(async () => {
  world = await KlarnaWorld.start();
});
afterEach(() => world.close());

const WHO = { key: fingerprint(KEY), account: fingerprint(ACCOUNT), environment: "klarna-test" };

async function refusal(run: Promise<unknown>): Promise<KlarnaPerfError> {
  return run.then(
    () => expect.unreachable("it was not refused"),
    (error: KlarnaPerfError) => error,
  );
}

/** The machine's clock, and how many deadlines and heartbeats wait for it. */
function countingClock(): Clock & { pending(): number } {
  const clock = systemClock();
  const waiting = new Set<symbol>();
  return {
    ...clock,
    pending: () => waiting.size,
    atCoarse(due, callback) {
      const timer = Symbol("timer");
      waiting.add(timer);
      const cancel = clock.atCoarse(due, () => {
        waiting.delete(timer);
        callback();
      });
      return () => {
        waiting.delete(timer);
        cancel();
      };
    },
  };
}

describe("a smoke run", () => {
  it("goes to the pinned address with the guard's own encoding of the key, and is written down", async () => {
    const keys: KeySources = { env: { KLARNA_API_KEY: ` Basic ${btoa(`user:${KEY}`)}\n` } };
    const { report, exitCode, dir } = await world.run({ keys });
    expect([report.verdict, exitCode, report.totals.sent]).toEqual(["passed", 0, 2]);

    expect(world.resolved).toEqual(["api-global.test.klarna.com"]);
    expect([...new Set(world.connected)]).toEqual([`${PUBLIC_ADDRESS}:443`]);
    expect(report.guard).toMatchObject({
      origin: "https://api-global.test.klarna.com",
      addresses: [PUBLIC_ADDRESS],
      permit: "team checkout",
    });
    const heads = world.server.requests.map(({ head }) => head);
    expect(heads).toHaveLength(2);
    for (const head of heads) {
      expect(head).toMatch(/^host: api-global\.test\.klarna\.com$/im);
      expect(head).toContain(`authorization: Basic ${btoa(`:${KEY}`)}`);
    }

    const { KLARNA_API_KEY } = keys.env;
    expect(KLARNA_API_KEY).toBeUndefined();
    const [past] = readHistory(world.state);
    expect(past).toMatchObject({
      id: report.run.id,
      key: WHO.key,
      account: WHO.account,
      ended: { verdict: "passed", exitCode: 0, sent: 2 },
    });
    world.withLedger((ledger) => {
      const standing = ledger.standing({ ...WHO, nowMs: Date.now() });
      expect(standing.lastPassedSmokeMs).toBe(past?.ended?.endedMs);
      // What was reserved and not sent has been given back.
      expect(standing.budgetLeft).toBe(20_000 - 2);
      ledger.tryHoldRun()?.release();
    });
    expect(world.audit().map(({ event, code }) => code ?? event)).toEqual([
      "log-began",
      "ALLOWED",
      "run-began",
      "run-ended",
    ]);
    const head = report.guard.audit ?? undefined;
    expect(verifyAudit(world.state, head).check.kind).toBe("intact");
    expect(everything(dir) + everything(world.state)).not.toContain(KEY.slice(16, 30));
    expect(everything(dir)).not.toContain(ACCOUNT);
  });

  it("ends what it has made unless its profile says otherwise, under the same cap", async () => {
    const seen: string[] = [];
    world.answering = (received) => {
      seen.push(received.head.split(" ", 1)[0] ?? "");
      return kindly(received);
    };
    const profile = world.profile(SMOKE.replace("cleanUp: off\n", ""));
    const { report, exitCode } = await world.run({ profile });
    expect([exitCode, seen]).toEqual([0, ["POST", "GET", "DELETE"]]);
    expect(report.cleanUp).toMatchObject({ created: 1, ended: 0, cancelled: 1, left: [] });
    expect(report.plan).toMatchObject({ requests: 2, requestsAtMost: 3 });
    // What was allowed is what the guard judged: the most that the run could come to.
    expect(world.audit().find(({ event }) => event === "decision")).toMatchObject({ requests: 3 });
  });

  it("watches nothing any more once it has failed, whenever that is", async () => {
    const out = join(world.folder, "in-the-way");
    const clock = countingClock();
    const { connect } = world.seams;
    const seams: typeof world.seams = {
      ...world.seams,
      connect: (...to) => {
        mkdirSync(join(out, "record"), { recursive: true });
        return connect(...to);
      },
    };
    expect((await refusal(world.run({ out, clock, seams }))).code).toBe("FAULT_RECORD_UNWRITABLE");
    expect(clock.pending()).toBe(0);
  });

  it("opens the way to a baseline for its account, and nothing else does", async () => {
    const baseline = ["kind=baseline", "limits.rate=2/s"];
    const before = await refusal(world.run({ set: baseline }));
    expect([before.code, world.untouched]).toEqual(["GUARD_SMOKE_FIRST", true]);
    expect((await world.run({})).exitCode).toBe(0);
    const { report } = await world.run({ set: baseline });
    expect([report.run.kind, report.totals.sent]).toEqual(["baseline", 2]);
  });
});

describe("a run is refused before anything is looked up or connected to", () => {
  const keyCases: readonly (readonly [string, KeySources, string])[] = [
    ["no key", { env: {} }, "KEY_MISSING"],
    ["a live key", { env: { KLARNA_API_KEY: KEY.replace("_test_", "_live_") } }, "GUARD_KEY_LIVE"],
    [
      "a client id",
      { env: { KLARNA_API_KEY: "klarna_test_client_QUJDREVG" } },
      "GUARD_KEY_CLIENT_ID",
    ],
    ["two keys", { env: { KLARNA_API_KEY: KEY }, command: "echo" }, "KEY_SEVERAL"],
  ];
  it.each(keyCases)("for %s", async (_, keys, code) => {
    const error = await refusal(world.run({ keys }));
    expect([error.code, world.untouched]).toEqual([code, true]);
    expect(JSON.stringify(error) + error.stack).not.toContain("QUJD");
    const noted = world.audit().filter(({ event }) => event === "decision");
    expect(noted.map(({ code: one }) => one)).toEqual(code.startsWith("GUARD_") ? [code] : []);
  });

  it("while another run is under way, and no longer", async () => {
    const first = await world.clearedRun({});
    const error = await refusal(world.clearedRun({}));
    expect([error.code, world.untouched]).toEqual(["GUARD_RUN_IN_PROGRESS", true]);
    expect((await first.execute()).exitCode).toBe(0);
    expect((await world.run({})).exitCode).toBe(0);
  });

  it("within an hour of a protection rule, for the account with any key", async () => {
    world.answering = () => answerOf(403, "<html>denied</html>", "content-type: text/html\r\n");
    const { report, exitCode } = await world.run({});
    expect([report.verdict, exitCode]).toEqual(["stopped", 6]);
    expect(report.stopReason?.code).toBe("STOP_PROTECTION_RULE");
    expect(world.audit().map(({ event }) => event)).toContain("run-tripped");
    const connects = world.server.accepted;
    const keys = { env: { KLARNA_API_KEY: OTHER_KEY } };
    for (const given of [{}, { keys }]) {
      expect((await refusal(world.run(given))).code).toBe("GUARD_PROTECTION_COOL_DOWN");
    }
    expect(world.server.accepted).toBe(connects);
  });

  it("that makes more requests than are left of the day's", async () => {
    world.withLedger((ledger) => {
      ledger.reserve({ run: "earlier", ...WHO_SPENT, requests: 19_999 });
    });
    const error = await refusal(world.run({}));
    expect([error.code, world.untouched]).toEqual(["GUARD_BUDGET_SPENT", true]);
  });

  it("while the stop file is there", async () => {
    writeFileSync(join(world.state, "STOP"), "");
    const error = await refusal(world.run({}));
    expect([error.code, world.untouched]).toEqual(["GUARD_STOP_FILE", true]);
  });

  it("without a source of keys, which only the command line has", async () => {
    const { prepare } = await import("../src/harness/prepare.ts");
    const { Run } = await import("../src/harness/run.ts");
    const { systemClock } = await import("../src/base/clock.ts");
    const clock = systemClock();
    const env = { KLARNA_PERF_STATE: world.state, KLARNA_API_KEY: KEY };
    const around = { cwd: world.folder, env, execArgv: [], argv: [], nowMs: clock.wallMs() };
    const asked = { profile: "smoke", environment: "klarna-test", permit: world.permit() };
    const prepared = prepare(asked, around);
    const error = await refusal(Run.withClearance(prepared, { command: "" }, around, clock));
    expect([error.code, world.untouched]).toEqual(["USAGE_COMMAND_LINE_ONLY", true]);
  });
});

const WHO_SPENT = { key: WHO.key, account: WHO.account };

describe("a run whose process is killed", () => {
  it("leaves the right to run free at once, what it reserved spent, and its smoke not passed", async () => {
    const child = await startKilledRun(world.state);
    await child.requests(2);
    child.process.kill("SIGKILL");
    await child.ended;
    world.withLedger((ledger) => {
      const hold = ledger.tryHoldRun();
      expect(hold).toBeDefined();
      hold?.release();
      const standing = ledger.standing({ ...WHO, nowMs: Date.now() });
      expect(standing.budgetLeft).toBe(20_000 - 100);
    });
    expect(readHistory(world.state)[0]).toMatchObject({ kind: "smoke", ended: null });
    expect(verifyAudit(world.state).check.kind).toBe("intact");
    // Killed is not passed.
    const error = await refusal(world.run({ set: ["kind=baseline", "limits.rate=2/s"] }));
    expect(error.code).toBe("GUARD_SMOKE_FIRST");
    expect((await world.run({})).exitCode).toBe(0);
  });
});

describe("an account that requires a client certificate", () => {
  it.each(["TLSv1.2", "TLSv1.3"] as const)(
    "is called with the one that was given, and with no other run's: %s",
    async (requiresClientCertificate) => {
      await world.close();
      world = await KlarnaWorld.start({ requiresClientCertificate });
      const files = await world.clientCertificate();
      const { report } = await world.run({ clientCertificate: files });
      expect([report.verdict, report.totals.answered]).toEqual(["passed", 2]);
      const without = await world.run({});
      expect([without.report.stopReason?.code, without.report.totals.answered]).toEqual([
        "STOP_CLIENT_CERTIFICATE",
        0,
      ]);
    },
  );
});

describe("a report tells", () => {
  it.each([
    ["DENIED", "ADDRESS_DENIED", "2 answers say"],
    ["INVALID", "ADDRESS_NOT_CHECKED", "2 answers say"],
  ])("that Klarna's answers call this address %s", async (status, code, said) => {
    const header = `klarna-ip-validation-status: ${status}\r\n`;
    world.answering = (received) => kindly(received).replace("\r\n", `\r\n${header}`);
    const { report, exitCode } = await world.run({});
    expect(exitCode).toBe(0);
    expect(report.warnings).toContainEqual({ code, text: expect.stringContaining(said) });
  });

  it.each([undefined, "ALLOWED", "denied", "DENIED, ALLOWED"])(
    "nothing of this address when they say %s",
    async (status) => {
      const header = status === undefined ? "" : `klarna-ip-validation-status: ${status}\r\n`;
      world.answering = (received) => kindly(received).replace("\r\n", `\r\n${header}`);
      const { report } = await world.run({});
      expect(report.warnings.filter(({ code }) => code.startsWith("ADDRESS_"))).toEqual([]);
    },
  );

  it("where in its exchange a request failed, and how connects did", async () => {
    world.answering = (received) => {
      if (received.head.startsWith("POST")) return kindly(received);
      return kindly(received).replace(/content-length: \d+/i, "content-length: 9999");
    };
    const { report } = await world.run({ set: ["workload.requestTimeout=300ms"] });
    expect(report.errors).toMatchObject([
      { operation: "payment-request.read", what: "timeout", during: "body", count: 1 },
    ]);
    world.port = 1;
    const refused = await world.run({});
    const { connectFailures, connectFailureKinds } = refused.report.guard;
    expect(connectFailureKinds).toEqual({ refused: connectFailures });
  });
});

describe("two runs, one right after the other", () => {
  it("are a second apart: what the first one's cap let through is no part of the second's", async () => {
    const times: number[] = [];
    const { connect } = world.seams;
    const seams = {
      ...world.seams,
      connect: (...to: Parameters<typeof connect>) => {
        times.push(performance.now());
        return connect(...to);
      },
    };
    world.answering = (request) => {
      times.push(performance.now());
      return kindly(request);
    };
    await world.run({ seams });
    const [last = Number.NaN, before] = [times.at(-1), times.length];
    await world.run({ seams });
    expect(times.length).toBeGreaterThan(before);
    // A millisecond for the two clocks.
    expect((times[before] ?? Number.NaN) - last).toBeGreaterThanOrEqual(999);
  });
});

describe("a run ends", () => {
  it.each([
    ["10.0.0.7", "GUARD_ADDRESS_NOT_PUBLIC"],
    ["127.0.0.1", "GUARD_ADDRESS_NOT_PUBLIC"],
    ["2001:db8::1", "GUARD_ADDRESS_NOT_PUBLIC"],
  ])("without a connect when the name resolves to %s", async (answer, code) => {
    world.answers = [answer];
    const error = await refusal(world.run({}));
    expect([error.code, world.connected]).toEqual([code, []]);
  });

  it("without a connect when the answer is not in the permit's list", async () => {
    const error = await refusal(world.run({ permit: world.permit({ addresses: ["198.20.0.2"] }) }));
    expect([error.code, world.connected]).toEqual(["GUARD_ADDRESS_NOT_PERMITTED", []]);
  });

  it("as invalid on the first 429", async () => {
    world.answering = () => answerOf(429, "{}", "content-type: application/json\r\n");
    const { report, exitCode } = await world.run({});
    expect([report.verdict, exitCode]).toEqual(["invalid", 5]);
    expect(report.stopReason?.code).toBe("STOP_THROTTLED");
    expect(world.server.requests).toHaveLength(1);
  });
});

/** Every byte below a folder, one file after the other. */
function everything(dir: string): string {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");
}
