import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { job, runStep } from "../ci/fake-runner.ts";
import { hasBrowser, launchBrowser, openPage, xmlElements } from "../support/browser.ts";
import {
  cli,
  type Ended,
  filesBelow,
  loadProfile,
  readReport,
  type Workspace,
  workspace,
} from "../support/cli.ts";
import {
  ALL,
  expectHarmless,
  expectNothingHidden,
  expectPlainMarkdown,
  FOREIGN,
  MARK,
} from "../support/foreign.ts";
import { hostileServer } from "../support/hostile-server.ts";

/** Foreign text, from wherever it comes, is text: in no file, on no terminal and to no CI system is it more. */

let browser: Browser | undefined;
beforeAll(async () => {
  if (hasBrowser) browser = await launchBrowser();
});
afterAll(async () => browser?.close());

/** What an argument or a variable can hold: everything but NUL, and half pairs, which are no UTF-8. */
const PASSABLE = ALL.replaceAll("\0", "").replace(
  /[\ud800-\udfff]/g,
  (half, at: number, all: string) =>
    /[\ud800-\udbff][\udc00-\udfff]/.test(all.slice(Math.max(0, at - 1), at + 2)) ? half : "",
);
const LONG = `${MARK}${"A".repeat(1_000_000)}`;

/** What a run's folder, its working directory and everything beside them hold, by name. */
function names({ cwd, state }: Workspace): string[] {
  const beside = readdirSync(dirname(cwd)).map((name) => `../${name}`);
  const inside = [cwd, state].flatMap((dir) =>
    readdirSync(dir, { recursive: true, encoding: "utf8" }),
  );
  return [...beside, ...inside].sort();
}

/** Of a run that wrote its reports into `out`, and began with these files. */
function expectNothingElse(at: Workspace, planted: readonly string[], registrations = 0): void {
  const known = new Set([
    "../cwd",
    "../state",
    "audit.log",
    "ledger.db",
    "ledger.db-journal",
    "ledger.db-wal",
    "ledger.db-shm",
    "run.lock",
    "emulators",
    "out",
    "out/record",
    ...["report.json", "report.html", "junit.xml", "summary.md", "openmetrics.txt"].map(
      (name) => `out/${name}`,
    ),
    "index.html",
    ...["manifest.json", "end.json", "counts.jsonl", "events.jsonl", "intervals.hlog"].map(
      (name) => `out/record/${name}`,
    ),
    ...planted,
  ]);
  const others = names(at).filter((name) => !known.has(name));
  expect(others.filter((name) => !/^emulators\/\d+-\d+\.json$/.test(name))).toEqual([]);
  expect(others).toHaveLength(registrations);
  for (const place of ["/", tmpdir(), dirname(dirname(at.cwd))]) {
    expect(readdirSync(place).filter((name) => name.includes(MARK))).toEqual([]);
  }
}

/** The four views of a report, each read by what reads it. */
async function expectPlainViews(dir: string): Promise<void> {
  const view = (name: string): string => readFileSync(join(dir, name), "utf8");
  expectPlainMarkdown(view("summary.md"));
  const xml = view("junit.xml");
  expect(xml).not.toMatch(/\[\[|\]\]>|<!|^[ \t]*::/m);
  for (const name of ["junit.xml", "report.html"]) expectNothingHidden(view(name), name);
  JSON.parse(view("report.json"));
  if (!browser) return;
  const page = await openPage(browser, join(dir, "report.html"));
  expect(page).toMatchObject({ requests: [], dialogs: [], problems: [], strange: [] });
  expect(page.text).toContain("Thresholds");
  const known = ["error", "failure", "properties", "property", "skipped"];
  const elements = await xmlElements(browser, xml);
  expect(elements.filter((name) => !known.includes(name))).toEqual([
    "testcase",
    "testsuite",
    "testsuites",
  ]);
}

const NO_BROWSER = hasBrowser ? "" : " (SKIPPED in part: no Chromium)";

