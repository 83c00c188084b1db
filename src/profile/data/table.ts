import { createHash } from "node:crypto";
import { type Place, UsageError } from "../../base/errors.ts";
import type { RowOrder } from "../../workload/row-order.ts";
import { forbiddenIn } from "../forbidden.ts";
import { type CsvRecord, readCsv } from "./csv.ts";
import {
  controlCharacter,
  eachCell,
  headerProblems,
  personalProblems,
  placeOf,
  rowProblems,
  textColumnProblems,
} from "./table-checks.ts";

/** What a cell is sent as where it is a body's whole value: all of a column are of one type, or text. */
export type ColumnType = "text" | "number" | "boolean";

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** What a profile says of a table. */
export interface DataDeclaration {
  /** Below the profile's folder. */
  readonly file: string;
  readonly order: RowOrder;
  /** Columns that stay text though they hold nothing but numbers. */
  readonly text: readonly string[];
}

/** Rows that a profile's journeys take, as `"{carts.amount}"` names them. */
export interface DataTable {
  readonly name: string;
  /** For people. */
  readonly file: string;
  readonly order: RowOrder;
  /** Of the file's bytes, in hexadecimal. */
  readonly sha256: string;
  readonly columns: readonly Column[];
  /** At least one; each with a cell for every column, as it was written. */
  readonly rows: readonly (readonly string[])[];
}

/** A table, and where each of its cells stands. */
export interface PlacedTable {
  readonly table: DataTable;
  /** @param row from 0, the header not counted */
  placeOf(row: number, column: number): Place;
}

export type TableReading =
  | { readonly placed: PlacedTable }
  | { readonly problems: readonly UsageError[] };

/**
 * A table from a CSV file whose first line names the columns. Every cell is checked as the profile's own text is: it may
 * show no sign of live, no credential and no personal data.
 *
 * @param file as messages shall name it
 */
export function readTable(
  name: string,
  declaration: DataDeclaration,
  file: string,
  { text, bytes }: { readonly text: string; readonly bytes: Uint8Array },
): TableReading {
  const control = controlCharacter(text, file);
  if (control) return { problems: [control] };
  const reading = readCsv(text);
  if ("problem" in reading) {
    const { message, hint, line, column } = reading.problem;
    const place = { file, line, column };
    const problem = new UsageError("PROFILE_DATA_CSV", `not valid CSV: ${message}`, {
      place,
      hint,
    });
    const forbidden = forbiddenIn(text, { file });
    return { problems: forbidden.length > 0 ? forbidden : [problem] };
  }
  const { records } = reading;
  // Alone, and first: other messages might quote what must not be shown.
  const forbidden = eachCell(records, (cell) => forbiddenIn(cell.text, placeOf(file, cell)));
  if (forbidden.length > 0) return { problems: forbidden };
  const [header = [], ...rows] = records;
  const problems = [
    ...headerProblems(header, file),
    ...rowProblems(header, rows, file),
    ...textColumnProblems(declaration.text, header, file),
    ...personalProblems(header, rows, file),
  ];
  if (problems.length > 0) return { problems };
  const table: DataTable = {
    name,
    file,
    order: declaration.order,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    columns: header.map(({ text: column }, i) => ({
      name: column,
      type: declaration.text.includes(column) ? "text" : typeOf(rows, i),
    })),
    rows: rows.map((row) => row.map((cell) => cell.text)),
  };
  return {
    placed: { table, placeOf: (row, column) => placeOf(file, rows[row]?.[column]) },
  };
}

/** As JSON writes a number, so that it is sent as it stands: 007, 1.50, 1e3 and +1 are text. */
const NUMBER = /^-?\d{1,16}(?:\.\d{1,16})?$/;

function typeOf(rows: readonly CsvRecord[], column: number): ColumnType {
  const all = (test: (text: string) => boolean): boolean =>
    rows.every((row) => test(row[column]?.text ?? ""));
  if (all((text) => NUMBER.test(text) && String(Number(text)) === text)) return "number";
  return all((text) => text === "true" || text === "false") ? "boolean" : "text";
}
