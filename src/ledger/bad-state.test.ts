import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { verifyAudit } from "./audit-verify.ts";
import { Database } from "./database.ts";
import { ACCOUNT, decision, KEY, runStart } from "./entries.support.ts";
import {
  bundleChild,
  canMount,
  cleanUp,
  newFolder,
  readOnlyView,
  refusedWith,
  START_MS,
  smallDisk,
  startChild,
  testClock,
} from "./ledger.support.ts";
import { openLedger, readHistory } from "./ledger.ts";
import { LEDGER_FILE } from "./schema.ts";

afterEach(cleanUp);

const BLOCK = { run: "run", key: KEY, account: ACCOUNT, requests: 100 };

/** A folder with a ledger that has a past. */
function used(): string {
  const dir = newFolder();
  use(dir);
  return dir;
}

function use(dir: string): void {
  const ledger = openLedger(dir, testClock());
  for (let i = 0; i < 40; i++) ledger.beginRun(runStart({ id: `run-${i}` }));
  ledger.reserve(BLOCK);
  ledger.close();
}

const opening = (dir: string, startMs = START_MS): string =>
  refusedWith(() => openLedger(dir, testClock(startMs)));

describe("a damaged ledger is refused", () => {
  const file = (dir: string): string => join(dir, "ledger.db");
  const overwrite = (dir: string, at: number, text: string): void => {
    const bytes = readFileSync(file(dir));
    bytes.write(text, at, "latin1");
    writeFileSync(file(dir), bytes);
  };
  const sql = (dir: string, text: string): void => {
    const database = new Database(file(dir), "durable");
    database.exec(text);
    database.close();
  };

  it.each<[string, (dir: string) => void]>([
    ["not a database", (dir) => writeFileSync(file(dir), "nothing of the kind\n".repeat(300))],
    ["its header overwritten", (dir) => overwrite(dir, 0, "x".repeat(16))],
    ["a page overwritten", (dir) => overwrite(dir, 4096, "x".repeat(4096))],
    ["the middle of a page overwritten", (dir) => overwrite(dir, 4096 * 3 + 8, "x".repeat(200))],
    ["cut to nothing", (dir) => truncateSync(file(dir), 0)],
    ["cut within the header", (dir) => truncateSync(file(dir), 50)],
    ["cut after a page", (dir) => truncateSync(file(dir), 4096)],
    ["cut by one byte", (dir) => truncateSync(file(dir), statSync(file(dir)).size - 1)],
    ["gone, while the audit log is there", (dir) => rmSync(file(dir))],
    ["its state row taken out", (dir) => sql(dir, "DELETE FROM state")],
    ["a table taken out", (dir) => sql(dir, "DROP TABLE state")],
    [
      "another program's database",
      (dir) => {
        writeFileSync(file(dir), "");
        sql(dir, "CREATE TABLE notes (text TEXT)");
      },
    ],
  ])("%s", (_, damage) => {
    const dir = used();
    damage(dir);
    expect(opening(dir)).toBe("LEDGER_CORRUPT");
    const log = readFileSync(join(dir, "audit.log"));
    expect(opening(dir)).toBe("LEDGER_CORRUPT");
    expect(readFileSync(join(dir, "audit.log"))).toEqual(log);
  });

  it("and the way out works: both files moved aside, a new one begins", () => {
    const dir = used();
    truncateSync(file(dir), 0);
    rmSync(file(dir));
    rmSync(join(dir, "audit.log"));
    const ledger = openLedger(dir, testClock());
    expect(ledger.reserve(BLOCK)).toEqual({ kind: "granted", requests: 100 });
  });

  it("of a later version", () => {
    const dir = used();
    sql(dir, "PRAGMA user_version = 2");
    expect(opening(dir)).toBe("LEDGER_NEWER");
    expect(refusedWith(() => readHistory(dir))).toBe("LEDGER_NEWER");
    expect(verifyAudit(dir)).toMatchObject({
      check: { kind: "intact", against: [] },
      ledgerProblem: { code: "LEDGER_NEWER" },
    });
  });
});

describe("the clock", () => {
  it.each([
    [120_000, "opened"],
    [120_001, "LEDGER_CLOCK_BEHIND"],
  ])("%i ms behind the latest entry: %s", (behindMs, expected) => {
    const dir = used();
    const outcome = opening(dir, START_MS - behindMs);
    expect(outcome.replace(/^not refused:.*/, "opened")).toBe(expected);
  });

  it("is held against the latest entry of any kind, an opening too", () => {
    const dir = used();
    openLedger(dir, testClock(START_MS + 500_000)).close();
    expect(opening(dir, START_MS + 379_999)).toBe("LEDGER_CLOCK_BEHIND");
    expect(opening(dir, START_MS + 380_000)).toMatch(/^not refused/);
  });
});

