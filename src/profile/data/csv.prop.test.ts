import fc from "fast-check";
import { expect, test } from "vitest";
import { readCsv } from "./csv.ts";

/** RFC 4180, section 2, the other way: a record is cells with commas between them, and ends in a line break. */
function written(
  rows: readonly (readonly { readonly text: string; readonly quoted: boolean }[])[],
  lineBreak: string,
  lastBreak: boolean,
): string {
  const lines = rows.map((row) =>
    row
      .map(({ text, quoted }) =>
        quoted || /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text,
      )
      .join(","),
  );
  return lines.join(lineBreak) + (lastBreak && rows.length > 0 ? lineBreak : "");
}

const text = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.stringMatching(/^[a",\r\n ]{0,8}$/),
  fc.string({ maxLength: 4, unit: "grapheme" }),
);
const cell = fc.record({ text, quoted: fc.boolean() });
// A last line of nothing at all is none: it is the line break before it.
const rows = fc
  .array(fc.array(cell, { minLength: 1, maxLength: 5 }), { maxLength: 6 })
  .filter((all) => all.length === 0 || written(all.slice(-1), "", false) !== "");

test("what is written is what is read, each cell at its place", () => {
  fc.assert(
    fc.property(rows, fc.constantFrom("\n", "\r\n"), fc.boolean(), (all, lineBreak, lastBreak) => {
      const file = written(all, lineBreak, lastBreak);
      const reading = readCsv(file);
      if (!("records" in reading)) throw new Error(reading.problem.message);
      expect(reading.records.map((record) => record.map((one) => one.text))).toEqual(
        all.map((row) => row.map((one) => one.text)),
      );
      const lines = file.split("\n");
      for (const { text: value, quoted, line, column } of reading.records.flat()) {
        const from =
          (lines[line - 1] ?? "").slice(column - 1) + ["", ...lines.slice(line)].join("\n");
        expect(from.startsWith(quoted ? `"${value.replace(/"/g, '""')}"` : value)).toBe(true);
      }
    }),
    { numRuns: 2000 },
  );
});

test("any text is read, or refused with a place within it", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a",\r\n]{0,12}$/), (file) => {
      const reading = readCsv(file);
      if ("records" in reading) {
        const cells = reading.records.flat();
        expect(cells.map((one) => one.text).join("").length).toBeLessThanOrEqual(file.length);
        return;
      }
      const { line, column } = reading.problem;
      const lines = file.split("\n");
      expect(line).toBeLessThanOrEqual(lines.length);
      expect(column).toBeLessThanOrEqual((lines[line - 1] ?? "").length);
    }),
    { numRuns: 2000 },
  );
});
