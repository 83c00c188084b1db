import { type ChildProcess, spawn } from "node:child_process";
import { bundled } from "./bundled.ts";

export interface KilledRun {
  readonly process: ChildProcess;
  /** Settles when the run's server has got so many requests. */
  requests(count: number): Promise<void>;
  readonly ended: Promise<void>;
}

/** Starts a run behind the seams in a process of its own, for a test to kill. Ends by itself within half a minute. */
export async function startKilledRun(state: string): Promise<KilledRun> {
  const program = await bundled("klarna-child.main.ts");
  const child = spawn(process.execPath, [program.script, state], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let seen = 0;
  let look = (): void => {};
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    seen += text.split("request\n").length - 1;
    look();
  });
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => {
      program.remove();
      resolve();
    });
  });
  return {
    process: child,
    requests: (count) =>
      new Promise((resolve, reject) => {
        look = () => seen >= count && resolve();
        look();
        ended.then(() => reject(new Error("the run ended before it was killed")));
      }),
    ended,
  };
}