/** Variables that the program looks at, and that a repository's settings or a pull request can set. */
const VARIABLES = {
  GITHUB_ACTIONS: PASSABLE,
  GITHUB_RUN_ID: PASSABLE,
  GITHUB_SHA: PASSABLE,
  GITHUB_REF: PASSABLE,
  GITHUB_REF_NAME: PASSABLE,
  GITLAB_CI: PASSABLE,
  CI_PIPELINE_ID: PASSABLE,
  CI_COMMIT_SHA: PASSABLE,
  CI_COMMIT_REF_NAME: PASSABLE,
  JENKINS_URL: PASSABLE,
  BUILD_NUMBER: PASSABLE,
  GIT_COMMIT: PASSABLE,
  HOSTNAME: PASSABLE,
  USER: PASSABLE,
  TERM: PASSABLE,
  NO_COLOR: PASSABLE,
};

/** Every string that a profile may hold freely, in YAML that reads back to it. */
function hostileProfile(): string {
  const fits = (text: string, most: number): string =>
    JSON.stringify([...text].slice(0, most).join(""));
  const tags = Object.values(FOREIGN)
    .filter((text) => /^.*$/u.test(text) && !/[\ud800-\udfff]/.test(text))
    .slice(0, 20)
    .map((text, i) => `  t${i}: ${fits(text, 200)}\n`);
  return `${loadProfile()}description: ${fits(FOREIGN["a GitHub command"] + PASSABLE, 500)}\ntags:\n${tags.join("")}`;
}

/** An answer in raw bytes; what no HTTP parser lets through is among them. */
function answerOf(index: number): string {
  const texts = Object.values(FOREIGN);
  const text = texts[index % texts.length] ?? "";
  const oneLine = ALL.replace(/[^\x20-\x7e]/g, "");
  const content = JSON.stringify({
    error_id: text,
    error_type: text,
    error_code: index % 5 === 0 ? LONG : text,
    error_message: ALL,
    correlation_id: ALL,
    error_messages: [ALL],
    validation_errors: [{ parameter: text, reason: ALL }],
    payment_request_id: text,
    state: ALL,
    [ALL]: ALL,
  });
  const status = [400, 201, 404, 500][index % 4] ?? 400;
  const named = (value: string): string =>
    [
      "klarna-correlation-id",
      "klarna-ip-validation-status",
      "x-ratelimit-limit",
      "x-ratelimit-remaining",
      "x-ratelimit-reset",
      "retry-after",
      "set-cookie",
      "server",
    ]
      .map((name) => `${name}: ${value}\r\n`)
      .join("");
  const headers = [
    named(oneLine),
    named(`x; name="${oneLine}"`),
    named(text.replace(/[\r\n]/g, "")),
    named(oneLine.repeat(9)),
  ][index % 4];
  return `HTTP/1.1 ${status} ${index % 3 === 0 ? text.replace(/[\r\n]/g, "") : oneLine}\r\n${headers}content-type: text/html; ${oneLine}\r\ncontent-length: ${Buffer.byteLength(content)}\r\n\r\n${content}`;
}

