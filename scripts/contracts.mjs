// Writes test/emulator/contracts/*.json from published descriptions of Klarna's API: the shapes of requests and answers, for a
// schema validator. By hand, when a description has changed:
//   node scripts/contracts.mjs <folder of the descriptions> [folder to write to]
//
// Only facts are carried over: names, types, bounds, patterns, what is required. No sentence, no example and no host of a
// description gets through, whatever keyword it stands under: what a schema may have is listed below.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const [from, to = join(import.meta.dirname, "..", "test", "emulator", "contracts")] =
  process.argv.slice(2);
if (from === undefined) {
  console.error("usage: node scripts/contracts.mjs <folder of the descriptions> [folder]");
  process.exit(2);
}

const METHODS = ["get", "post", "put", "patch", "delete"];
/** The keywords that mean the same in OpenAPI 3.0 and in JSON Schema. */
const KEPT = [
  ...["type", "required", "enum", "pattern", "readOnly", "uniqueItems"],
  ...["minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum"],
];
/** Other formats (int32, int64) say how a number is stored, not what it may be. */
const FORMATS = ["date", "date-time"];
const HOST = /https?:|\bklarna\.(?:com|net)\b/i;

mkdirSync(to, { recursive: true });
write("payments-v1.json", described("klarna-payments-v1.yml"));
write("order-management-v1.json", described("klarna-ordermanagement-v1.yml"));
write("network-v2.json", collected("klarna-network-v2-endpoints.json"));

/** Of an OpenAPI document: the body of each request, and of each answer by its status. */
function described(file) {
  const { info, paths, components } = parse(readFileSync(join(from, file), "utf8"));
  const operations = {};
  for (const [path, methods] of Object.entries(paths)) {
    for (const method of METHODS) {
      const operation = methods[method];
      if (operation) operations[`${method.toUpperCase()} ${anonymous(path)}`] = shapes(operation);
    }
  }
  const definitions = Object.fromEntries(
    Object.entries(components.schemas).map(([name, schema]) => [plain(name), distilled(schema)]),
  );
  return { source: { file, version: info.version }, definitions, operations };
}

function shapes({ requestBody, responses }) {
  const answers = Object.entries(responses).map(([status, response]) => [
    status,
    {
      // 204 is without one by HTTP's own rules (RFC 9110, section 15.3.5), whatever a document made from code says.
      ...(status === "204" ? {} : bodyOf(response)),
      ...(response.headers ? { headers: Object.keys(response.headers) } : {}),
    },
  ]);
  return {
    ...(requestBody ? { request: bodyOf(requestBody).body } : {}),
    answers: Object.fromEntries(answers),
  };
}

function bodyOf({ content }) {
  const schema = content?.["application/json"]?.schema;
  return schema ? { body: distilled(schema) } : {};
}

/** A schema without anything but its structure. */
function distilled(schema) {
  const { $ref, properties, items, format, enum: values } = schema;
  if ($ref) return { $ref: `#/definitions/${plain($ref.split("/").at(-1))}` };
  const kept = KEPT.filter((key) => key in schema).map((key) => [key, schema[key]]);
  const made = Object.fromEntries(kept);
  // A document made from code gives an integer the one value `null`: nothing could ever be it.
  if (values?.every((value) => value === null)) delete made.enum;
  const names = listed(made);
  if (names) {
    made.enum = names;
    delete made.pattern;
  }
  if (FORMATS.includes(format)) made.format = format;
  if (properties) {
    made.properties = Object.fromEntries(
      Object.entries(properties).map(([name, property]) => [name, distilled(property)]),
    );
  }
  if (items) made.items = distilled(items);
  return made;
}

/** Words between bars, as a pattern without ends or as an enumeration of one: a list is meant. */
function listed({ pattern, enum: values }) {
  const text = values?.length === 1 ? String(values[0]) : pattern;
  const words = /^\(?(\w+(?:\|\w+)+)\)?$/.exec(text ?? "")?.[1];
  return words?.split("|");
}

