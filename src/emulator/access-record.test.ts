import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Micros, micros, seconds } from "../base/units.ts";
import { VirtualClock } from "../base/virtual-clock.ts";
import { AccessRecord } from "./access-record.ts";
import { openRecordFile, writeSummary } from "./record-files.ts";

const OPERATION = { name: "payment-request.create", category: "payment-transaction-capture" };
let home = "";
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "klarna-perf-access-"));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const lines = (path: string): object[] =>
  readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

/** A record, and a request on it from its arrival to its end. */
function record(path: string, most?: number) {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const made = new AccessRecord(clock, most === undefined ? {} : { linesMost: most });
  clock.freeze(seconds(1));
  made.writeTo(openRecordFile(path));
  const request = (connection: number, status: number | null, us: number): void => {
    const at = made.arrived(OPERATION.category);
    clock.freeze(micros(us));
    made.ended({ at, connection, operation: OPERATION, status });
  };
  return { clock, record: made, request };
}

test("has a line for each connection and request, in microseconds since a civil time", () => {
  const path = join(home, "lines.jsonl");
  const { clock, record: made, request } = record(path);
  const connection = made.connected();
  request(connection, 201, 20_000);
  request(connection, null, 5000);
  made.ended({ at: clock.now(), connection: made.connected(), operation: undefined, status: 404 });
  made.close();
  expect(lines(path)).toEqual([
    { zero: "2026-01-01T00:00:00.000Z", unit: "us" },
    { at: 1_000_000, connection: 1 },
    { at: 1_000_000, connection: 1, operation: OPERATION.name, status: 201, end: 1_020_000 },
    { at: 1_020_000, connection: 1, operation: OPERATION.name, status: null, end: 1_025_000 },
    { at: 1_025_000, connection: 2 },
    { at: 1_025_000, connection: 2, operation: "unknown", status: 404, end: 1_025_000 },
  ]);
});

test("what has come is in the file within a second, without being closed", () => {
  const path = join(home, "flush.jsonl");
  const { clock, request } = record(path);
  request(1, 200, 10);
  clock.step();
  expect(clock.now()).toBeLessThanOrEqual(2_000_000);
  expect(lines(path)).toHaveLength(2);
});

test("adds up what it saw, by operation and status", () => {
  const path = join(home, "summary.jsonl");
  const { record: made, request } = record(path);
  for (const status of [201, 201, 429, null]) request(made.connected(), status, 10);
  expect(made.summary()).toMatchObject({
    connections: 4,
    requests: 4,
    omitted: 0,
    operations: { [OPERATION.name]: { 201: 2, 429: 1, none: 1 } },
  });
  const summary = join(home, "summary.json");
  writeSummary(summary, made.summary());
  expect(JSON.parse(readFileSync(summary, "utf8"))).toEqual(made.summary());
  made.close();
});

test("what has not ended when it is closed is settled then, and nothing twice", () => {
  const path = join(home, "open.jsonl");
  const { clock, record: made } = record(path);
  const at = clock.now();
  const settle = (status: number) => () =>
    made.ended({ at, connection: 1, operation: OPERATION, status });
  made.open(settle(200));
  const ended = made.open(settle(500));
  ended();
  made.close();
  expect(lines(path).slice(1)).toEqual([expect.objectContaining({ status: 200 })]);
});

test("is bounded: what is too much is counted and not written", () => {
  const path = join(home, "bounded.jsonl");
  const { record: made, request } = record(path, 10);
  for (let i = 0; i < 25; i++) request(1, 200, 10);
  made.close();
  expect(lines(path)).toHaveLength(10);
  expect(made.summary()).toMatchObject({ requests: 25, omitted: 16 });
});

test("a disk that refuses does not stop what is recorded", () => {
  const path = join(home, "refused.jsonl");
  writeFileSync(path, "");
  const made = new AccessRecord(new VirtualClock());
  made.writeTo(openSync(path, "r"));
  const at = made.arrived(OPERATION.category);
  made.ended({ at, connection: 1, operation: OPERATION, status: 200 });
  made.close();
  // The zero's line, and the request's.
  expect(made.summary()).toMatchObject({ requests: 1, omitted: 2 });
});

test("the greatest number in any window is that of counting them all", () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 400_000 }), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(gaps, (given) => {
      const clock = new VirtualClock();
      const made = new AccessRecord(clock);
      const times: Micros[] = given.map((gap) => {
        clock.freeze(micros(gap));
        return made.arrived("dispute");
      });
      const most = [100_000, 1_000_000].map((us) =>
        Math.max(...times.map((from) => times.filter((t) => t >= from && t < from + us).length)),
      );
      expect(made.summary().most).toEqual([
        { category: "dispute", windowS: 0.1, requests: most[0] },
        { category: "dispute", windowS: 1, requests: most[1] },
      ]);
    }),
    { numRuns: 50 },
  );
});

test("goes neither over a file nor through a link", () => {
  writeFileSync(join(home, "there"), "mine");
  symlinkSync(join(home, "elsewhere"), join(home, "link"));
  for (const name of ["there", "link", "no/folder"]) {
    expect(() => closeSync(openRecordFile(join(home, name)))).toThrowError(
      expect.objectContaining({ code: "EMULATOR_RECORD", exitCode: 2 }),
    );
  }
  expect(readFileSync(join(home, "there"), "utf8")).toBe("mine");
});
