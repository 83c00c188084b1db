import { plainForms } from "./live-markers.ts";

/** After the prefix: twelve characters give enough of a secret away, and names of files are rarely so long. */
const CREDENTIAL = /klarna_(?:test|live)_(?:api|client)_\S{12,}/i;

/** What a credential can stand in: it never reaches past one of these. An equals sign may end base64, but hides nothing. */
const WORD = /[^ "'`<>()[\]{},;=|&?]{24,}/g;
const BASE64 = /[A-Za-z0-9+/_-]{24,}/g;
const PRINTABLE = /[!-~]{16,}/g;
/** Base64 in base64, and so on: as many layers as the reading of keys undoes. */
const LAYERS_MAX = 4;
/** Longer words are looked through in stretches of twice this, each half over the last: no credential is longer than the half. */
const STEP = 8192;

const NOT_SHOWN = "‹credential›";

/**
 * Whether a text holds what looks like a credential of Klarna's, test or live, key or client identifier: as it stands,
 * percent-encoded, split by invisible characters, or in base64 with anything before it.
 */
export function holdsCredential(text: string): boolean {
  return (text.match(WORD) ?? []).some(isCredential);
}

/** The text with `‹credential›` for every word that holds one. */
export function withoutCredentials(text: string): string {
  return text.replace(WORD, (word) => (isCredential(word) ? NOT_SHOWN : word));
}

function isCredential(word: string): boolean {
  for (let start = 0; start === 0 || start + STEP < word.length; start += STEP) {
    if (shows(word.slice(start, start + 2 * STEP), 0)) return true;
  }
  return false;
}

function shows(text: string, layers: number): boolean {
  for (const form of plainForms(text)) {
    if (CREDENTIAL.test(form)) return true;
    if (layers === LAYERS_MAX) continue;
    if (decoded(form).some((inner) => shows(inner, layers + 1))) return true;
  }
  return false;
}

/** What each stretch of base64 in a text can stand for, wherever in the stretch it begins. */
function decoded(text: string): string[] {
  return (text.match(BASE64) ?? []).flatMap((run) =>
    [0, 1, 2, 3].flatMap((start) => {
      const bytes = Buffer.from(run.slice(start), "base64url").toString("latin1");
      return bytes.match(PRINTABLE) ?? [];
    }),
  );
}
