import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock } from "../../src/base/clock.ts";
import type { ClientCertificateFiles } from "../../src/guard/client-certificate.ts";
import type { DoorSeams } from "../../src/guard/door.ts";
import { fingerprint } from "../../src/guard/fingerprint.ts";
import type { KeySources } from "../../src/guard/key-source.ts";
import { prepare, type Surroundings } from "../../src/harness/prepare.ts";
import { Run } from "../../src/harness/run.ts";
import type { RunResult } from "../../src/harness/run-options.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import { type Authority, makeAuthority, makeLeaf } from "./certificates.ts";
import { answerOf, type Received, type Scripted, startScripted } from "./https-script.ts";

/**
 * What stands in for Klarna's test environment: an HTTPS server on loopback with a certificate for Klarna's name, and
 * the door's seams that lead there. No name is resolved and nothing but loopback is connected to.
 */

export const KEY = "klarna_test_api_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo";
export const OTHER_KEY = "klarna_test_api_WllYV1ZVVFNSUVBPTk1MS0pJSEdGRURDQkE";
export const ACCOUNT = "krn:partner:global:account:test:ABCDEFGH";
/** A public address, which nothing here ever connects to: the connector goes to loopback. */
export const PUBLIC_ADDRESS = "198.20.0.1";
const DAY_MS = 86_400_000;

let authority: Promise<Authority> | undefined;

/** The one whose certificates a world's runs trust in the bundled roots' place. */
export function klarnaAuthority(): Promise<Authority> {
  authority ??= makeAuthority();
  return authority;
}

export type Answering = (request: Received) => string;

const ID = "krn:payment:eu1:request:0f0c9e0e-0001-7000-8000-000000000001";
const request = JSON.stringify({ payment_request_id: ID, state: "SUBMITTED" });

/** Creates and reads payment requests. */
export const kindly: Answering = ({ head }) =>
  answerOf(head.startsWith("POST") ? 201 : 200, request, "content-type: application/json\r\n");

interface WorldOptions {
  /** A state directory to share; default: one of its own. */
  readonly state?: string;
  /** Up to this version of TLS: with 1.2 it refuses a client within the handshake, with 1.3 in its first answer's place. */
  readonly requiresClientCertificate?: "TLSv1.2" | "TLSv1.3";
}

/** A server in Klarna's place, and what a run needs beside it. */
export class KlarnaWorld {
  readonly folder = mkdtempSync(join(tmpdir(), "klarna-perf-world-"));
  readonly state: string;
  readonly seams: DoorSeams;
  readonly server: Scripted;
  /** Names that were looked up. */
  readonly resolved: string[] = [];
  /** Addresses that were connected to, as the door asked for them. */
  readonly connected: string[] = [];
  answers: readonly string[] = [PUBLIC_ADDRESS];
  /** The loopback port that every connection leads to; default: the server's. */
  port: number;
  answering: Answering = kindly;

  static async start({
    state,
    requiresClientCertificate,
  }: WorldOptions = {}): Promise<KlarnaWorld> {
    const trusted = await klarnaAuthority();
    const leaf = await makeLeaf(trusted, { dns: "api-global.test.klarna.com" });
    let world: KlarnaWorld | undefined;
    const demands = requiresClientCertificate && {
      requestCert: true,
      rejectUnauthorized: true,
      ca: trusted.caPem,
      maxVersion: requiresClientCertificate,
    };
    const server = await startScripted({ ...leaf, ...demands }, (socket, received) => {
      socket.write(world?.answering(received) ?? answerOf(500));
    });
    world = new KlarnaWorld(server, trusted.caPem, state);
    return world;
  }

  private constructor(server: Scripted, caPem: string, state: string | undefined) {
    this.state = state ?? join(this.folder, "state");
    mkdirSync(this.state, { mode: 0o700, recursive: true });
    this.server = server;
    this.port = server.port;
    this.seams = {
      resolve: async (name) => {
        this.resolved.push(name);
        return this.answers;
      },
      connect: (address, port) => {
        this.connected.push(`${address}:${port}`);
        return connect({ host: "127.0.0.1", port: this.port });
      },
      roots: [caPem],
    };
  }

