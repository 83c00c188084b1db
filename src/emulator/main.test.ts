import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { registrationSchema } from "../guard/registration.ts";
import type { emulatorOptionsSchema } from "./options.ts";

/** What has a default may be left out. */
type Given = z.input<typeof emulatorOptionsSchema>;

const readySchema = z.strictObject({
  registration: z.string(),
  control: z.strictObject({ url: z.string(), token: z.string() }),
});

let home = "";
let bundle = "";
const children: ChildProcessWithoutNullStreams[] = [];
/** The process that a killed parent leaves behind if the emulator fails its promise. */
let grandchild: number | undefined;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "klarna-perf-emulator-"));
  bundle = join(home, "emulator-process.mjs");
  await build({
    entryPoints: [new URL("main.ts", import.meta.url).pathname],
    outfile: bundle,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    // Two of the bundled packages are CommonJS and ask for Node's own modules by `require`.
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    logLevel: "silent",
  });
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  if (grandchild !== undefined) process.kill(grandchild, "SIGKILL");
  grandchild = undefined;
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

function options(changes: Partial<Given> = {}): Given {
  return {
    registryDir: join(home, "emulators"),
    port: 0,
    quotas: "test",
    level: "partner",
    latency: { kind: "constant", us: 1000 },
    seed: 1,
    apiKeys: null,
    ...changes,
  };
}

function launch(): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [bundle], { env: {} });
  children.push(child);
  return child;
}

async function firstLine(child: ChildProcessWithoutNullStreams): Promise<unknown> {
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  return JSON.parse(line);
}

async function started(changes: Partial<Given> = {}) {
  const child = launch();
  child.stdin.write(`${JSON.stringify(options(changes))}\n`);
  const said = await firstLine(child);
  expect(said).toEqual({ registration: expect.stringMatching(/\/\d+-\d+\.json$/) });
  const path = join(home, "emulators", readdirSync(join(home, "emulators"))[0] ?? "");
  expect(said).toEqual({ registration: path });
  return {
    child,
    path,
    registration: registrationSchema.parse(JSON.parse(readFileSync(path, "utf8"))),
  };
}

async function exitOf(child: ChildProcessWithoutNullStreams): Promise<unknown[]> {
  return once(child, "exit");
}

function statusAt(url: string, ca: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, { ca, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on("error", reject);
  });
}

test("registers, answers over its own TLS, and ends with its registration when standard input closes", async () => {
  const { child, path, registration } = await started();
  expect(registration.pid).toBe(child.pid);
  expect(path).toMatch(new RegExp(`/${child.pid}-${new URL(registration.url).port}\\.json$`));
  expect(await statusAt(`${registration.url}/v2/payment/requests/x`, registration.caPem)).toBe(401);
  child.stdin.end();
  expect(await exitOf(child)).toEqual([0, null]);
  expect(existsSync(path)).toBe(false);
});

test("SIGINT is the parent's business; SIGTERM ends it in order", async () => {
  const { child, path, registration } = await started();
  child.kill("SIGINT");
  child.kill("SIGHUP");
  expect(await statusAt(`${registration.url}/`, registration.caPem)).toBe(404);
  child.kill("SIGTERM");
  expect(await exitOf(child)).toEqual([0, null]);
  expect(existsSync(path)).toBe(false);
});

