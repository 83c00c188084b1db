import { isJsonObject, type Json, type JsonObject } from "../body.ts";
import type { ColumnType } from "./table.ts";

/** A column of a table, as `{carts.amount}` names it. */
export interface Reference {
  readonly table: string;
  readonly column: string;
}

/** Values that a journey has, by name: what its steps have saved, and its row's cells by `valueName`. */
export type Values = Readonly<Record<string, string>>;

// One dot, so that Klarna's own placeholders ({checkout.order.id}, {{session_id}}) stay text.
const REFERENCE = /\{([A-Za-z0-9_]{1,64})\.([A-Za-z0-9_-]{1,64})\}/g;

/** The name under which a journey holds a cell. No saved value has a dot in its own. */
export function valueName({ table, column }: Reference): string {
  return `${table}.${column}`;
}

/** The columns that a text names, in order. */
export function referencesIn(text: string): Reference[] {
  return [...text.matchAll(REFERENCE)].map(([, table = "", column = ""]) => ({ table, column }));
}

/** The column that a text names and is nothing else than; `undefined` for any other text. */
export function wholeReference(text: string): Reference | undefined {
  const [only] = referencesIn(text);
  return only && text === `{${valueName(only)}}` ? only : undefined;
}

/** The text with a cell in place of each column that it names. */
export function filled(text: string, cellOf: (reference: Reference) => string): string {
  return text.replace(REFERENCE, (_, table: string, column: string) => cellOf({ table, column }));
}

/** The columns that the texts of a value name, each as often as it stands there. */
export function referencesInJson(value: Json): Reference[] {
  if (typeof value === "string") return referencesIn(value);
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(referencesInJson);
}

/**
 * A body made ready to be filled many times: a text that is one reference becomes the cell in its column's type,
 * references within other text become text.
 */
export function bodyTemplate(
  body: JsonObject,
  typeOf: (reference: Reference) => ColumnType,
): (values: Values) => JsonObject {
  return objectTemplate(body, typeOf) ?? (() => body);
}

type Template<T> = (values: Values) => T;

function objectTemplate(
  object: JsonObject,
  typeOf: (reference: Reference) => ColumnType,
): Template<JsonObject> | undefined {
  const fields = Object.entries(object).flatMap(([key, value]) => {
    const template = templateOf(value, typeOf);
    return template ? [[key, template] as const] : [];
  });
  if (fields.length === 0) return undefined;
  return (values) => {
    // The fields keep their places: the constant ones are copied, the others laid over them.
    const made: Record<string, Json> = { ...object };
    for (const [key, template] of fields) made[key] = template(values);
    return made;
  };
}

/** `undefined`: the value is always the same. */
function templateOf(
  value: Json,
  typeOf: (reference: Reference) => ColumnType,
): Template<Json> | undefined {
  if (typeof value === "string") return textTemplate(value, typeOf);
  if (isJsonObject(value)) return objectTemplate(value, typeOf);
  if (!Array.isArray(value)) return undefined;
  const items: readonly Json[] = value;
  const templates = items.map((item) => templateOf(item, typeOf));
  if (templates.every((one) => one === undefined)) return undefined;
  return (values) => items.map((item, i) => templates[i]?.(values) ?? item);
}

function textTemplate(
  text: string,
  typeOf: (reference: Reference) => ColumnType,
): Template<Json> | undefined {
  const whole = wholeReference(text);
  if (whole) {
    const name = valueName(whole);
    const convert = CONVERSIONS[typeOf(whole)];
    return (values) => convert(values[name] ?? "");
  }
  if (referencesIn(text).length === 0) return undefined;
  return (values) => filled(text, (reference) => values[valueName(reference)] ?? "");
}

const CONVERSIONS: Readonly<Record<ColumnType, (text: string) => Json>> = {
  text: (text) => text,
  number: Number,
  boolean: (text) => text === "true",
};
