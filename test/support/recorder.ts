import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Certificate } from "../../src/emulator/certificate.ts";

const SCRIPT = fileURLToPath(new URL("../../bench/recorder.mjs", import.meta.url));

/** Seconds after the first request; see `bench/recorder.mjs` for what each does. */
export type Insult =
  | { readonly kind: "hold" | "refuse"; readonly fromS: number; readonly toS: number }
  | { readonly kind: "reset"; readonly fromS: number }
  | {
      readonly kind: "status";
      readonly fromS: number;
      readonly toS: number;
      readonly status: number;
      /** Only for so many requests. */
      readonly most?: number;
    }
  | {
      readonly kind: "slow";
      readonly fromS: number;
      readonly toS: number;
      readonly delayMs: number;
    };

/** What an independent server saw. Microseconds of the machine's monotonic clock. */
export interface Recording {
  readonly firstUs: number | null;
  /** Civil time, in milliseconds since the epoch, less the monotonic clock's. */
  readonly wallOffsetMs: number;
  readonly requests: readonly {
    /** When the recorder had read the request's head. */
    readonly at: number;
    /** It had not come before this. */
    readonly since: number;
    readonly method: string;
    readonly status: number;
    readonly answeredAt: number | null;
  }[];
  /** When each connection was accepted. */
  readonly connections: readonly number[];
  /** The most requests that certainly fell into one window, whenever in their doubt they came. */
  readonly most: readonly {
    readonly method: string;
    readonly windowS: number;
    readonly requests: number;
  }[];
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
  readonly certificate: Certificate;
  /** The state directory to be registered in as an emulator. */
  readonly state: string;
  readonly latencyMs?: number;
  readonly insults?: readonly Insult[];
}

/** Starts the recorder in a process of its own. */
export async function startRecorder({
  certificate,
  state,
  latencyMs = 5,
  insults = [],
}: RecorderOptions): Promise<Recorder> {
  const child = spawn(process.execPath, [SCRIPT], { stdio: ["pipe", "pipe", "inherit"] });
  const said: string[] = [];
  const lines = createInterface({ input: child.stdout });
  const line = (): Promise<string> => once(lines, "line").then(([text]) => String(text));
  const url = line();
  lines.on("line", (text) => said.push(text));
  const registryDir = join(state, "emulators");
  const { key, cert, caPem } = certificate;
  const options = { certificate: { key, cert, caPem }, registryDir, latencyMs, insults };
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
