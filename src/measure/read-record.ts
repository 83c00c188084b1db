import { closeSync, constants, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import type * as z from "zod";
import { UsageError } from "../base/errors.ts";
import { type LogEntry, parseLogLine } from "./interval-log.ts";
import {
  type CountsLine,
  countsLineSchema,
  eventSchema,
  type JsonObject,
  manifestSchema,
  RECORD_FILES,
  RECORD_VERSION,
  type RecordEvent,
  type RecordManifest,
} from "./record-format.ts";

/** A record as read. Counts and events are small and held; latencies are read anew at each pass, one line at a time. */
export interface RecordContents {
  readonly manifest: RecordManifest;
  /** Null: the run did not end in order. */
  readonly end: JsonObject | null;
  readonly counts: readonly CountsLine[];
  readonly events: readonly RecordEvent[];
  /** What could not be read, in words, by file and line. */
  readonly problems: readonly string[];
  /** The interval log, in the order of writing. Lines that can't be read are told to `problem` and passed over. */
  intervals(problem: (text: string) => void): Iterable<LogEntry>;
}

/**
 * Reads a record folder. A run that crashed leaves a last line cut short and no `end.json`; both are told in
 * `problems` and the rest is read.
 * @throws UsageError RECORD_NOT_FOUND without a manifest, RECORD_UNREADABLE if it can't be understood
 */
export function readRecord(dir: string): RecordContents {
  const problems: string[] = [];
  const problem = (text: string): void => {
    problems.push(text);
  };
  const manifest = readManifest(dir);
  const counts = [...readJsonLines(dir, RECORD_FILES.counts, countsLineSchema, problem)];
  const events = [...readJsonLines(dir, RECORD_FILES.events, eventSchema, problem)];
  return {
    manifest,
    end: readEnd(dir, problem),
    counts,
    events,
    problems,
    *intervals(report) {
      for (const { line, number, cut } of readLines(join(dir, RECORD_FILES.intervals), report)) {
        const entry = parseLogLine(line);
        // A cut line may still look whole: base64 has no end mark.
        if (entry === undefined || (cut && entry !== null))
          report(broken(RECORD_FILES.intervals, number, cut));
        else if (entry !== null) yield entry;
      }
    },
  };
}

function readManifest(dir: string): RecordManifest {
  const path = join(dir, RECORD_FILES.manifest);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new UsageError("RECORD_NOT_FOUND", `no record in \`${dir}\``, {
      cause,
      hint: "give the `record` folder of a run, or the run's folder to `klarna-perf report`",
    });
  }
  const value = parseJson(text);
  const parsed = manifestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const version = isObject(value) ? value.recordVersion : undefined;
  if (typeof version === "number" && version > RECORD_VERSION) {
    throw new UsageError(
      "RECORD_NEWER",
      `the record is of version ${version}, and this klarna-perf reads versions up to ${RECORD_VERSION}`,
      {
        place: { file: path },
        hint: "use the version of klarna-perf that wrote it, or a later one",
      },
    );
  }
  const [issue] = parsed.error.issues;
  const where = issue?.path.join(".") || "at its top";
  const why =
    value === undefined
      ? "it is not JSON, or not all of it is there"
      : `${where}: ${issue?.message}`;
  throw new UsageError("RECORD_UNREADABLE", `the record's manifest can't be understood: ${why}`, {
    cause: parsed.error,
    place: { file: path },
    hint: "a record is read by the version of klarna-perf that wrote it, or a later one",
  });
}

function readEnd(dir: string, problem: (text: string) => void): JsonObject | null {
  let text: string;
  try {
    text = readFileSync(join(dir, RECORD_FILES.end), "utf8");
  } catch {
    problem(`${RECORD_FILES.end} is missing: the run did not end in order`);
    return null;
  }
  const value = parseJson(text);
  if (isObject(value)) return value;
  problem(`${RECORD_FILES.end} can't be read`);
  return null;
}

function* readJsonLines<T>(
  dir: string,
  file: string,
  schema: z.ZodType<T>,
  problem: (text: string) => void,
): Iterable<T> {
  for (const { line, number, cut } of readLines(join(dir, file), problem)) {
    const parsed = schema.safeParse(parseJson(line));
    if (parsed.success) yield parsed.data;
    else problem(broken(file, number, cut));
  }
}

interface Line {
  readonly line: string;
  /** From 1. */
  readonly number: number;
  /** The file ends without a line break after it. */
  readonly cut: boolean;
}

function* readLines(path: string, problem: (text: string) => void): Iterable<Line> {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  } catch {
    problem(`${path} can't be opened`);
    return;
  }
  try {
    const chunk = Buffer.alloc(65_536);
    const decoder = new StringDecoder("utf8");
    let rest = "";
    let number = 0;
    for (;;) {
      const bytes = readSync(fd, chunk, 0, chunk.length, null);
      if (bytes === 0) break;
      const lines = (rest + decoder.write(chunk.subarray(0, bytes))).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) yield { line, number: ++number, cut: false };
    }
    if (rest !== "") yield { line: rest, number: number + 1, cut: true };
  } finally {
    closeSync(fd);
  }
}

function broken(file: string, line: number, cut: boolean): string {
  return cut
    ? `${file}: line ${line}, the last, is cut short and left out`
    : `${file}: line ${line} can't be read and is left out`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
