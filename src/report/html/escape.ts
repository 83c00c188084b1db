import { revealed } from "../figures.ts";

/**
 * Markup that is already fit to stand in the page. Only `html` and `raw` make one, and the private field
 * keeps an object read from JSON from passing for one.
 */
export class Raw {
  readonly #markup: string;

  constructor(markup: string) {
    this.#markup = markup;
  }

  get markup(): string {
    return this.#markup;
  }
}

/** What a template takes: text is escaped, `Raw` is not, nothing stands for `null`, `undefined` and `false`. */
export type Fragment = Raw | string | number | null | undefined | false | readonly Fragment[];

/** Trusts `markup` as it is: for constants of this program, and for nothing that came from elsewhere. */
export function raw(markup: string): Raw {
  return new Raw(markup);
}

/**
 * A template tag that escapes every value by default, for text and for double-quoted attributes alike, and
 * writes out control and bidirectional characters. Not fit for values inside script, style, or an unquoted attribute.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Fragment[]): Raw {
  let markup = strings[0] ?? "";
  values.forEach((value, i) => {
    markup += render(value) + (strings[i + 1] ?? "");
  });
  return new Raw(markup);
}

function render(value: Fragment): string {
  if (value instanceof Raw) return value.markup;
  if (value === null || value === undefined || value === false) return "";
  if (typeof value === "string") return escapeHtml(revealed(value));
  if (typeof value === "number") return String(value);
  return value.map(render).join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

/**
 * JSON for a script element of a type that is not executed. Every `<` is written as an escape that JSON reads
 * back, so that neither `</script>` nor `<!--` can end or change the element (HTML standard, 4.12.1.3).
 */
export function jsonForScript(value: unknown): Raw {
  const json = JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, "0");
    return `\\u${code}`;
  });
  return new Raw(json);
}
