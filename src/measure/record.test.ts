import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AppendFile } from "./append-file.ts";
import { CensoredHistogram } from "./censored.ts";
import { formatLogEntry } from "./interval-log.ts";
import { readRecord } from "./read-record.ts";
import { RecordWriter } from "./record.ts";

let parent: string;
let dir: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "klarna-perf-test-"));
  dir = join(parent, "record");
});
afterEach(() => {
  rmSync(parent, { recursive: true, force: true });
});

const start = { startedWallMs: 1_788_264_000_000, intervalUs: 1_000_000, run: { seed: 7 } };
const gap = { type: "gap", fromUs: 1, toUs: 2 };
const counts = { interval: 3, operations: {}, journeys: {} };
const times = new CensoredHistogram();
times.record(1234);
const entry = {
  tag: "payment-request.create:service",
  startUs: 3_000_000,
  lengthUs: 1_000_000,
  maxUs: 1234,
  histogram: times.encodeKnown(),
};

function writeSome(writer: RecordWriter): void {
  writer.append("intervals", formatLogEntry(entry));
  writer.append("counts", `${JSON.stringify(counts)}\n`);
  writer.append("events", `${JSON.stringify(gap)}\n`);
}

function readAll(from: string) {
  const record = readRecord(from);
  const problems = [...record.problems];
  const intervals = [...record.intervals((text) => problems.push(text))];
  const { manifest, end, events } = record;
  return { run: manifest.run, end, counts: record.counts, events, intervals, problems };
}

const everything = {
  run: { seed: 7 },
  end: { verdict: "passed", recordWarnings: [] },
  counts: [counts],
  events: [gap],
  intervals: [entry],
  problems: [],
};

test("what was written is read back", async () => {
  const writer = await RecordWriter.create(dir, start);
  writeSome(writer);
  expect(await writer.close({ verdict: "passed" })).toEqual({ dir, warnings: [] });
  expect(readAll(dir)).toEqual(everything);
  expect(readdirSync(dir).sort()).toEqual([
    "counts.jsonl",
    "end.json",
    "events.jsonl",
    "intervals.hlog",
    "manifest.json",
  ]);
});

