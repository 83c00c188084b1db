import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { visible } from "../guard/foreign-text.ts";
import { INDEX_DATA, INDEX_MARK, renderIndex } from "../report/html/index/page.ts";
import { type IndexEntry, indexEntry, indexEntryOf } from "../report/index-entry.ts";

/** The page of all runs in a folder of reports. It is a convenience: nothing that goes wrong with it is a run's trouble. */

const INDEX = "index.html";
/** Runs that the page lists, the newest. */
const RUNS_MOST = 300;
/** Entries of the folder that are looked at. */
const ENTRIES_MOST = 20_000;
const REPORT_BYTES_MOST = 32 * 1024 * 1024;
const INDEX_BYTES_MOST = 4 * 1024 * 1024;
/** Read in one go at most; what is beyond comes with the next runs. */
const READ_BYTES_MOST = 64 * 1024 * 1024;
/** As our own runs' folders are named, and those that people give; a name with anything else is not listed. */
const FOLDER = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Whether a folder holds a page of ours, which is kept current then. */
export function hasIndex(folder: string): boolean {
  try {
    return readIndex(folder) !== undefined;
  } catch {
    return false;
  }
}

/**
 * Writes the page anew, whole and then renamed. Reports that have not changed since are taken from the page that is there.
 *
 * @returns what went wrong, in words; undefined when the page was written
 */
export function rewriteIndex(folder: string): string | undefined {
  const path = join(folder, INDEX);
  try {
    const before = readIndex(folder);
    if (before === undefined && present(path))
      return `\`${visible(path)}\` is not a page of this program's, and was left as it is`;
    const page = renderIndex(...entriesOf(folder, before ?? []));
    const draft = join(folder, `.index-${randomBytes(6).toString("hex")}.part`);
    try {
      writeFileSync(draft, page, { flag: "wx" });
      renameSync(draft, path);
    } finally {
      rmSync(draft, { force: true });
    }
    return undefined;
  } catch (error) {
    return `\`${visible(path)}\` can't be written: ${reasonOf(error)}`;
  }
}

interface Found {
  readonly folder: string;
  readonly changedMs: number;
  readonly bytes: number;
}

function entriesOf(
  folder: string,
  before: readonly IndexEntry[],
): [entries: IndexEntry[], notes: string[]] {
  const known = new Map(before.map((entry) => [entry.folder, entry]));
  const found = reportsIn(folder).sort((a, b) => b.changedMs - a.changedMs);
  const entries: IndexEntry[] = [];
  let unread = 0;
  let left = READ_BYTES_MOST;
  for (const file of found.slice(0, RUNS_MOST)) {
    const old = known.get(file.folder);
    if (old?.changedMs === file.changedMs && old.bytes === file.bytes) {
      entries.push(old);
      continue;
    }
    const entry =
      file.bytes <= Math.min(left, REPORT_BYTES_MOST) ? readEntry(folder, file) : undefined;
    left -= file.bytes;
    if (entry) entries.push(entry);
    else unread += 1;
  }
  const older = found.length - RUNS_MOST;
  return [
    entries,
    [
      ...(older > 0 ? [`${older} older runs are not listed.`] : []),
      ...(unread > 0
        ? [`${unread} report.json could not be read, or held no report of this program's.`]
        : []),
    ],
  ];
}

function reportsIn(folder: string): Found[] {
  const entries = readdirSync(folder, { withFileTypes: true }).slice(0, ENTRIES_MOST);
  return entries.flatMap((entry): Found[] => {
    // Neither links nor names that would have to be explained.
    if (!entry.isDirectory() || !FOLDER.test(entry.name)) return [];
    try {
      const stat = lstatSync(join(folder, entry.name, "report.json"));
      if (!stat.isFile()) return [];
      return [{ folder: entry.name, changedMs: stat.mtimeMs, bytes: stat.size }];
    } catch {
      return [];
    }
  });
}

function readEntry(folder: string, file: Found): IndexEntry | undefined {
  try {
    const text = textOf(join(folder, file.folder, "report.json"), REPORT_BYTES_MOST);
    return indexEntryOf(JSON.parse(text), file);
  } catch {
    return undefined;
  }
}

const kept = z.array(z.unknown()).max(RUNS_MOST);

/** @returns what the page that is there keeps of each run; undefined where there is none of ours */
function readIndex(folder: string): IndexEntry[] | undefined {
  const path = join(folder, INDEX);
  if (!present(path)) return undefined;
  const text = textOf(path, INDEX_BYTES_MOST);
  if (!text.includes(INDEX_MARK)) return undefined;
  const from = text.lastIndexOf(INDEX_DATA.from);
  const to = text.indexOf(INDEX_DATA.to, from);
  if (from < 0 || to < 0) return [];
  const read = kept.safeParse(parsed(text.slice(from + INDEX_DATA.from.length, to)));
  return (read.data ?? []).flatMap((one) => {
    const entry = indexEntry.safeParse(one);
    return entry.success ? [entry.data] : [];
  });
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** A plain file's text, no link followed. @throws what the file system says, or RangeError for another or a larger one */
function textOf(path: string, bytesMost: number): string {
  const file = openSync(
    path,
    constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
  );
  try {
    const stat = fstatSync(file);
    if (!stat.isFile() || stat.size > bytesMost) throw new RangeError("not a file of ours");
    return readFileSync(file, "utf8");
  } finally {
    closeSync(file);
  }
}

/** Anything, a link that leads nowhere too. */
function present(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function reasonOf(error: unknown): string {
  if (error instanceof Error) return "code" in error ? String(error.code) : error.message;
  return "unknown reason";
}
