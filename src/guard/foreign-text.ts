/** Foreign text is text that a server, a profile or the environment chose. */
export const FOREIGN_TEXT_MAX = 200;

/**
 * Foreign text made fit to show: at most 200 characters, and every control, format, bidirectional or lone
 * surrogate character written out as `‹U+202E›`. It is not encoded for any format: each view does that,
 * and none puts it at the start of a line, where CI systems look for commands.
 */
export function visible(text: string): string {
  const characters = [...text];
  const kept = characters.slice(0, FOREIGN_TEXT_MAX);
  const shown = kept.map((character) =>
    HIDDEN.test(character) ? codePoint(character) : character,
  );
  return shown.join("") + (characters.length > kept.length ? "…" : "");
}

const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

function codePoint(character: string): string {
  const value = character.codePointAt(0) ?? 0;
  return `‹U+${value.toString(16).toUpperCase().padStart(4, "0")}›`;
}