describe("something in the way", () => {
  it.each<[string, string, (path: string) => void]>([
    ["a folder", "ledger.db", (path) => mkdirSync(path)],
    ["a link to a file", "ledger.db", (path) => symlinkSync("/dev/null", path)],
    ["a link to nothing", "ledger.db", (path) => symlinkSync(`${path}.elsewhere`, path)],
    ["a folder", "audit.log", (path) => mkdirSync(path)],
    ["a link", "audit.log", (path) => symlinkSync("/dev/null", path)],
  ])("%s in place of %s is not followed", (_, name, put) => {
    const dir = newFolder();
    put(join(dir, name));
    expect(opening(dir)).toBe("LEDGER_UNUSABLE");
    expect(existsSync(join(dir, "ledger.db.elsewhere"))).toBe(false);
  });

  it("a link in place of run.lock is not followed", () => {
    const dir = newFolder();
    const ledger = openLedger(dir, testClock());
    symlinkSync(join(dir, "elsewhere"), join(dir, "run.lock"));
    expect(refusedWith(() => ledger.tryHoldRun())).toBe("LEDGER_UNUSABLE");
    expect(existsSync(join(dir, "elsewhere"))).toBe(false);
  });

  it("a folder that is not there", () => {
    expect(opening(join(newFolder(), "missing"))).toBe("LEDGER_UNUSABLE");
  });

  it.each(["ledger.db", "http://127.0.0.1/x", "libsql://a.example", "file:x", ":memory:"])(
    "the library is never handed `%s`",
    (path) => {
      expect(refusedWith(() => new Database(path, "durable"))).toBe("FAULT_LEDGER_PATH");
    },
  );
});

describe("another process", () => {
  it("holds the ledger: refused, and free when it is killed, without a wait", async () => {
    const dir = used();
    const child = startChild(await bundleChild(), "lock", dir);
    expect(await child.next()).toBe("locked");
    expect(opening(dir)).toBe("LEDGER_LOCKED");
    await child.kill();
    // Opened for a lock, it waits for 50 ms and no longer.
    const database = new Database(join(dir, LEDGER_FILE), "lock");
    database.exec("BEGIN EXCLUSIVE; ROLLBACK");
    database.close();
    expect(openLedger(dir, testClock()).history()).toHaveLength(40);
  });
});

const mounts = canMount();
const unless = mounts ? "" : " (skipped: this user can't mount a disk of its own)";

describe.skipIf(!mounts)(`a disk${unless}`, () => {
  it("that is read-only: refused, and still to be read", () => {
    const folder = readOnlyView(used());
    expect(opening(folder)).toBe("LEDGER_READ_ONLY");
    expect(readHistory(folder)).toHaveLength(40);
    expect(verifyAudit(folder)).toMatchObject({
      check: { kind: "intact", lines: 41, against: ["ledger"] },
      ledgerProblem: null,
    });
  });

  it("that is read-only and empty: refused", () => {
    expect(opening(readOnlyView(newFolder()))).toBe("LEDGER_READ_ONLY");
  });

  it("that is full: refused, nothing lost, and right again when there is room", () => {
    const folder = smallDisk();
    use(folder);
    const ledger = openLedger(folder, testClock());
    const head = ledger.appendAudit(decision());
    const filler = join(folder, "filler");
    expect(() => writeFileSync(filler, Buffer.alloc(1_000_000))).toThrow("ENOSPC");
    const outcomes = new Set<string>();
    for (let i = 0; i < 200; i++) {
      outcomes.add(refusedWith(() => ledger.reserve(BLOCK)).replace(/^not refused.*/, "granted"));
      outcomes.add(
        refusedWith(() => ledger.appendAudit(decision())).replace(/^not refused.*/, "appended"),
      );
    }
    expect([...outcomes]).toContain("LEDGER_FULL");
    expect([...outcomes].filter((one) => !/^(?:LEDGER_FULL|granted|appended)$/.test(one))).toEqual(
      [],
    );
    expect(verifyAudit(folder, head).check.kind).toBe("intact");
    rmSync(filler);
    const again = openLedger(folder, testClock());
    again.appendAudit(decision());
    expect(verifyAudit(folder, head).check).toMatchObject({
      kind: "intact",
      against: ["ledger", "report"],
    });
    expect(again.history()).toHaveLength(40);
  });

  it("that was full from the start: refused", () => {
    const folder = smallDisk();
    expect(() => writeFileSync(join(folder, "filler"), Buffer.alloc(1_000_000))).toThrow("ENOSPC");
    expect(opening(folder)).toBe("LEDGER_FULL");
  });
});