test("a parent that is killed takes it along", async () => {
  const script = `
    const child = require("node:child_process").spawn(process.execPath, [process.argv[1]], { stdio: ["pipe", "inherit", "inherit"] });
    child.stdin.write(process.argv[2] + "\\n");
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ["-e", script, bundle, JSON.stringify(options())], {
    env: {},
  });
  children.push(parent);
  await firstLine(parent);
  const [file] = readdirSync(join(home, "emulators"));
  expect(file).toMatch(/^\d+-\d+\.json$/);
  grandchild = Number.parseInt(file ?? "", 10);
  // The grandchild holds the parent's standard output, which therefore closes only when both have ended.
  const closed = once(parent, "close");
  parent.kill("SIGKILL");
  await closed;
  grandchild = undefined;
  expect(readdirSync(join(home, "emulators"))).toEqual([]);
});

test("a parent that ends at once, before it is ready, takes it along too", async () => {
  const child = launch();
  child.stdin.end(`${JSON.stringify(options())}\n`);
  expect(await exitOf(child)).toEqual([0, null]);
  expect(readdirSync(join(home, "emulators"))).toEqual([]);
});

test.each<[string, string | Partial<Given>, string, string]>([
  ["options that are no JSON", "nonsense\n", "EMULATOR_OPTIONS", "not JSON"],
  ["no options", "", "EMULATOR_OPTIONS", "standard input ended before a line"],
  ["a line without end", "x".repeat(5_000_000), "EMULATOR_OPTIONS", "too long"],
  ["an unknown fault", { faults: ["stal"] }, "EMULATOR_FAULT", "unknown fault `stal`"],
  [
    "a fault for an unknown operation",
    { faults: ["stall:operation=payment-request.creat"] },
    "EMULATOR_FAULT",
    "unknown operation",
  ],
  [
    "a record that can't be written",
    { record: { log: "/dev/null/x", summary: null } },
    "EMULATOR_RECORD",
    "/dev/null/x",
  ],
  ["a registry in a file", { registryDir: "/dev/null/x" }, "EMULATOR_REGISTRY", "/dev/null/x"],
])("%s: one line with the error, and exit 2", async (_, given, code, message) => {
  const child = launch();
  if (typeof given === "string") child.stdin.end(given);
  else child.stdin.write(`${JSON.stringify(options(given))}\n`);
  child.stdin.on("error", () => {});
  const [said, exit] = await Promise.all([firstLine(child), exitOf(child)]);
  expect(said).toEqual({
    error: { code, message: expect.stringContaining(message), hint: expect.any(String) },
  });
  expect(exit).toEqual([2, null]);
});

test("asked for, a control endpoint with a token, and a record that is whole when it ends", async () => {
  const child = launch();
  const record = { log: join(home, "access.jsonl"), summary: join(home, "summary.json") };
  const line = options({ control: { port: 0 }, faults: ["redirect"], record });
  child.stdin.write(`${JSON.stringify(line)}\n`);
  const said = readySchema.parse(await firstLine(child));
  const { url, caPem } = registrationSchema.parse(
    JSON.parse(readFileSync(said.registration, "utf8")),
  );
  expect(said.control.token).toMatch(/^[\w-]{32}$/);
  expect(await statusAt(`${said.control.url}/faults`, caPem)).toBe(401);
  expect(await statusAt(`${url}/v2/payment/requests/x`, caPem)).toBe(302);
  child.stdin.end();
  expect(await exitOf(child)).toEqual([0, null]);
  const lines = readFileSync(record.log, "utf8").trimEnd().split("\n");
  expect(lines.map((text) => JSON.parse(text))).toEqual([
    { zero: expect.any(String), unit: "us" },
    { at: expect.any(Number), connection: 1 },
    expect.objectContaining({ connection: 1, operation: "payment-request.read", status: 302 }),
  ]);
  expect(JSON.parse(readFileSync(record.summary, "utf8"))).toMatchObject({
    requests: 1,
    operations: { "payment-request.read": { 302: 1 } },
  });
});

test("a port in use: one line with the error, exit 2, and no registration", async () => {
  const { child, registration } = await started();
  const second = launch();
  const folder = join(home, "second");
  mkdirSync(folder, { mode: 0o700 });
  const port = Number(new URL(registration.url).port);
  second.stdin.write(`${JSON.stringify(options({ port, registryDir: folder }))}\n`);
  const [said, exit] = await Promise.all([firstLine(second), exitOf(second)]);
  expect(said).toMatchObject({ error: { code: "EMULATOR_PORT" } });
  expect(exit).toEqual([2, null]);
  expect(readdirSync(folder)).toEqual([]);
  child.stdin.end();
  await exitOf(child);
});
