import { spawn } from "node:child_process";
import type { Bundled } from "./bundled.ts";

export interface HeldSlotsOptions {
  readonly port: number;
  /** The authority of the server's certificate, which is for one of Klarna's names. */
  readonly caPem: string;
  /** How long the name's resolution takes. */
  readonly resolveMs: number;
  readonly lastsS: number;
  readonly seed: number;
}

export interface HeldSlotsResult {
  readonly sent: number;
  readonly answered: number;
  readonly failed: number;
  readonly unfinished: number;
  readonly opened: number;
  readonly connectFailures: number;
  readonly errors: readonly string[];
}

export interface HeldSlotsRun {
  signal(signal: NodeJS.Signals): void;
  readonly ended: Promise<HeldSlotsResult>;
}

/** Starts `held-slots.main.ts` in a process of its own. */
export function startHeldSlots({ script }: Bundled, options: HeldSlotsOptions): HeldSlotsRun {
  const child = spawn(process.execPath, [script, JSON.stringify(options)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  return {
    signal: (signal) => void child.kill(signal),
    ended: new Promise((resolve, reject) => {
      child.once("close", (code) => {
        if (code === 0) resolve(JSON.parse(text));
        else reject(new Error(`the run ended with ${code}`));
      });
    }),
  };
}
