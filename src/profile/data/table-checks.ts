import { type Place, UsageError } from "../../base/errors.ts";
import { nearest } from "../../base/nearest.ts";
import { personalDataIn } from "../../klarna/personal-data.ts";
import { shownText } from "../messages.ts";
import { personalDataProblem } from "../personal.ts";
import type { Cell, CsvRecord } from "./csv.ts";

const COLUMN = /^[A-Za-z0-9_-]{1,64}$/;
const COLUMN_FORM = "1 to 64 letters, digits, underscores or dashes";

/** A file with something wrong in every line says enough with so many. */
const PROBLEMS_MAX = 50;

export function headerProblems(header: CsvRecord, file: string): UsageError[] {
  const seen = new Set<string>();
  return header.slice(0, PROBLEMS_MAX).flatMap((cell) => {
    const place = placeOf(file, cell);
    if (!COLUMN.test(cell.text)) {
      const separated = /[;\t]/.test(cell.text) ? "cells are separated by commas; " : "";
      const hint = `${separated}the first line names the columns, each with ${COLUMN_FORM}`;
      return [column(`\`${shownText(cell.text)}\` can't be a column's name`, place, hint)];
    }
    if (seen.has(cell.text)) {
      const hint = "give each column a name of its own";
      return [column(`two columns are named \`${shownText(cell.text)}\``, place, hint)];
    }
    seen.add(cell.text);
    return [];
  });
}

export function rowProblems(
  header: CsvRecord,
  rows: readonly CsvRecord[],
  file: string,
): UsageError[] {
  if (rows.length === 0) {
    const message = header.length === 0 ? "the file is empty" : "there are no rows below the names";
    const hint = "put the columns' names on the first line, and a row on each line below";
    return [new UsageError("PROFILE_DATA_EMPTY", message, { place: { file }, hint })];
  }
  const uneven = rows.filter((row) => row.length !== header.length || isEmptyLine(row));
  return uneven.slice(0, PROBLEMS_MAX).map((row) => {
    const place = { file, line: row[0]?.line ?? 1 };
    if (isEmptyLine(row)) {
      const hint =
        header.length === 1 ? 'take it out, or write "" for an empty cell' : "take it out";
      return new UsageError("PROFILE_DATA_ROW", "an empty line", { place, hint });
    }
    const message = `${counted(row.length, "cell")} in this row, and the first line names ${counted(header.length, "column")}`;
    const hint = "give every row a cell for each column; one that holds a comma stands in quotes";
    return new UsageError("PROFILE_DATA_ROW", message, { place, hint });
  });
}

function isEmptyLine(row: CsvRecord): boolean {
  return row.length === 1 && row[0]?.text === "" && !row[0].quoted;
}

/** @param text columns that the profile wants to stay text */
export function textColumnProblems(
  text: readonly string[],
  header: CsvRecord,
  file: string,
): UsageError[] {
  const names = header.map((cell) => cell.text);
  return text
    .filter((name) => !names.includes(name))
    .map((name) => noSuchColumn(name, names, { file, line: 1 }));
}

/** @param names the columns that there are */
export function noSuchColumn(name: string, names: readonly string[], place: Place): UsageError {
  const near = nearest(name, names);
  const known = `the columns are ${names.map(shownText).join(", ")}`;
  return new UsageError("PROFILE_DATA_UNKNOWN", `there is no column \`${shownText(name)}\``, {
    place,
    hint: near ? `did you mean \`${near}\`? ${known}` : known,
  });
}

export function personalProblems(
  header: CsvRecord,
  rows: readonly CsvRecord[],
  file: string,
): UsageError[] {
  // Carts and countries come again and again, and each look takes microseconds.
  const harmless = header.map(() => new Set<string>());
  return eachCell(rows, (cell, i) => {
    const name = header[i]?.text ?? "";
    if (harmless[i]?.has(cell.text)) return [];
    const data = personalDataIn(cell.text, name);
    if (data) return [personalDataProblem(data, `\`${shownText(name)}\``, placeOf(file, cell))];
    harmless[i]?.add(cell.text);
    return [];
  });
}

/** What is wrong with the cells, row by row, until there is enough of it. */
export function eachCell(
  rows: readonly CsvRecord[],
  problemsOf: (cell: Cell, column: number) => readonly UsageError[],
): UsageError[] {
  const found: UsageError[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) found.push(...problemsOf(cell, i));
    if (found.length >= PROBLEMS_MAX) break;
  }
  return found;
}

/** The first character that no text has. Tab, line feed and carriage return are those that it may. */
export function controlCharacter(text: string, file: string): UsageError | undefined {
  const offset = text.search(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]/);
  if (offset < 0) return undefined;
  const lines = text.slice(0, offset).split("\n");
  const place = { file, line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
  const message = "a control character: this is not a text file";
  return new UsageError("PROFILE_DATA_NOT_TEXT", message, {
    place,
    hint: "save it as CSV in UTF-8",
  });
}

export function placeOf(file: string, cell: Cell | undefined): Place {
  return cell ? { file, line: cell.line, column: cell.column } : { file };
}

function column(message: string, place: Place, hint: string): UsageError {
  return new UsageError("PROFILE_DATA_COLUMN", message, { place, hint });
}

function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}
