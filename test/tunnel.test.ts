import { mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { type Certificate, makeCertificate } from "../src/emulator/certificate.ts";
import { makeAuthority, makeLeaf } from "./support/certificates.ts";
import {
  CAME_TO_ITS_END,
  cli,
  type Ended,
  loadProfile,
  readReport,
  registeredEmulator,
  start,
  type Workspace,
  workspace,
} from "./support/cli.ts";
import { freePort, type Loopback, startTcp, startTls, startTunnel } from "./support/loopback.ts";
import { startRecorder } from "./support/recorder.ts";

/**
 * A loopback port may lead anywhere: a tunnel, a proxy or a man in the middle stands where the user says that an
 * emulator is. Not one byte of a request may reach what is behind it.
 */

type OnTestFinished = (clean: () => void | Promise<void>) => void;

/** As a live host would answer. */
const ANSWER = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";

let emulators: Certificate;
beforeAll(async () => {
  emulators = await makeCertificate(Date.now());
});

function place(onTestFinished: OnTestFinished): Workspace {
  const at = workspace();
  onTestFinished(at.remove);
  writeFileSync(at.path("load.yaml"), loadProfile({ lasts: "1s" }));
  return at;
}

async function kept(server: Promise<Loopback>, onTestFinished: OnTestFinished): Promise<Loopback> {
  const started = await server;
  onTestFinished(() => started.close());
  return started;
}

/** What an emulator that was killed leaves behind. */
function register({ state }: Workspace, port: number): void {
  const registry = join(state, "emulators");
  mkdirSync(registry, { recursive: true, mode: 0o700 });
  const registration = {
    url: `https://127.0.0.1:${port}`,
    caPem: emulators.caPem,
    pid: 1,
    startedAt: new Date().toISOString(),
  };
  writeFileSync(join(registry, `1-${port}.json`), JSON.stringify(registration), { mode: 0o600 });
}

function run(at: Workspace, url: string): Promise<Ended> {
  return cli(at, ["run", "load.yaml", "--out", "out", "--emulator-url", url]);
}

/** Stopped at the handshake; on the way nothing was seen but a TLS hello. */
function expectShut({ code, stderr }: Ended, at: Workspace, way: Loopback): void {
  expect(stderr).toContain("STOP_CERTIFICATE");
  expect(code).toBe(6);
  expect(readReport(at.path("out"))).toMatchObject({
    verdict: "stopped",
    stopReason: { code: "STOP_CERTIFICATE" },
    totals: { planned: 0, sent: 0 },
  });
  expect(way.accepted).toBe(1);
  // A record of type 22, handshake, whose small letters name `http/1.1`; and at most an alert, 21, after it.
  expect(way.received).toMatch(/^\u0016\u0003[\u0001-\u0003]/);
  expectNoRequest(way);
}

function expectNoRequest({ received }: Loopback): void {
  expect(received).not.toMatch(/HTTP\/|GET \/|POST \/|authorization|klarna/);
}

interface Far {
  readonly what: string;
  readonly start: () => Promise<Loopback>;
}

const BEHIND: readonly Far[] = [
  {
    what: "a server with a certificate for a live host",
    start: async () =>
      startTls({
        ...(await makeLeaf(await makeAuthority(), { dns: "api-global.klarna.com" })),
        onSocket: (socket) => socket.once("data", () => socket.end(ANSWER)),
      }),
  },
  {
    what: "a server with a certificate for 127.0.0.1 of its own",
    start: async () =>
      startTls({
        ...(await makeCertificate(Date.now())),
        onSocket: (socket) => socket.once("data", () => socket.end(ANSWER)),
      }),
  },
  {
    what: "a server that speaks plain HTTP",
    start: () => startTcp((socket) => socket.once("data", () => socket.end(ANSWER))),
  },
];

describe.concurrent("a registered port whose emulator has gone", () => {
  test.for(BEHIND)(
    "and that a tunnel has taken, to $what",
    async ({ start: far }, { onTestFinished }) => {
      const at = place(onTestFinished);
      const behind = await kept(far(), onTestFinished);
      const tunnel = await kept(startTunnel(behind.port), onTestFinished);
      register(at, tunnel.port);
      expectShut(await run(at, `https://127.0.0.1:${tunnel.port}`), at, tunnel);
      expectNoRequest(behind);
    },
  );

  test("by kill -9, and that a tunnel to another emulator has taken", async ({
    onTestFinished,
  }) => {
    const at = place(onTestFinished);
    const dead = start(at, ["emulator"]);
    const { url, pid } = await registeredEmulator(at);
    process.kill(pid, "SIGKILL");
    dead.child.kill("SIGKILL");
    await dead.ended;
    const elsewhere = place(onTestFinished);
    const other = await startRecorder({
      certificate: await makeCertificate(Date.now()),
      state: elsewhere.state,
    });
    onTestFinished(other.kill);
    const tunnel = await kept(
      startTunnel(Number(new URL(other.url).port), Number(new URL(url).port)),
      onTestFinished,
    );
    expectShut(await run(at, url), at, tunnel);
    const { handshakes, requests } = await other.end();
    expect([handshakes, requests]).toEqual([0, []]);
  });

  test("and that a proxy has taken, which answers 200 to whatever it is told", async ({
    onTestFinished,
  }) => {
    const at = place(onTestFinished);
    const proxy = await kept(
      startTcp((socket) => socket.on("data", () => socket.write(ANSWER))),
      onTestFinished,
    );
    register(at, proxy.port);
    expectShut(await run(at, `https://127.0.0.1:${proxy.port}`), at, proxy);
  });

  test("and that a man in the middle has taken, with a certificate of his own", async ({
    onTestFinished,
  }) => {
    const at = place(onTestFinished);
    const behind = await kept(
      startTcp((socket) => socket.once("data", () => socket.end(ANSWER))),
      onTestFinished,
    );
    const middle = await kept(
      startTls({
        ...(await makeCertificate(Date.now())),
        onSocket: (socket) => {
          const upstream = connect({ host: "127.0.0.1", port: behind.port });
          upstream.on("error", () => {});
          socket.pipe(upstream).pipe(socket);
        },
      }),
      onTestFinished,
    );
    register(at, middle.port);
    const ended = await run(at, `https://127.0.0.1:${middle.port}`);
    expect([ended.code, readReport(at.path("out")).stopReason?.code]).toEqual([
      6,
      "STOP_CERTIFICATE",
    ]);
    expect([middle.accepted, middle.received, behind.received]).toEqual([1, "", ""]);
  });

  test("and that a tunnel back to the same emulator has taken: its certificate is the proof, so it may", async ({
    onTestFinished,
  }) => {
    const at = place(onTestFinished);
    const recorder = await startRecorder({ certificate: emulators });
    onTestFinished(recorder.kill);
    const tunnel = await kept(startTunnel(Number(new URL(recorder.url).port)), onTestFinished);
    register(at, tunnel.port);
    const { code } = await run(at, `https://127.0.0.1:${tunnel.port}`);
    expect(CAME_TO_ITS_END).toContain(code);
    expect((await recorder.end()).requests.length).toBe(readReport(at.path("out")).totals.sent);
  });
});

describe.concurrent("a port that no emulator has registered", () => {
  const forms: readonly (readonly [string, (port: number) => string])[] = [
    ["as an emulator's is written", (port) => `https://127.0.0.1:${port}`],
    ["in plain HTTP", (port) => `http://127.0.0.1:${port}`],
    ["by name", (port) => `https://localhost:${port}`],
    ["in IPv6", (port) => `https://[::1]:${port}`],
    ["with a path", (port) => `https://127.0.0.1:${port}/`],
    ["after a user's name", (port) => `https://127.0.0.1:1@127.0.0.1:${port}`],
  ];
  test.for(forms)(
    "is refused before anything connects: %s",
    async ([, form], { onTestFinished }) => {
      const at = place(onTestFinished);
      const behind = await kept(
        startTcp((socket) => socket.end(ANSWER)),
        onTestFinished,
      );
      const tunnel = await kept(startTunnel(behind.port), onTestFinished);
      // One is registered, at another port.
      register(at, await freePort());
      const { code, stderr } = await run(at, form(tunnel.port));
      expect(stderr).toMatch(/^klarna-perf: GUARD_EMULATOR_UNKNOWN: /m);
      expect([code, tunnel.accepted, behind.accepted]).toEqual([4, 0, 0]);
    },
  );
});

test("a proxy that variables name is not asked for anything", async ({ onTestFinished }) => {
  const at = place(onTestFinished);
  const proxy = await kept(
    startTcp((socket) => socket.on("data", () => socket.write(ANSWER))),
    onTestFinished,
  );
  const url = `http://127.0.0.1:${proxy.port}`;
  const names = [
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
  ];
  const env = {
    ...Object.fromEntries(names.map((name) => [name, url])),
    NODE_USE_ENV_PROXY: "1",
    NO_PROXY: "",
  };
  const { code } = await cli(at, ["run", "load.yaml", "--out", "out"], { env });
  expect(CAME_TO_ITS_END).toContain(code);
  expect(readReport(at.path("out")).totals.answered).toBeGreaterThan(0);
  expect(proxy.accepted).toBe(0);
});