describe(`a run among foreign text${NO_BROWSER}`, () => {
  test("in its profile, its tags, its environment and in all that the server says: the reports are plain", async ({
    onTestFinished,
  }) => {
    const at = workspace();
    let answered = 0;
    const answer = (_: IncomingMessage, response: ServerResponse): void => {
      response.socket?.write(answerOf(answered++));
    };
    const server = await hostileServer(at.state, { answer });
    onTestFinished(() => {
      server.close();
      at.remove();
    });
    writeFileSync(at.path("load.yaml"), hostileProfile());
    const tag = [...PASSABLE]
      .slice(0, 200)
      .join("")
      .replace(/[\r\n\u2028\u2029]/g, "");
    const args = ["run", "load.yaml", "--out", "out", "--emulator-url", server.url, "--json"];
    const ended = await cli(at, [...args, "--tag", `note=${tag}`], { env: VARIABLES });
    expect(ended.code, ended.stderr).toBe(6);
    expect(answered).toBeGreaterThan(8);
    expectHarmless(ended, "run");
    expect(JSON.parse(ended.stdout)).toMatchObject({ verdict: "stopped" });
    expectNothingElse(at, ["load.yaml"], 1);
    await expectPlainViews(at.path("out"));

    const { run, ...rest } = readReport(at.path("out"));
    // What the user and the environment said is there to read; of what the server said there is nothing.
    expect(run.tags.note).toContain(MARK);
    expect(run.ci?.name).toBe("GitHub Actions");
    expect(run.ci?.commit).toContain(MARK);
    expect(JSON.stringify(rest)).not.toContain(MARK);
    const { description: _, tags: __, ci: ___, command: ____, ...facts } = run;
    expect(JSON.stringify(facts)).not.toContain(MARK);
    for (const [name, content] of filesBelow(at.path("out", "record"))) {
      if (name !== "manifest.json") expect(content, name).not.toContain(MARK);
    }

    for (const later of [
      ["history"],
      ["history", "--json"],
      ["report", "out"],
      ["audit", "--verify"],
    ]) {
      const one = await cli(at, later, { env: VARIABLES });
      expect(one.code, one.stderr).toBe(0);
      expectHarmless(one, later.join(" "));
    }
    await expectPlainViews(at.path("out"));
  });

  test("in a record from elsewhere: its reports are plain", async ({ onTestFinished }) => {
    const at = workspace();
    onTestFinished(at.remove);
    writeFileSync(at.path("load.yaml"), loadProfile({ lasts: "1s" }));
    const first = await cli(at, ["run", "load.yaml", "--out", "out"]);
    expect([0, 5]).toContain(first.code);
    // What the record's shape does not hold to a form of its own.
    const formed = new Set([
      "phase",
      "startedAt",
      "endedAt",
      "figure",
      "decision",
      "hash",
      "unit",
      "type",
    ]);
    const spoil = (value: unknown, key = ""): unknown => {
      if (typeof value === "string")
        return formed.has(key) || value === "klarna-perf" ? value : ALL;
      if (Array.isArray(value)) return value.map((one) => spoil(one, key));
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(
        Object.entries(value).map(([name, one]) => [name, spoil(one, name)]),
      );
    };
    const stop = { type: "stop", atUs: 1000, code: ALL, text: ALL, advice: ALL };
    for (const name of ["manifest.json", "end.json"]) {
      const file = at.path("out", "record", name);
      const whole = JSON.parse(readFileSync(file, "utf8"));
      const spoilt = spoil(whole) as { run?: { run?: { tags?: unknown }; warnings?: unknown } };
      if (spoilt.run?.run) spoilt.run.run.tags = { ...FOREIGN, [ALL]: ALL };
      if (spoilt.run) spoilt.run.warnings = [{ code: ALL, text: ALL }];
      writeFileSync(file, JSON.stringify(spoilt));
    }
    const events = at.path("out", "record", "events.jsonl");
    writeFileSync(events, `${readFileSync(events, "utf8")}${JSON.stringify(stop)}\n`);
    const ended = await cli(at, ["report", "out"]);
    expect(ended.code, ended.stderr).toBe(0);
    expectHarmless(ended, "report");
    const report = readReport(at.path("out"));
    expect([report.run.tags[ALL], report.stopReason?.text, report.warnings[0]?.text]).toEqual([
      ALL,
      ALL,
      ALL,
    ]);
    await expectPlainViews(at.path("out"));
    expectNothingElse(at, ["load.yaml"]);
  });
});

