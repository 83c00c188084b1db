import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { job, runStep } from "../ci/fake-runner.ts";
import {
  bytesBelow,
  CLIENT_ID,
  expectNoTrace,
  KEY,
  LIVE_KEY,
  leftBehind,
  processFacts,
  SECRET,
  traces,
  WRAPPINGS,
  withDescendants,
} from "../support/canary.ts";
import {
  BIN,
  CAME_TO_ITS_END,
  cli,
  loadProfile,
  ROOT,
  registeredEmulator,
  start,
  until,
  type Workspace,
  workspace,
} from "../support/cli.ts";
import { ask, startGate } from "../support/gate.ts";

const LOAD = loadProfile({ lasts: "1s" });
const CLOSED = LOAD.replace(
  /workload:[\s\S]*?scenarios:/,
  "workload: { model: closed, virtualUsers: 2, thinkTime: 50ms, for: 1s }\nlimits: { rate: 50/s }\nscenarios:",
);
const DAY_MS = 86_400_000;

function day(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);
}

/** Names an address that is nobody's (RFC 5737): a run that began against all expectation would connect to nothing. */
const PERMIT = {
  permitVersion: 1,
  label: "canary",
  who: "Ada Example",
  account: "krn:partner:global:account:test:ABCDEFGH",
  addresses: ["203.0.113.1"],
  level: "partner",
  guidelinesReadOn: day(-1),
  validFrom: day(-1),
  validUntil: day(30),
};

/** A working directory with a profile that loads, one that does not, and a permit. */
function furnished(onTestFinished: (clean: () => void) => void): Workspace {
  const at = workspace();
  onTestFinished(at.remove);
  writeFileSync(at.path("load.yaml"), LOAD);
  writeFileSync(at.path("broken.yaml"), "name: [broken\n");
  writeFileSync(at.path("permit.json"), JSON.stringify(PERMIT));
  return at;
}

describe("the look-out for canaries", () => {
  test.each(Object.entries(WRAPPINGS))("finds a key that is written %s", (_, wrap) => {
    for (const key of [KEY, LIVE_KEY]) {
      for (const text of [wrap(key), wrap(key).toUpperCase(), `x${wrap(key)}x`]) {
        expect(traces(SECRET, new Map([["here", text]]))).not.toEqual([]);
      }
    }
  });

  test.each([
    ["backwards", [...SECRET].reverse().join("")],
    ["in part", SECRET.slice(9, 21)],
    ["in UTF-16", Buffer.from(SECRET, "utf16le")],
    ["in hexadecimal", Buffer.from(SECRET).toString("hex")],
    ["in escapes", [...SECRET].map((c) => `\\u00${c.charCodeAt(0).toString(16)}`).join("")],
    ["between other bytes", Buffer.concat([Buffer.from([0xff, 0x80]), Buffer.from(SECRET)])],
  ])("finds a secret %s", (_, content) => {
    expect(traces(SECRET, new Map([["here", content]]))).not.toEqual([]);
  });

  test("finds a secret in a file's name, and none where there is none", () => {
    expect(traces(SECRET, new Map([[`reports/${SECRET}/x`, ""]]))).not.toEqual([]);
    expect(traces(SECRET, new Map([["bin.js", readFileSync(BIN)]]))).toEqual([]);
  });
});

/** After a run, in its directory: each command, as it succeeds and as it fails. */
const COMMANDS: readonly (readonly string[])[] = [
  [],
  ["--help"],
  ["--version"],
  ["frobnicate"],
  ["run"],
  ["run", "nowhere"],
  ["run", "broken.yaml"],
  ["run", "load.yaml", "--out", "out"],
  ["run", "load.yaml", "--dry-run"],
  ["run", "load.yaml", "--dry-run", "--json"],
  ["run", "smoke", "--env", "klarna-test", "--json"],
  ["run", "smoke", "--env", "production"],
  ["run", "load.yaml", "--emulator-url", "https://127.0.0.1:9"],
  ["plan", "load.yaml"],
  ["plan", "load.yaml", "--json"],
  ["plan", "smoke", "--env", "klarna-test", "--permit", "permit.json"],
  ["plan", "smoke", "--env", "klarna-test", "--permit", "permit.json", "--json"],
  ["list"],
  ["list", "--json"],
  ["validate"],
  ["validate", "load.yaml", "broken.yaml"],
  ["report", "out"],
  ["report", "nowhere"],
  ["history"],
  ["history", "--json"],
  ["history", "--last", "none"],
  ["history", "load"],
  ["compare", "out", "out"],
  ["compare", "last", "out", "--json"],
  ["compare", "nowhere", "out"],
  ["init"],
  ["permit", "permit.json"],
  ["permit", "broken.yaml"],
  ["permit", "nowhere"],
  ["permit", "made.json", "--make", "--label", "x"],
  ["doctor"],
  ["doctor", "--json"],
  ["doctor", "--env", "klarna-test", "--permit", "permit.json"],
  ["audit"],
  ["audit", "--verify"],
  ["audit", "--verify", "--json", "--report", "out/report.json"],
  ["audit", "--verify", "--report", "load.yaml"],
  ["gate", "--port", "none"],
  ["gate", "--env", "klarna-test", "--permit", "nowhere"],
  ["emulator", "--port", "none"],
  ["emulator", "--latency", "none"],
  ["emulator", "--latency-from", "load.yaml"],
  ["emulator", "--fault", "none"],
];

