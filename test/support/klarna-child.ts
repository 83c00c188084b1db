import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { ROOT } from "./cli.ts";

export interface KilledRun {
  readonly process: ChildProcess;
  /** Settles when the run's server has got so many requests. */
  requests(count: number): Promise<void>;
  readonly ended: Promise<void>;
}

/** Starts a run behind the seams in a process of its own, for a test to kill. Ends by itself within half a minute. */
export async function startKilledRun(state: string): Promise<KilledRun> {
  // Within the repository, where the program finds its packages and its own files.
  const cache = join(ROOT, "node_modules", ".cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "klarna-perf-"));
  const outfile = join(folder, "child.mjs");
  await build({
    entryPoints: [fileURLToPath(new URL("klarna-child.main.ts", import.meta.url))],
    outfile,
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    logLevel: "error",
  });
  const child = spawn(process.execPath, [outfile, state], { stdio: ["ignore", "pipe", "inherit"] });
  let seen = 0;
  let look = (): void => {};
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    seen += text.split("request\n").length - 1;
    look();
  });
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => {
      rmSync(folder, { recursive: true, force: true });
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
