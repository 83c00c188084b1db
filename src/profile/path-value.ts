import { type Reference, wholeReference } from "./data/template.ts";

/** What fills a path parameter: a value saved by an earlier step, a cell of the journey's row, or the same text each time. */
export type PathValue =
  | { readonly kind: "saved"; readonly name: string }
  | ({ readonly kind: "row" } & Reference)
  | { readonly kind: "literal"; readonly value: string };

export const PATH_LITERAL_FORM = "1 to 512 letters, digits, or any of : . _ -";
export const PATH_VALUE_FORM = `a saved value such as "{id}", a column such as "{carts.id}", or ${PATH_LITERAL_FORM}`;
export const SAVED_NAME_FORM = "1 to 64 letters, digits or underscores";

const SAVED = /^\{([A-Za-z0-9_]{1,64})\}$/;
const LITERAL = /^[A-Za-z0-9:._-]{1,512}$/;

/** @returns `undefined` unless the text is a whole `{name}` or `{table.column}`, or could stand as one segment of a path */
export function parsePathValue(text: string): PathValue | undefined {
  const name = SAVED.exec(text)?.[1];
  if (name !== undefined) return { kind: "saved", name };
  const cell = wholeReference(text);
  if (cell) return { kind: "row", ...cell };
  return isPathLiteral(text) ? { kind: "literal", value: text } : undefined;
}

/** Whether a text can stand as one segment of a path. A dot segment would climb out of it. */
export function isPathLiteral(text: string): boolean {
  return LITERAL.test(text) && text !== "." && text !== "..";
}

export function isSavedName(text: string): boolean {
  return /^[A-Za-z0-9_]{1,64}$/.test(text);
}