/**
 * Of an index of a collection of requests: trees of names and types, without bounds or what is required. A field that is a
 * list or an object somewhere and a text elsewhere is a placeholder there, and may be anything.
 */
function collected(file) {
  const { operations: listed } = JSON.parse(readFileSync(join(from, file), "utf8"));
  const structured = new Set();
  const look = (tree) => {
    for (const [name, value] of Object.entries(tree)) {
      if (typeof value !== "object") continue;
      if (!Array.isArray(tree)) structured.add(name);
      look(value);
    }
  };
  for (const { body } of listed) look(body ?? {});
  const schemaOf = (value, name) => {
    if (Array.isArray(value)) return { type: "array", items: schemaOf(value[0]) };
    if (typeof value !== "object") {
      return value === "string" && structured.has(name) ? {} : { type: value };
    }
    const properties = Object.entries(value).map(([key, one]) => [key, schemaOf(one, key)]);
    return { type: "object", properties: Object.fromEntries(properties) };
  };
  const shared = sharing();
  const bodies = listed.map((one) => [one, one.body && shared.note(schemaOf(one.body))]);
  const operations = bodies.map(([{ method, path, query, headers, asserted_status }, schema]) => [
    `${method} ${anonymous(path)}`,
    {
      ...(query ? { query } : {}),
      ...(headers ? { headers: headers.filter((name) => name !== "Content-Type") } : {}),
      ...(schema ? { request: shared.made(schema) } : {}),
      ...(asserted_status ? { statuses: asserted_status } : {}),
    },
  ]);
  return {
    source: { file, version: "r2512" },
    definitions: shared.definitions,
    operations: Object.fromEntries(operations),
  };
}

/** Objects that stand in several bodies are written once, named after the field that they first stood in. */
function sharing() {
  const times = new Map();
  const names = new Map();
  const definitions = {};
  const isObject = (schema) =>
    schema.type === "object" && Object.keys(schema.properties).length > 1;
  const note = (schema) => {
    const text = JSON.stringify(schema);
    times.set(text, (times.get(text) ?? 0) + 1);
    for (const property of Object.values(schema.properties ?? {})) note(property);
    if (schema.items) note(schema.items);
    return schema;
  };
  const made = (schema, name) => {
    const text = JSON.stringify(schema);
    const whole = () => ({
      ...schema,
      ...(schema.properties ? { properties: mapped(schema.properties) } : {}),
      ...(schema.items ? { items: made(schema.items, name) } : {}),
    });
    if (name === undefined || !isObject(schema) || times.get(text) === 1) return whole();
    if (!names.has(text)) {
      const taken = (count) => (count === 1 ? name : `${name}_${count}`);
      let count = 1;
      while (taken(count) in definitions) count++;
      names.set(text, taken(count));
      definitions[taken(count)] = {};
      definitions[taken(count)] = whole();
    }
    return { $ref: `#/definitions/${names.get(text)}` };
  };
  const mapped = (properties) =>
    Object.fromEntries(
      Object.entries(properties).map(([key, property]) => [key, made(property, key)]),
    );
  return { note, made, definitions };
}

/** What a description calls a parameter is its own affair. */
function anonymous(path) {
  return path.replaceAll(/\{[^}]+\}/g, "{}");
}

/** Fit for a reference. */
function plain(name) {
  return decodeURIComponent(name).replaceAll(/[^A-Za-z0-9]+/g, "_");
}

/** A definition and an operation a line, so that a change can be read. */
function write(name, { source, definitions, operations }) {
  const lines = (entries) =>
    Object.entries(entries)
      .map(([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)}`)
      .join(",\n");
  const text = `{
  "source": ${JSON.stringify(source)},
  "definitions": {
${lines(definitions)}
  },
  "operations": {
${lines(operations)}
  }
}
`;
  if (HOST.test(text.replace(source.file, ""))) throw new Error(`${name} would name a host`);
  writeFileSync(join(to, name), text);
}