describe("the GitHub action's step among foreign text", () => {
  test.each<[string, Readonly<Record<string, string>>]>([
    [
      "in what the run is",
      {
        profile: "./hostile.yaml",
        tags: `note=${[...ALL]
          .filter((c) => /[ -~]/.test(c))
          .slice(0, 190)
          .join("")}`,
      },
    ],
    ["in a profile's name", { profile: PASSABLE }],
    ["in an input", { profile: "smoke", inconclusive: PASSABLE }],
    [
      "in an option's value",
      { profile: "smoke", set: PASSABLE, baseline: PASSABLE, judge: PASSABLE },
    ],
  ])(
    "%s: log, annotations, outputs and summary are text",
    async (_, given) => {
      const at = job();
      onTestFinished(at.remove);
      writeFileSync(join(at.workspace, "hostile.yaml"), hostileProfile());
      const { code, log, outputs, summary } = await runStep(at, given);
      expect(code, log).not.toBe(1);
      // The annotation is the one command in the log, and it is the action's own.
      const commands = log.split("\n").filter((line) => /^[ \t]*::/.test(line));
      expect(commands).toHaveLength(1);
      expect(commands[0]).toMatch(/^::(?:notice|warning|error) title=klarna-perf[^:,]*::/);
      expectHarmless({ stdout: log.replace(commands[0] ?? "", ""), stderr: "" }, "the log");
      expectNothingHidden(commands[0] ?? "", "the annotation");
      const known = ["id", "verdict", "exit-code", "report"];
      expect(Object.keys(outputs).filter((name) => !known.includes(name))).toEqual([]);
      expectNothingHidden(JSON.stringify(outputs), "the outputs");
      // The report's own, where there is one; else what the action says itself quotes nothing.
      if (outputs.report) expectPlainMarkdown(summary);
      else expect(summary).not.toContain(MARK);
    },
    60_000,
  );
});

const DESCRIPTION = `description=${JSON.stringify([...PASSABLE].slice(0, 500).join(""))}`;

/** Refused before a name is looked up: there is no key. */
const ON_KLARNA = ["run", "smoke", "--env", "klarna-test", "--permit", "permit.json"];

/** Where a word of the user's, or of a script's, ends up in a message. */
const COMMANDS: readonly (readonly string[])[] = [
  [PASSABLE],
  ["run", PASSABLE],
  ["run", `${PASSABLE}.yaml`],
  ["run", "load.yaml", "--set", DESCRIPTION, "--dry-run"],
  ["run", "load.yaml", "--set", DESCRIPTION, "--dry-run", "--json"],
  ["run", "load.yaml", "--set", PASSABLE],
  ["run", "load.yaml", "--permit", PASSABLE],
  ["run", "load.yaml", "--account", PASSABLE],
  ["run", "load.yaml", "--env", PASSABLE],
  ["run", "load.yaml", "--seed", PASSABLE],
  ["run", "load.yaml", "--tag", PASSABLE],
  ["run", "load.yaml", "--accept", PASSABLE],
  ["run", "load.yaml", "--emulator-url", PASSABLE],
  [...ON_KLARNA, "--api-key-file", PASSABLE],
  [...ON_KLARNA, "--api-key-command", PASSABLE],
  [...ON_KLARNA, "--env-from", PASSABLE],
  [...ON_KLARNA, "--client-cert", PASSABLE],
  ["run", "load.yaml", `--${PASSABLE}`],
  ["run", "load.yaml", PASSABLE],
  ["run", "load.yaml", "--out", "load.yaml/\n::error::planted \u001b[31m##[error]"],
  ["plan", "hostile.yaml"],
  ["plan", "hostile.yaml", "--json"],
  ["plan", "smoke", "--env", "klarna-test", "--permit", "permit.json"],
  ["plan", "smoke", "--env", "klarna-test", "--permit", "permit.json", "--json"],
  ["validate", PASSABLE],
  ["validate", "::error::x.yaml", "\n##[error]y.yaml", "broken.yaml", "wrong.yaml"],
  ["list"],
  ["list", "--json"],
  ["report", PASSABLE],
  ["report", "record"],
  ["history", PASSABLE],
  ["history", "--last", PASSABLE],
  ["permit", PASSABLE],
  ["permit", "permit.json"],
  ["permit", "wrong.json"],
  ["permit", "\n::error::x\u001b[31m", "--make", "--label", PASSABLE, "--who", PASSABLE],
  ["doctor"],
  ["doctor", "--json"],
  ["doctor", "--permit", PASSABLE],
  ["doctor", "--permit", "permit.json", "--env", "klarna-test"],
  ["doctor", "--env", PASSABLE],
  ["audit", "--verify", "--report", PASSABLE],
  ["audit", "--verify", "--report", "permit.json"],
  ["emulator", "--port", PASSABLE],
  ["emulator", "--latency", PASSABLE],
  ["emulator", "--latency-from", PASSABLE],
  ["emulator", "--latency-from", "permit.json"],
  ["emulator", "--fault", PASSABLE],
  ["emulator", "--quotas", PASSABLE],
];

