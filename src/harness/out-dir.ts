import { randomBytes } from "node:crypto";
import { accessSync, constants, readdirSync, rmdirSync } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Fault, UsageError } from "../base/errors.ts";
import { visible } from "../guard/foreign-text.ts";
import { makeFolder } from "./make-folder.ts";

/** A run's id: when it began and a few letters that nobody chose, so that two runs never share one. */
export function newRunId(profile: string, nowMs: number): string {
  const time = new Date(nowMs).toISOString().replace(/[-:]/g, "").replace(/\.\d+/, "");
  return `${profile}-${time}-${randomBytes(3).toString("hex")}`;
}

/** The folder of a run's reports. */
export interface OutDir {
  readonly dir: string;
  /** Takes back what was made for it and holds nothing: a run that never began leaves no trace. */
  removeEmpty(): void;
}

/**
 * Makes the folder of a run's reports, before anything else is opened.
 *
 * @param given `--out`, which must not exist or be empty; `undefined`: `reports/<id>` below `cwd`
 * @throws UsageError `OUT_NOT_EMPTY` or `OUT_UNWRITABLE`
 */
export function makeOutDir(given: string | undefined, id: string, cwd: string): OutDir {
  if (given === "") {
    throw new UsageError("OUT_UNWRITABLE", "--out was given nothing", {
      hint: "give a folder that is empty or does not exist yet, or leave --out out",
    });
  }
  const dir = resolve(cwd, given ?? join("reports", id));
  const shown = visible(given ?? join("reports", id));
  let made: string[] = [];
  try {
    made = makeFolder(dir);
    const empty = readdirSync(dir).length === 0;
    accessSync(dir, constants.W_OK | constants.X_OK);
    if (empty) return { dir, removeEmpty: () => removeEmpty(made) };
  } catch (cause) {
    removeEmpty(made);
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown reason";
    throw new UsageError("OUT_UNWRITABLE", `reports can't be written to \`${shown}\`: ${code}`, {
      hint: "give a folder that can be written to with --out",
      cause,
    });
  }
  throw new UsageError("OUT_NOT_EMPTY", `\`${shown}\` is not empty`, {
    hint: "give a folder that is empty or does not exist yet: a run never writes over another's reports",
  });
}

function removeEmpty(folders: readonly string[]): void {
  for (const folder of folders.toReversed()) {
    try {
      rmdirSync(folder);
    } catch {
      // It holds something by now, or has gone.
    }
  }
}

/**
 * Writes a run's files, each whole and then renamed. A folder that has gone meanwhile is made again.
 *
 * @param recordDir where the record is, for the message
 * @throws Fault `FAULT_REPORT_UNWRITABLE`, naming the file
 */
export async function writeReports(
  dir: string,
  files: Readonly<Record<string, string>>,
  recordDir: string,
): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(dir, name);
    const draft = `${path}.part`;
    try {
      await mkdir(dir, { recursive: true });
      await rm(draft, { force: true });
      const handle = await open(draft, "wx");
      try {
        await handle.writeFile(text);
      } finally {
        await handle.close();
      }
      await rename(draft, path);
    } catch (cause) {
      throw new Fault("FAULT_REPORT_UNWRITABLE", `\`${path}\` can't be written`, {
        hint: `make room or mend the permissions, then \`klarna-perf report ${recordDir}\`: the record there holds everything that was measured`,
        cause,
      });
    }
  }
}
