import * as z from "zod";
import { keyText } from "./key-texts.ts";
import { profileSchema } from "./schema.ts";

type Json = Record<string, unknown>;

/**
 * The shape of a profile file as JSON Schema, for editors: keys, words and forms, with a text for each key. It takes every
 * profile that `parseProfile` takes, and more: what spans several places, and limits of numbers within text, are
 * the parser's to judge.
 */
export function profileJsonSchema(): Json {
  const schema: Json = z.toJSONSchema(profileSchema, {
    target: "draft-7",
    io: "input",
    unrepresentable: "any",
    override: ({ jsonSchema }) => {
      // Those of times and rates are in microseconds and requests a second: nothing that could be written.
      delete jsonSchema.default;
    },
  });
  describeKeys(schema, "");
  return { ...schema, title: "klarna-perf profile" };
}

/** The keys of a schema as paths without indices: `workload.stages.rate`. */
export function keysOf(schema: unknown, path = ""): string[] {
  return Object.entries(propertiesOf(schema)).flatMap(([name, inner]) => {
    const key = path === "" ? name : `${path}.${name}`;
    return [key, ...keysOf(inner, key)];
  });
}

function describeKeys(schema: unknown, path: string): void {
  for (const [name, inner] of Object.entries(propertiesOf(schema))) {
    const key = path === "" ? name : `${path}.${name}`;
    const text = keyText(key);
    for (const one of inner) {
      if (text === undefined) continue;
      const form = typeof one.description === "string" ? ` Form: ${one.description}.` : "";
      one.description = `${text}${form}`;
    }
    describeKeys(inner, key);
  }
}

/** The properties of an object, of a list's items and of all alternatives together, each with its schemas. */
function propertiesOf(schema: unknown): Record<string, Json[]> {
  const found: Record<string, Json[]> = {};
  const note = (name: string, schemas: readonly unknown[]): void => {
    found[name] = [...(found[name] ?? []), ...schemas.filter(isObject)];
  };
  for (const one of [schema].flat().filter(isObject)) {
    const own = isObject(one.properties) ? one.properties : {};
    for (const [name, inner] of Object.entries(own)) note(name, [inner]);
    const others = [one.items, one.anyOf, one.oneOf, one.allOf, one.additionalProperties].flat();
    for (const [name, inner] of Object.entries(propertiesOfAll(others))) note(name, inner);
  }
  return found;
}

function propertiesOfAll(schemas: readonly unknown[]): Record<string, Json[]> {
  return schemas.some(isObject) ? propertiesOf(schemas) : {};
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