describe("every command among foreign text", () => {
  let at: Workspace;
  beforeAll(() => {
    at = workspace();
    const day = (days: number): string =>
      new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
    const permit = {
      permitVersion: 1,
      label: "a label",
      who: [...ALL].slice(0, 90).join(""),
      account: "krn:partner:global:account:test:ABCDEFGH",
      level: "partner",
      guidelinesReadOn: day(-1),
      klarnaReference: [...ALL].slice(90, 180).join(""),
      validFrom: day(-1),
      validUntil: day(30),
    };
    const load = loadProfile({ lasts: "1s" });
    const files: Readonly<Record<string, string>> = {
      "load.yaml": load,
      "hostile.yaml": hostileProfile(),
      "profiles/hostile.yaml": hostileProfile(),
      "profiles/broken.yaml": `"${PASSABLE}`,
      "::error::x.yaml": load,
      "\n##[error]y.yaml": load,
      "broken.yaml": `name: [${PASSABLE}\n`,
      "wrong.yaml": `${load}${JSON.stringify(PASSABLE)}: 1\ntags: { ${JSON.stringify(PASSABLE)}: 1 }\n`,
      "permit.json": JSON.stringify(permit),
      "wrong.json": JSON.stringify({ ...permit, level: ALL, [ALL]: 1 }),
      "record/manifest.json": JSON.stringify({ [ALL]: ALL }),
    };
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(at.path(name)), { recursive: true });
      writeFileSync(at.path(name), content);
    }
  });
  afterAll(() => at.remove());

  const CASES = COMMANDS.map((args) => ({
    args,
    what: args.map((arg) => (arg.length > 40 ? "…" : JSON.stringify(arg))).join(" "),
  }));
  test.concurrent.for(CASES)("%$: $what prints text alone", async ({ args, what }) => {
    const before = names(at);
    const ended: Ended = await cli(at, args, {
      env: VARIABLES,
    });
    expect(ended.code, what).not.toBeNull();
    expect(ended.code, `${what}: ${ended.stderr}`).not.toBe(1);
    expectHarmless(ended, what);
    if (args.includes("--json")) JSON.parse(ended.stdout);
    expect(names(at).filter((name) => !before.includes(name) && name.includes(MARK))).toEqual([]);
  });

  test("a state directory with such a name is used or refused, and its name is text", async ({
    onTestFinished,
  }) => {
    const elsewhere = workspace();
    onTestFinished(elsewhere.remove);
    const state = join(dirname(elsewhere.state), "st\n::error::x\u001b[31m##[error]");
    mkdirSync(state, { mode: 0o755 });
    for (const args of [
      ["doctor"],
      ["doctor", "--json"],
      ["doctor", "--permit", PASSABLE],
      ["doctor", "--permit", "permit.json", "--env", "klarna-test"],
      ["doctor", "--env", PASSABLE],
      ["history"],
      ["audit", "--verify"],
      ["emulator"],
    ]) {
      const ended = await cli({ ...elsewhere, state }, args);
      expect(ended.code, ended.stderr).not.toBe(1);
      expectHarmless(ended, args.join(" "));
      if (args[0] !== "emulator") expect(ended.stdout + ended.stderr).toMatch(/‹U\+001B›|\\u001b/);
    }
  });
});
