/** What fills a path parameter: a value saved by an earlier step, or the same text each time. */
export type PathValue =
  | { readonly kind: "saved"; readonly name: string }
  | { readonly kind: "literal"; readonly value: string };

export const PATH_VALUE_FORM =
  'a saved value such as "{id}", or 1 to 512 letters, digits, or any of : . _ -';
export const SAVED_NAME_FORM = "1 to 64 letters, digits or underscores";

const SAVED = /^\{([A-Za-z0-9_]{1,64})\}$/;
const LITERAL = /^[A-Za-z0-9:._-]{1,512}$/;

/** @returns `undefined` unless the text is a whole `{name}`, or could stand as one segment of a path */
export function parsePathValue(text: string): PathValue | undefined {
  const name = SAVED.exec(text)?.[1];
  if (name !== undefined) return { kind: "saved", name };
  // A dot segment would climb out of the operation's path.
  if (!LITERAL.test(text) || text === "." || text === "..") return undefined;
  return { kind: "literal", value: text };
}

export function isSavedName(text: string): boolean {
  return /^[A-Za-z0-9_]{1,64}$/.test(text);
}
