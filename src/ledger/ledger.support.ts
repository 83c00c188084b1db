import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { KlarnaPerfError } from "../base/errors.ts";
import { VirtualClock } from "../base/virtual-clock.ts";

const folders: string[] = [];
const children: ChildProcessWithoutNullStreams[] = [];
const mounts: string[] = [];

/** A folder of its own, removed by `cleanUp`. */
export function newFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "ledger-")));
  folders.push(folder);
  return folder;
}

/** Ends what was started and removes what was made. */
export function cleanUp(): void {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const mount of mounts.splice(0)) spawnSync("umount", ["-l", mount]);
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** The code with which `work` is refused; what it returned instead, in words, when it was not. */
export function refusedWith(work: () => unknown): string {
  try {
    return `not refused: ${String(work())}`;
  } catch (error) {
    if (!(error instanceof KlarnaPerfError)) throw error;
    return error.code;
  }
}

export const DAY_MS = 24 * 3_600_000;
export const HOUR_MS = 3_600_000;
export const START_MS = Date.UTC(2026, 0, 1);

/** A wall clock that a test sets on and back. */
class TestClock extends VirtualClock {
  #passedMs = 0;

  override wallMs(): number {
    return super.wallMs() + this.#passedMs;
  }
  passMs(ms: number): void {
    this.#passedMs += ms;
  }
}

export function testClock(startMs = START_MS): TestClock {
  return new TestClock(startMs);
}

/** Bundles `child.support.ts`, beside a link to the packages that it needs. @returns the bundle's path */
export async function bundleChild(): Promise<string> {
  const folder = newFolder();
  const source = fileURLToPath(new URL("child.support.ts", import.meta.url));
  const outfile = join(folder, "child.mjs");
  await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "silent",
  });
  const packages = fileURLToPath(new URL("../../node_modules", import.meta.url));
  symlinkSync(packages, join(folder, "node_modules"));
  return outfile;
}

export interface Child {
  readonly process: ChildProcessWithoutNullStreams;
  /** The lines that it has written so far. */
  readonly lines: readonly string[];
  say(line: string): void;
  /** Its next line that nobody has waited for yet. */
  next(): Promise<string>;
  /** Kills it with SIGKILL and waits until all that it had written has been read. */
  kill(): Promise<void>;
}

export function startChild(bundle: string, ...args: string[]): Child {
  const child = spawn(process.execPath, [bundle, ...args], { env: {} });
  children.push(child);
  const lines: string[] = [];
  const waiting: ((line: string) => void)[] = [];
  let read = 0;
  const deliver = (): void => {
    while (waiting.length > 0 && read < lines.length) waiting.shift()?.(lines[read++] ?? "");
  };
  const reader = createInterface({ input: child.stdout });
  const done = Promise.all([once(reader, "close"), once(child, "close")]);
  reader.on("line", (line) => {
    lines.push(line);
    deliver();
  });
  let complaint = "";
  child.stderr.on("data", (chunk) => {
    complaint += chunk;
  });
  child.stdin.on("error", () => {});
  reader.once("close", () => {
    for (const one of waiting.splice(0)) one(`the child ended: ${complaint}`);
  });
  return {
    process: child,
    lines,
    say: (line) => {
      child.stdin.write(`${line}\n`);
    },
    next: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        deliver();
      }),
    kill: async () => {
      child.kill("SIGKILL");
      await done;
    },
  };
}

/** Whether this user can mount a small disk: what a full or read-only one needs, since root ignores permissions. */
export function canMount(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  const folder = mkdtempSync(join(tmpdir(), "ledger-mount-"));
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]).status;
  if (mounted === 0) spawnSync("umount", [folder]);
  rmSync(folder, { recursive: true });
  return mounted === 0;
}

/** A disk of its own, 512 KB large. */
export function smallDisk(): string {
  const folder = newFolder();
  spawnSync("mount", ["-t", "tmpfs", "-o", "size=512k,mode=0700", "tmpfs", folder]);
  mounts.push(folder);
  return folder;
}

/** The same folder, seen through a mount that is read-only. */
export function readOnlyView(folder: string): string {
  const view = newFolder();
  spawnSync("mount", ["--bind", folder, view]);
  spawnSync("mount", ["-o", "remount,bind,ro", view]);
  mounts.push(view);
  return view;
}
