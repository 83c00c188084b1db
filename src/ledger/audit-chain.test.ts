import { describe, expect, it } from "vitest";
import { BEGINNING, checkChain, isTorn, nextLine } from "./audit-chain.ts";
import type { AuditHead } from "./audit-entry.ts";
import { decision } from "./entries.support.ts";

const AT = Date.UTC(2026, 0, 1);

/** A log of so many lines, and the head after each. */
function chain(lines: number, after: AuditHead | null = null) {
  const began = { event: "log-began" as const, chain: "c".repeat(32), after };
  const all = [nextLine(BEGINNING, AT, began)];
  for (let n = 2; n <= lines; n++) {
    const before = all.at(-1)?.head ?? BEGINNING;
    all.push(nextLine(before, AT + n, decision({ requests: n })));
  }
  return { lines: all.map(({ bytes }) => bytes), heads: all.map(({ head }) => head) };
}

describe("a log", () => {
  it("holds in each line the SHA-256 of the line before", () => {
    const { lines } = chain(2);
    // Worked out apart from this program: printf '%s' '<line 1>' | sha256sum
    expect(lines[0]?.toString()).toBe(
      `{"n":1,"prev":"${"0".repeat(64)}","at":"2026-01-01T00:00:00.000Z","event":"log-began","chain":"${"c".repeat(32)}","after":null}\n`,
    );
    expect(lines[1]?.toString()).toMatch(
      /^\{"n":2,"prev":"6b221a7a13ba33aa19bb9f3860754390e695113227bbef68b8f8eb5fda91e981","at":/,
    );
  });

  it("is read alike however its bytes come", () => {
    const { lines, heads } = chain(5);
    const bytes = Buffer.concat(lines);
    const whole = checkChain([bytes], {});
    expect(whole).toEqual({ kind: "intact", lines: 5, head: heads[4], against: [], after: null });
    const single = Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
    expect(checkChain(single, {})).toEqual(whole);
  });

  it("agrees with its ledger and with any report that was written on the way", () => {
    const { lines, heads } = chain(5);
    const known = { ledger: heads[4], report: heads[2] };
    expect(checkChain(lines, known)).toMatchObject({
      kind: "intact",
      against: ["ledger", "report"],
    });
  });

  it("that was begun anew says after what", () => {
    const after = { lines: 7, hash: "e".repeat(64) };
    expect(checkChain(chain(2, after).lines, {})).toMatchObject({ kind: "intact", after });
  });
});

describe("is found", () => {
  const { lines, heads } = chain(6);
  const one = (n: number): Buffer => lines[n - 1] ?? Buffer.alloc(0);
  const check = (given: readonly Buffer[], known: Parameters<typeof checkChain>[1] = {}) =>
    checkChain(given, known);

  it.each<[string, Buffer[], number, RegExp]>([
    ["a line taken out", [one(1), one(2), one(4), one(5), one(6)], 3, /numbered 4/],
    ["the first line taken out", lines.slice(1), 1, /numbered 2/],
    ["two lines swapped", [one(1), one(3), one(2), one(4)], 2, /numbered 3/],
    ["a line twice", [one(1), one(2), one(2), one(3)], 3, /numbered 2/],
    ["a line put in", [one(1), Buffer.from("{}\n"), one(2)], 2, /does not begin/],
    ["an empty line", [one(1), Buffer.from("\n"), one(2)], 2, /does not begin/],
    [
      "a line changed",
      [one(1), Buffer.from(one(2).toString().replace("true", "false")), one(3)],
      3,
      /line 2 was changed, or this one was/,
    ],
    ["a line without end", [one(1), Buffer.alloc(9000, "x")], 2, /does not begin/],
    ["nothing", [], 1, /empty/],
    [
      "a log that begins with something else",
      [nextLine(BEGINNING, AT, decision()).bytes],
      1,
      /not the beginning/,
    ],
  ])("%s", (_, given, line, what) => {
    expect(check(given)).toEqual({ kind: "tampered", line, what: expect.stringMatching(what) });
  });

  it.each<[string, Parameters<typeof checkChain>[1]]>([
    ["the ledger's head", { ledger: heads[5] }],
    ["a later report's head", { report: heads[5] }],
  ])("a cut, by %s", (_, known) => {
    expect(check(lines.slice(0, 4), known)).toEqual({
      kind: "tampered",
      line: 5,
      what: "the log ends after line 4, and 6 were written",
    });
    expect(check(lines.slice(0, 4))).toMatchObject({ kind: "intact", lines: 4 });
  });

  it("a change to the last line, by the ledger's head", () => {
    const changed = Buffer.from(one(6).toString().replace("true", "false"));
    const given = [...lines.slice(0, 5), changed];
    expect(check(given, { ledger: heads[5] })).toMatchObject({ kind: "tampered", line: 6 });
    expect(check(given)).toMatchObject({ kind: "intact" });
  });

  it("another chain altogether, by an earlier report", () => {
    const other = chain(9, { lines: 6, hash: "e".repeat(64) });
    expect(check(other.lines, { ledger: other.heads[8], report: heads[3] })).toEqual({
      kind: "tampered",
      line: 4,
      what: "it is not the line that the report was written after; this log was begun after line 6 of another",
    });
  });

  it("more than one line beyond the ledger's head", () => {
    expect(check(lines, { ledger: heads[4] })).toMatchObject({ kind: "intact", lines: 6 });
    expect(check(lines, { ledger: heads[3] })).toMatchObject({ kind: "tampered", line: 5 });
  });
});

describe("a torn last line", () => {
  const { lines, heads } = chain(4);
  const [head] = heads.slice(2);
  const next = lines[3] ?? Buffer.alloc(0);
  const kind = (tail: Buffer, ledger = head) =>
    checkChain([...lines.slice(0, 3), tail], { ledger }).kind;

  it("is one at every length", () => {
    for (let length = 1; length < next.length - 1; length++) {
      expect(kind(next.subarray(0, length))).toBe("torn-last-line");
    }
  });

  it.each<[string, Buffer]>([
    ["zeros in place of it", Buffer.alloc(300)],
    ["a part of it, then zeros", Buffer.concat([next.subarray(0, 40), Buffer.alloc(200)])],
  ])("is one with %s", (_, tail) => {
    expect(kind(tail)).toBe("torn-last-line");
  });

  it.each<[string, Buffer]>([
    ["other text", Buffer.from("x")],
    ["a part of another line", (lines[2] ?? next).subarray(0, 40)],
    ["zeros, then text", Buffer.concat([Buffer.alloc(10), Buffer.from("x")])],
    ["more than a line is long", Buffer.concat([next.subarray(0, 100), Buffer.alloc(5000, "x")])],
  ])("is not one with %s", (_, tail) => {
    expect(kind(tail)).toBe("tampered");
  });

  it("is not one where the ledger has the whole of it", () => {
    expect(kind(next.subarray(0, 40), heads[3])).toBe("tampered");
    expect(kind(next.subarray(0, -1), heads[3])).toBe("tampered");
  });

  it("has no line feed", () => {
    expect(isTorn(head ?? BEGINNING, next)).toBe(false);
  });
});
