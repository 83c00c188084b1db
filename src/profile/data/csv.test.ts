import { describe, expect, it } from "vitest";
import { readCsv } from "./csv.ts";

function texts(file: string): string[][] {
  const reading = readCsv(file);
  if (!("records" in reading)) throw new Error(reading.problem.message);
  return reading.records.map((record) => record.map(({ text }) => text));
}

describe("RFC 4180, section 2", () => {
  it.each<[string, string, string[][]]>([
    [
      "1. records on lines of their own",
      "aaa,bbb\r\nzzz,yyy\r\n",
      [
        ["aaa", "bbb"],
        ["zzz", "yyy"],
      ],
    ],
    [
      "2. the last line may end without a break",
      "aaa,bbb\r\nzzz,yyy",
      [
        ["aaa", "bbb"],
        ["zzz", "yyy"],
      ],
    ],
    ["4. blanks belong to their cell", " aaa , b b\n", [[" aaa ", " b b"]]],
    ["5. quotes around a cell", '"aaa","bbb",zzz\n', [["aaa", "bbb", "zzz"]]],
    ["6. line breaks and commas in quotes", '"aaa","b\r\nbb","c,c"\n', [["aaa", "b\r\nbb", "c,c"]]],
    ["7. a doubled quote in quotes", '"aaa","b""bb"\n', [["aaa", 'b"bb']]],
    ["empty cells", ',"",\n', [["", "", ""]]],
    ["a comma at the end of the file", "a,", [["a", ""]]],
    ["an empty file", "", []],
    ["an empty line is a record with one empty cell", "a\n\nb\n", [["a"], [""], ["b"]]],
  ])("%s", (_, file, records) => {
    expect(texts(file)).toEqual(records);
  });

  it.each<[string, string, string, number, number]>([
    ["a quote that is never closed", 'a\n"b,c\n', "nothing closes", 2, 1],
    ["a quote in the middle of a cell", 'a,b"c\n', "does not begin with one", 1, 4],
    ["text after the closing quote", 'a\n"b" ,c\n', "closing quote", 2, 4],
    ["a carriage return alone", "a,b\rc,d\n", "ends no line", 1, 4],
    ["after a cell of several lines", '"a\nb\nc"x\n', "closing quote", 3, 3],
  ])("refuses %s", (_, file, message, line, column) => {
    expect(readCsv(file)).toMatchObject({
      problem: { message: expect.stringContaining(message), line, column },
    });
  });
});