describe("a key in the environment", () => {
  test("shows nowhere in a run on the emulator, nor in the child it starts, nor in any command after it", async ({
    onTestFinished,
  }) => {
    const at = furnished(onTestFinished);
    const env = { KLARNA_API_KEY: KEY };
    const run = start(at, ["run", "load.yaml", "--out", "out", "--json"], { env });
    const { pid } = await registeredEmulator(at);
    const [, ...started] = withDescendants(run.pid);
    const children = started.map((one) => processFacts(one));
    const own = processFacts(run.pid);
    const registered = bytesBelow(at.state);
    const ended = await run.ended;
    expect(CAME_TO_ITS_END).toContain(ended.code);
    for (const child of children) expectNoTrace(SECRET, child, "a process that it started");
    if (process.platform === "linux") {
      expect(started).toContain(pid);
      expect(children.map((child) => child.get("/proc/environ")?.toString())).toEqual([""]);
      // By design readable there by the same user: the one limit of a key given by a variable.
      own.delete("/proc/environ");
      expect(own.get("/proc/cmdline")?.toString()).toContain("load.yaml");
    }
    expectNoTrace(SECRET, own, "the process itself");
    expectNoTrace(SECRET, registered, "the state directory while it runs");
    expectNoTrace(SECRET, leftBehind(at, ended));

    const endings = await inTurns(COMMANDS, (args) => cli(at, args, { env }));
    for (const [i, one] of endings.entries()) {
      expect(one.code, `${COMMANDS[i]?.join(" ")}: ${one.stderr}`).not.toBeNull();
      expectNoTrace(SECRET, leftBehind(at, one), COMMANDS[i]?.join(" "));
    }
  }, 120_000);

  test.skipIf(process.platform !== "linux")(
    "shows nowhere in the process of the virtual users, which has no environment",
    async ({ onTestFinished }) => {
      const at = furnished(onTestFinished);
      writeFileSync(at.path("closed.yaml"), CLOSED);
      const run = start(at, ["run", "closed.yaml", "--out", "out"], {
        env: { KLARNA_API_KEY: KEY },
      });
      const programs = ["emulator-process.js", "users-process.js"];
      const children = await until(() => {
        const facts = withDescendants(run.pid).slice(1).map(processFacts);
        // Until it has loaded its own program, a new process is a copy of the one that starts it.
        const loaded = facts.map((one) => one.get("/proc/cmdline")?.toString() ?? "").join();
        return programs.every((name) => loaded.includes(name)) ? facts : undefined;
      });
      expect(children).toHaveLength(programs.length);
      for (const child of children) {
        expect(child.get("/proc/environ")?.toString()).toBe("");
        expectNoTrace(SECRET, child);
      }
      const ended = await run.ended;
      expect(CAME_TO_ITS_END).toContain(ended.code);
      expectNoTrace(SECRET, leftBehind(at, ended));
    },
  );

  test("shows nowhere in an emulator started by hand, nor does one that a client sends it", async ({
    onTestFinished,
  }) => {
    const at = furnished(onTestFinished);
    const args = ["emulator", "--access-log", "access.jsonl", "--report", "seen"];
    const emulator = start(at, args, {
      env: { KLARNA_API_KEY: KEY },
      nodeFlags: ["--report-on-signal"],
    });
    const { url, caPem, pid } = await registeredEmulator(at);
    await until(() => (emulator.said().includes("Ctrl-C") ? true : undefined));
    for (const [method, path] of [
      ["GET", `/v2/payment/requests/${KEY}`],
      ["POST", "/v2/payment/requests"],
      ["POST", `/${SECRET}`],
    ] as const) {
      await said(url, caPem, method, path);
    }
    for (const one of withDescendants(emulator.pid)) {
      const facts = processFacts(one);
      if (one === emulator.pid) facts.delete("/proc/environ");
      expectNoTrace(SECRET, facts, one === pid ? "the emulator" : "a process");
    }
    if (process.platform !== "win32") {
      // Node's own report of a process: its environment, its arguments, its heap.
      process.kill(emulator.pid, "SIGUSR2");
      await until(() => (emulator.said().includes("Node.js report completed") ? true : undefined));
      expect([...bytesBelow(at.cwd).keys()].join()).toMatch(/report\.\d+/);
    }
    expectNoTrace(SECRET, leftBehind(at));
    emulator.signalGroup("SIGINT");
    const ended = await emulator.ended;
    expect(ended.code).toBe(0);
    const written = leftBehind(at, ended);
    expect(written.get("access.jsonl")?.toString()).toContain("payment-request.create");
    expectNoTrace(SECRET, written);
  });
});

