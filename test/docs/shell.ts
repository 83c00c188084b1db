import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { until } from "../support/cli.ts";

export interface Ended {
  readonly code: number | null;
  /** Both streams, in the order in which they were written. */
  readonly output: string;
}

/** No page takes longer; what is still at work then is killed. */
const MOST_MS = 300_000;

/** Lines that a shell is at work on, in a process group of its own. */
export class Started {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  readonly #shown: (output: string) => string;
  #said = "";

  /** @param shown what a page shows of what was said */
  constructor(
    text: string,
    { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
    shown: (output: string) => string,
  ) {
    const child = spawn("bash", ["--noprofile", "--norc", "-c", text], {
      cwd,
      env,
      stdio: ["ignore", "pipe", "inherit"],
      detached: true,
    });
    this.#child = child;
    this.#shown = shown;
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#said += text;
    });
    const kill = setTimeout(() => this.#signal("SIGKILL"), MOST_MS);
    this.ended = new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => {
        clearTimeout(kill);
        resolve({ code, output: this.#shown(this.#said) });
      });
    });
  }

  /** Waits until it has said something. */
  until(pattern: RegExp): Promise<string> {
    return until(() => (pattern.test(this.#said) ? this.#said : undefined), 30_000);
  }

  /** As Ctrl-C ends it: a server ends well of that, and what reports, with its verdict. */
  async end(): Promise<void> {
    this.#signal("SIGINT");
    await this.ended;
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    process.kill(-pid, signal);
  }
}

/** A program of these lines. */
export function writeScript(path: string, text: string): void {
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
}

/** A port of loopback that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
    });
  });
}
