import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Certificate } from "../../src/emulator/certificate.ts";
import type { ServerCertificate } from "./certificates.ts";

const SCRIPT = fileURLToPath(new URL("../../bench/recorder.mjs", import.meta.url));

/** Seconds after the first request; see `bench/recorder.mjs` for what each does. */
export type Insult =
  | {
      readonly kind: "hold" | "refuse" | "shut";
      readonly fromS: number;
      readonly toS: number;
    }
  | { readonly kind: "reset"; readonly fromS: number }
  | {
      readonly kind: "answer";
      readonly fromS: number;
      readonly toS: number;
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** One of Klarna's error objects unless given. */
      readonly body?: string;
      /** Only to so many requests. */
      readonly most?: number;
    }
  | {
      readonly kind: "slow";
      readonly fromS: number;
      readonly toS: number;
      readonly delayMs: number;
    }
  | {
      readonly kind: "mask";
      readonly fromS: number;
      readonly toS: number;
      readonly certificate: ServerCertificate;
    };

/** Microseconds of the machine's monotonic clock: when the recorder saw it, and before which it can't have come. */
export interface Stamp {
  readonly at: number;
  readonly since: number;
}

/** The most in any half-open window: certainly, whenever in their doubt they came; and as the recorder saw them. */
export interface Most {
  readonly windowS: number;
  readonly certain: number;
  readonly stamped: number;
}

/** What an independent server saw. */
export interface Recording {
  readonly firstUs: number | null;
  /** Civil time, in milliseconds since the epoch, less the monotonic clock's. */
  readonly wallOffsetMs: number;
  readonly requests: readonly (Stamp & {
    /** `GET /v2/payment/requests`: its method, and its path as far as the resource. */
    readonly route: string;
    readonly status: number;
    readonly answeredAt: number | null;
  })[];
  /** When each connection was accepted. */
  readonly connections: readonly Stamp[];
  /** TLS handshakes that were finished. */
  readonly handshakes: number;
  /** That came in on all connections, TLS's own among them. */
  readonly bytes: number;
  /** When the last of them came in. */
  readonly lastByte: Stamp | null;
  readonly most: readonly { readonly route: string; readonly windows: readonly Most[] }[];
  readonly mostConnects: readonly Most[];
}

export interface Recorder {
  readonly url: string;
  /** Settles with the first request. */
  readonly first: Promise<void>;
  /** SIGSTOP, SIGCONT and the like. */
  signal(signal: NodeJS.Signals): void;
  /** Ends it in order. */
  end(): Promise<Recording>;
  /** Ends it at once; does nothing once it has ended. */
  kill(): void;
}

export interface RecorderOptions {
  readonly certificate: Certificate | ServerCertificate;
  /** The state directory to be registered in as an emulator; default: nowhere. */
  readonly state?: string;
  readonly latencyMs?: number;
  /** Added to every answer; of a list each answer gets one in turn, and the last is for the rest. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly insults?: readonly Insult[];
}

/** Starts the recorder in a process of its own. */
export async function startRecorder({
  certificate,
  state,
  latencyMs = 5,
  headers = {},
  insults = [],
}: RecorderOptions): Promise<Recorder> {
  const child = spawn(process.execPath, [SCRIPT], { stdio: ["pipe", "pipe", "inherit"] });
  const said: string[] = [];
  const lines = createInterface({ input: child.stdout });
  const line = (): Promise<string> => once(lines, "line").then(([text]) => String(text));
  const url = line();
  lines.on("line", (text) => said.push(text));
  const registryDir = state === undefined ? null : join(state, "emulators");
  const options = { certificate, registryDir, latencyMs, headers, insults };
  child.stdin.write(`${JSON.stringify(options)}\n`);
  const ready = JSON.parse(await url);
  const first = line().then(() => {});
  // A run that sends nothing leaves it unsettled until the recorder ends.
  first.catch(() => {});
  return {
    url: ready.url,
    first,
    signal: (signal) => void child.kill(signal),
    async end() {
      child.kill("SIGCONT");
      child.stdin.end();
      await once(lines, "close");
      return JSON.parse(said.at(-1) ?? "null");
    },
    kill: () => void child.kill("SIGKILL"),
  };
}