describe("a key that an application sends to the gate", () => {
  test.each([KEY, LIVE_KEY])("shows nowhere, nor does its user's own: %#", async (key) => {
    const at = furnished(onTestFinished);
    const gate = await startGate(at, [], { env: { KLARNA_API_KEY: KEY } });
    const headers = {
      authorization: WRAPPINGS.Basic?.(key) ?? "",
      cookie: SECRET,
      "user-agent": SECRET,
      "x-secret": SECRET,
    };
    for (const [method, path] of [
      ["GET", "v2/payment/requests/a"],
      ["POST", "v2/payment/requests"],
      ["GET", SECRET],
      ["GET", `v2/payment/requests/${SECRET}`],
      ["DELETE", `v2/${SECRET}`],
    ] as const) {
      const body = method === "POST" ? { body: JSON.stringify({ note: SECRET }) } : {};
      const answer = await ask(gate, path, { method, headers, ...body });
      expectNoTrace(SECRET, new Map([["answer", JSON.stringify(answer)]]));
    }
    for (const one of withDescendants(gate.pid)) {
      const facts = processFacts(one);
      if (one === gate.pid) facts.delete("/proc/environ");
      expectNoTrace(SECRET, facts);
    }
    gate.signalGroup("SIGINT");
    const ended = await gate.ended;
    expect(ended.code).not.toBeNull();
    expect(existsSync(at.path("out", "report.json"))).toBe(true);
    expectNoTrace(SECRET, leftBehind(at, ended));
  });
});

/** Sends a request that says the key wherever it can, and waits for the answer. */
async function said(url: string, ca: string, method: string, path: string): Promise<void> {
  const headers = { authorization: WRAPPINGS.Basic?.(KEY), "klarna-note": KEY, "user-agent": KEY };
  const body = method === "POST" ? JSON.stringify({ note: KEY, currency: KEY }) : "";
  await new Promise<void>((resolve, reject) => {
    const sent = request(`${url}${path}`, { ca, method, headers }, (answer) => {
      answer.resume().once("end", resolve);
    });
    sent.once("error", reject).end(body);
  });
}

/** Two at a time: each is a process of its own, and the machine may have no more processors. */
async function inTurns<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const left = [...all.entries()];
  const worker = async (): Promise<void> => {
    for (let next = left.shift(); next; next = left.shift()) {
      results[next[0]] = await work(next[1]);
    }
  };
  await Promise.all([worker(), worker()]);
  return results;
}

/** Credentials that are read and then refused, so that no run begins: each gives away its class and a fingerprint. */
const REFUSED: readonly (readonly [what: string, credential: string, code: string])[] = [
  ["live", LIVE_KEY, "GUARD_KEY_LIVE"],
  ["live, as Basic", WRAPPINGS.Basic?.(LIVE_KEY) ?? "", "GUARD_KEY_LIVE"],
  ["live, in base64", WRAPPINGS.base64?.(LIVE_KEY) ?? "", "GUARD_KEY_LIVE"],
  ["a client id", CLIENT_ID, "GUARD_KEY_CLIENT_ID"],
  ["a test key with a character that no key has", `${KEY}?`, "GUARD_KEY_TRUNCATED"],
  ["a shared secret", SECRET, "GUARD_KEY_UNKNOWN"],
];