test("lines stay in order, however many writes they take", async () => {
  const writer = await RecordWriter.create(dir, start);
  for (let i = 0; i < 2000; i++) {
    writer.append("events", `${JSON.stringify({ type: "gap", fromUs: i, toUs: i })}\n`);
    if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await writer.close({});
  const from = readRecord(dir).events.map((event) => event.type === "gap" && event.fromUs);
  expect(from).toEqual(Array.from({ length: 2000 }, (_, i) => i));
});

test("a folder that vanishes mid-run takes nothing with it", async () => {
  const writer = await RecordWriter.create(dir, start);
  writer.append("events", `${JSON.stringify(gap)}\n`);
  await new Promise((resolve) => setImmediate(resolve));
  rmSync(parent, { recursive: true });
  writer.append("intervals", formatLogEntry(entry));
  writer.append("counts", `${JSON.stringify(counts)}\n`);
  const closed = await writer.close({ verdict: "passed" });
  expect(closed.dir).toBe(dir);
  expect(closed.warnings.map(({ code }) => code)).toEqual(["FAULT_RECORD_FOLDER_GONE"]);
  const { warnings: recordWarnings } = closed;
  expect(readAll(dir)).toEqual({ ...everything, end: { verdict: "passed", recordWarnings } });
});

test("one file that vanishes is put back beside the others", async () => {
  const writer = await RecordWriter.create(dir, start);
  writeSome(writer);
  rmSync(join(dir, "counts.jsonl"));
  const closed = await writer.close({ verdict: "passed" });
  expect(closed.warnings.map(({ code }) => code)).toEqual(["FAULT_RECORD_FOLDER_GONE"]);
  const { warnings: recordWarnings } = closed;
  expect(readAll(dir)).toEqual({ ...everything, end: { verdict: "passed", recordWarnings } });
});

test("what someone else put in its place is left alone", async () => {
  const writer = await RecordWriter.create(dir, start);
  writeSome(writer);
  rmSync(dir, { recursive: true });
  mkdirSync(dir);
  writeFileSync(join(dir, "manifest.json"), "mine");
  const closed = await writer.close({ verdict: "passed" });
  expect(closed.dir).toBe(`${dir}-restored`);
  expect(readFileSync(join(dir, "manifest.json"), "utf8")).toBe("mine");
  const { warnings: recordWarnings } = closed;
  expect(readAll(closed.dir)).toEqual({
    ...everything,
    end: { verdict: "passed", recordWarnings },
  });
});

test("neither an existing folder nor a link is written to", async () => {
  const elsewhere = join(parent, "elsewhere");
  mkdirSync(elsewhere);
  symlinkSync(elsewhere, dir);
  for (const taken of [elsewhere, dir, join(parent, "no", "parent")]) {
    await expect(RecordWriter.create(taken, start)).rejects.toMatchObject({
      code: "FAULT_RECORD_UNWRITABLE",
    });
  }
  expect(readdirSync(elsewhere)).toEqual([]);
});

type Write = (bytes: Buffer, from: number, length: number, at: number) => Promise<object>;

/** A handle that writes as `write` says. */
async function handleThat(path: string, write: (real: FileHandle) => Write): Promise<FileHandle> {
  const handle = await open(path, "wx+");
  const replaced = write(handle);
  return new Proxy(handle, {
    get(target, name) {
      if (name === "write") return replaced;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Its first writes fail as on a full disk, the first of them halfway. */
function fullDisk(path: string, failures: number): Promise<FileHandle> {
  let left = failures;
  return handleThat(path, (real) => async (bytes, from, length, at) => {
    if (left === 0) return real.write(bytes, from, length, at);
    if (left-- === failures) await real.write(bytes, from, length >> 1, at);
    throw Object.assign(new Error("no space"), { code: "ENOSPC" });
  });
}

test("writes that take only a part are gone on with", async () => {
  const path = join(parent, "file");
  const handle = await handleThat(path, (real) => (bytes, from, length, at) => {
    return real.write(bytes, from, Math.min(3, length), at);
  });
  const file = new AppendFile("file", handle, 1000);
  file.append("the first line\n");
  file.append("the second line\n");
  await file.settle();
  await file.close();
  expect(readFileSync(path, "utf8")).toBe("the first line\nthe second line\n");
});

test("a full disk is waited out: what could not be written is kept and written later", async () => {
  const path = join(parent, "file");
  const file = new AppendFile("file", await fullDisk(path, 2), 1000);
  file.append("first\n");
  await file.settle(); // fails, tries once more, fails again
  file.append("second\n");
  await file.settle();
  expect(file.trouble).toMatchObject({ error: { code: "ENOSPC" }, bytesLost: 0 });
  await file.close();
  expect(readFileSync(path, "utf8")).toBe("first\nsecond\n");
});

test("a disk that stays full loses what goes beyond the buffer, and says how much", async () => {
  const path = join(parent, "file");
  const file = new AppendFile("file", await fullDisk(path, 1_000_000), 12);
  for (let i = 0; i < 4; i++) file.append("12345\n");
  await file.settle();
  expect(file.trouble).toMatchObject({ error: { code: "ENOSPC" }, bytesLost: 24 });
  await file.close();
});

test("a crash leaves a cut line and no end: the rest is read, and both are named", async () => {
  const writer = await RecordWriter.create(dir, start);
  writeSome(writer);
  await writer.close({});
  rmSync(join(dir, "end.json"));
  appendFileSync(join(dir, "counts.jsonl"), '{"interval":4,"oper');
  appendFileSync(join(dir, "events.jsonl"), `nonsense\n${JSON.stringify(gap)}\n`);
  const log = join(dir, "intervals.hlog");
  appendFileSync(log, formatLogEntry(entry));
  truncateSync(log, readFileSync(log).length - 5);
  expect(readAll(dir)).toEqual({
    ...everything,
    end: null,
    events: [gap, gap],
    problems: [
      "counts.jsonl: line 2, the last, is cut short and left out",
      "events.jsonl: line 2 can't be read and is left out",
      "end.json is missing: the run did not end in order",
      "intervals.hlog: line 7, the last, is cut short and left out",
    ],
  });
});

test("a folder without a record, or with one that can't be understood, is a usage error", async () => {
  expect(() => readRecord(parent)).toThrow(expect.objectContaining({ code: "RECORD_NOT_FOUND" }));
  mkdirSync(dir);
  for (const [text, why] of [
    ['{"recordVersion":2}', /: startedWallMs: /],
    ["[]", /: at its top: /],
    ['{"recordVersion":', /: it is not JSON, or not all of it is there$/],
  ] as const) {
    writeFileSync(join(dir, "manifest.json"), text);
    expect(() => readRecord(dir)).toThrow(
      expect.objectContaining({ code: "RECORD_UNREADABLE", message: expect.stringMatching(why) }),
    );
  }
  writeFileSync(join(dir, "manifest.json"), '{"recordVersion":3}');
  expect(() => readRecord(dir)).toThrow(expect.objectContaining({ code: "RECORD_NEWER" }));
});
