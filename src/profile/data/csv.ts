/** One cell of a table and where it begins, both counted from 1; columns in UTF-16 code units, as editors do. */
export interface Cell {
  readonly text: string;
  readonly quoted: boolean;
  readonly line: number;
  readonly column: number;
}

export type CsvRecord = readonly Cell[];

/** What is wrong with a file as CSV, and where. */
export interface CsvProblem {
  readonly message: string;
  readonly hint: string;
  readonly line: number;
  readonly column: number;
}

export type CsvReading =
  | { readonly records: readonly CsvRecord[] }
  | { readonly problem: CsvProblem };

const QUOTE_HINT =
  'put the whole cell in quotes, and double each quote inside it: "a ""small"" one"';

/**
 * Reads comma-separated values as RFC 4180 has them, strictly: cells that hold a comma, a quote or a line break stand
 * in quotes, a quote inside is doubled, blanks belong to their cell. Lines end in CRLF or LF, the last one too or not.
 * Stops at the first problem: after a stray quote everything else looks wrong.
 *
 * Of our own, since every complaint about a cell has to name its line and column, which libraries do not keep.
 */
export function readCsv(text: string): CsvReading {
  const records: Cell[][] = [];
  let cells: Cell[] = [];
  let at = 0;
  let line = 1;
  let lineStart = 0;
  while (at < text.length) {
    const place = { line, column: at - lineStart + 1 };
    const quoted = text[at] === '"';
    let value: string;
    if (quoted) {
      const end = closingQuote(text, at);
      if (end === undefined) {
        return { problem: { ...place, message: "a quote that nothing closes", hint: QUOTE_HINT } };
      }
      value = text.slice(at + 1, end).replaceAll('""', '"');
      for (let i = text.indexOf("\n", at); i >= 0 && i < end; i = text.indexOf("\n", i + 1)) {
        line++;
        lineStart = i + 1;
      }
      at = end + 1;
    } else {
      const end = endOfPlain(text, at);
      value = text.slice(at, end);
      at = end;
    }
    cells.push({ text: value, quoted, ...place });
    const ending = lineEnding(text, at);
    if (text[at] === ",") {
      at++;
      // A comma at the very end still begins a cell.
      if (at < text.length) continue;
      cells.push({ text: "", quoted: false, line, column: at - lineStart + 1 });
    } else if (ending === undefined) {
      const here = { line, column: at - lineStart + 1 };
      return { problem: { ...here, ...strayCharacter(text[at]), hint: QUOTE_HINT } };
    }
    records.push(cells);
    cells = [];
    at += ending ?? 0;
    line++;
    lineStart = at;
  }
  return { records };
}

/** The offset of the quote that ends a quoted cell. */
function closingQuote(text: string, start: number): number | undefined {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && text[end + 1] === '"') end = text.indexOf('"', end + 2);
  return end < 0 ? undefined : end;
}

const PLAIN_END = /[",\r\n]|$/g;

function endOfPlain(text: string, start: number): number {
  PLAIN_END.lastIndex = start;
  return PLAIN_END.exec(text)?.index ?? text.length;
}

/** How many characters the line's end at `at` takes; `undefined` where the line goes on. */
function lineEnding(text: string, at: number): number | undefined {
  if (at >= text.length) return 0;
  if (text[at] === "\n") return 1;
  return text[at] === "\r" && text[at + 1] === "\n" ? 2 : undefined;
}

function strayCharacter(character: string | undefined): { readonly message: string } {
  if (character === '"') return { message: "a quote within a cell that does not begin with one" };
  if (character === "\r") return { message: "a carriage return that ends no line" };
  return { message: "text after a cell's closing quote" };
}