  /** Writes down a smoke run that passed just now, which opens the way to other kinds. */
  pretendSmokePassed(): void {
    const id = "smoke-20260101T000000Z-pretended";
    const who = { key: fingerprint(KEY), account: fingerprint(ACCOUNT) };
    this.withLedger((ledger) => {
      ledger.beginRun({
        id,
        profile: "smoke",
        profileHash: "0".repeat(64),
        kind: "smoke",
        environment: "klarna-test",
        ...who,
        reportDir: this.folder,
      });
      ledger.endRun(id, { verdict: "passed", exitCode: 0, sent: 2, figures: {} });
    });
  }

  /** Whether anything was looked up or connected to. */
  get untouched(): boolean {
    return this.resolved.length + this.connected.length + this.server.accepted === 0;
  }

  permit(changed: Readonly<Record<string, unknown>> = {}): string {
    const day = (days: number): string =>
      new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);
    const file = join(this.folder, "permit.json");
    const permit = {
      permitVersion: 1,
      label: "team checkout",
      who: "Ada Example",
      account: ACCOUNT,
      level: "partner",
      guidelinesReadOn: day(-1),
      klarnaReference: "TICKET-1",
      validFrom: day(-1),
      validUntil: day(30),
    };
    writeFileSync(file, JSON.stringify({ ...permit, ...changed }));
    return file;
  }

  /** Files of a certificate that the server accepts. */
  async clientCertificate(): Promise<ClientCertificateFiles> {
    const leaf = await makeLeaf(await klarnaAuthority(), { usage: "clientAuth" });
    const files = { cert: join(this.folder, "client.pem"), key: join(this.folder, "client.key") };
    writeFileSync(files.cert, leaf.cert);
    writeFileSync(files.key, leaf.key, { mode: 0o600 });
    return files;
  }

  profile(text: string): string {
    const file = join(this.folder, "profile.yaml");
    writeFileSync(file, text);
    return file;
  }

  /** Prepares, clears and executes a run, as the command line does. */
  async run(given: {
    readonly profile?: string;
    readonly permit?: string;
    readonly keys?: KeySources;
    readonly clientCertificate?: ClientCertificateFiles;
    readonly set?: readonly string[];
    readonly out?: string;
    readonly clock?: Clock;
    readonly seams?: DoorSeams;
    /** Whether the profile's own code may run. */
    readonly allowClient?: boolean;
  }): Promise<RunResult> {
    return (await this.clearedRun(given)).execute();
  }

  async clearedRun({
    profile = this.profile(SMOKE),
    permit = this.permit(),
    keys = { env: { KLARNA_API_KEY: KEY } },
    clientCertificate,
    set = [],
    out = join(mkdtempSync(join(this.folder, "out-")), "report"),
    clock = systemClock(),
    seams = this.seams,
    allowClient = false,
  }: Parameters<KlarnaWorld["run"]>[0]): Promise<Run> {
    const around: Surroundings = {
      cwd: this.folder,
      env: { KLARNA_PERF_STATE: this.state },
      execArgv: [],
      argv: [],
      nowMs: clock.wallMs(),
    };
    const asked = { profile, environment: "klarna-test", permit, set, seed: 7 };
    const prepared = prepare(asked, around);
    const options = {
      command: "as before",
      keys,
      out,
      allowClient,
      ...(clientCertificate === undefined ? {} : { clientCertificate }),
    };
    return Run.withClearance(prepared, options, around, clock, seams);
  }

  /** The audit log's lines. */
  audit(): Readonly<Record<string, unknown>>[] {
    const text = readFileSync(join(this.state, "audit.log"), "utf8");
    return text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  }

  withLedger<T>(work: (ledger: ReturnType<typeof openLedger>) => T): T {
    const ledger = openLedger(this.state, systemClock());
    try {
      return work(ledger);
    } finally {
      ledger.close();
    }
  }

  async close(): Promise<void> {
    await this.server.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Two requests, a second apart, and what the first makes is left there. */
export const SMOKE = `name: short-smoke
kind: smoke
workload:
  model: open
  stages:
    - { rate: 1/s, for: 1s }
  maxInFlight: 2
  requestTimeout: 5s
  drainTimeout: 5s
scenarios:
  - name: create-and-read
    steps:
      - operation: payment-request.create
        save: { id: $.payment_request_id }
      - operation: payment-request.read
        with: { payment_request_id: "{id}" }
thresholds:
  - { figure: errors, max: 0 }
limits: { rate: 1/s }
cleanUp: off
`;