interface Source {
  readonly args: (at: Workspace) => readonly string[];
  readonly env: (credential: string) => Readonly<Record<string, string>>;
}

const SOURCES: Readonly<Record<string, Source>> = {
  "the environment": { args: () => [], env: (credential) => ({ KLARNA_API_KEY: credential }) },
  "--api-key-file": { args: () => ["--api-key-file", "secret"], env: () => ({}) },
  "--api-key-command": {
    args: (at) => ["--api-key-command", `cat '${at.path("secret")}'`],
    env: () => ({}),
  },
  "--env-from": { args: () => ["--env-from", "secret.env"], env: () => ({}) },
};

describe("the GitHub action's step with a key", () => {
  test.each(["emulator", "klarna-test"])(
    "on %s: log, outputs, summary and files hold none",
    async (environment) => {
      const at = job();
      onTestFinished(at.remove);
      writeFileSync(join(at.workspace, "load.yaml"), LOAD);
      writeFileSync(join(at.workspace, "permit.json"), JSON.stringify(PERMIT));
      // One that is refused before anything is opened: nobody runs against Klarna here.
      const key = environment === "emulator" ? KEY : `${KEY}?`;
      const profile = environment === "emulator" ? "./load.yaml" : "smoke";
      const permit = environment === "emulator" ? "" : "permit.json";
      const { code, log } = await runStep(at, { profile, environment, permit, "api-key": key });
      expect(environment === "emulator" ? CAME_TO_ITS_END : [4], log).toContain(code);
      expectNoTrace(SECRET, bytesBelow(at.workspace), "files, outputs and summary");
      expectNoTrace(SECRET, new Map([["log", log]]), "the log");
    },
    60_000,
  );
});

describe("a credential that is refused", () => {
  const cases = Object.entries(SOURCES).flatMap(([source, how]) =>
    // They are read by four ways and judged by one.
    REFUSED.filter(([what]) => what === "live" || source === "--api-key-file").map(
      ([what, credential, code]) => ({ source, how, what, credential, code }),
    ),
  );
  test.concurrent.for(cases)(
    "$what, from $source: its class and a fingerprint, and nothing of it",
    async ({ how, credential, code }, { onTestFinished }) => {
      const at = furnished(onTestFinished);
      writeFileSync(at.path("secret"), `${credential}\n`, { mode: 0o600 });
      writeFileSync(at.path("secret.env"), `KLARNA_API_KEY='${credential}'\n`, { mode: 0o600 });
      const ended = await cli(
        at,
        ["run", "smoke", "--env", "klarna-test", "--permit", "permit.json", ...how.args(at)],
        { env: how.env(credential) },
      );
      expect(ended.stderr).toContain(`klarna-perf: ${code}: `);
      expect(ended.stderr).toMatch(/fingerprint [0-9a-f]{12}/);
      expect(ended.code).toBe(4);
      expectNoTrace(SECRET, leftBehind(at, ended, ["secret", "secret.env"]));
    },
  );
});

const CRASHING = join(ROOT, "test", "support", "crashing-bin.mjs");

describe("a crash", () => {
  const crashes = ["thrown", "uncaught", "rejected", "not an error"];
  test.concurrent.for(crashes)(
    "of an error that is %s shows no key, wherever the error carries it",
    async (CRASH, { onTestFinished }) => {
      const at = furnished(onTestFinished);
      const ended = await cli(at, ["run", "load.yaml", "--out", "out"], {
        script: CRASHING,
        // Node's own report of a crash holds the whole environment.
        nodeFlags: ["--report-uncaught-exception", "--report-on-fatalerror"],
        env: {
          CRASH,
          CRASH_TEXT: `the key is ${KEY}, or ${WRAPPINGS.Basic?.(KEY)}`,
          CRASHING_BIN: pathToFileURL(BIN).href,
          KLARNA_API_KEY: KEY,
        },
      });
      expect(ended.code).toBe(1);
      expect(ended.stderr).toContain("klarna-perf: fault FAULT_UNFORESEEN: please report this");
      expect(ended.stderr).toContain("the key is ‹credential›, or Basic ‹credential›");
      expectNoTrace(SECRET, leftBehind(at, ended));
    },
  );
});
