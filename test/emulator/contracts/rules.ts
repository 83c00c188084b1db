import type { Description, Schema } from "./descriptions.ts";

// Each rule of a described request by itself: kept as narrowly as it can be, and broken.

/** A body that keeps or breaks one rule of the field at `path`, and every other rule of the description. */
export interface Trial {
  /** As the emulator names it: `order_lines[0].quantity`. */
  readonly path: string;
  readonly rule: string;
  readonly keeps: boolean;
  readonly body: object;
}

/** One of these fits each pattern that the descriptions have. */
const FITTING = ["SE", "SEK", "1234", "#aabbcc", "person", "Home", "DAY", "physical"];
const FITS_NONE = "!!";

/** A body with everything in it, the least that each field may be. @param base values that must be as they are, such as sums */
export function fullBody(of: Description, given: Schema, base: unknown): object {
  return Object(merged(instance(of.whole(given, "request")), base));
}

export function trials(of: Description, given: Schema, base: unknown): Trial[] {
  const whole = of.whole(given, "request");
  const full = fullBody(of, given, base);
  const found: Trial[] = [];
  const visit = (schema: Schema, at: readonly (string | number)[]): void => {
    const add = (rule: string, keeps: boolean, value: unknown): void => {
      found.push({ path: dotted(at), rule, keeps, body: Object(replaced(full, at, value)) });
    };
    if (at.length > 0) for (const [rule, keeps, value] of cases(schema)) add(rule, keeps, value);
    for (const name of schema.required ?? []) {
      const inner = [...at, name];
      const body = Object(replaced(full, inner, undefined));
      found.push({ path: dotted(inner), rule: "required", keeps: false, body });
    }
    for (const [name, one] of Object.entries(schema.properties ?? {})) visit(one, [...at, name]);
    if (schema.items) visit(schema.items, [...at, 0]);
  };
  visit(whole, []);
  return found;
}

function* cases(schema: Schema): Generator<[rule: string, keeps: boolean, value: unknown]> {
  const { type, minLength = 0, maxLength, minimum, maximum, minItems, maxItems, items } = schema;
  const text = type === "string" && !schema.pattern && !schema.enum && !schema.format;
  yield ["type", false, type === "string" ? 1 : type === "object" || type === "array" ? 1 : "1"];
  if (type === "integer") yield ["whole", false, 1.5];
  for (const value of schema.enum ?? []) yield [`enum ${value}`, true, value];
  if (schema.enum) yield ["enum", false, FITS_NONE];
  if (schema.pattern) yield ["pattern", false, FITS_NONE];
  if (text) yield ["any text", true, "x".repeat(Math.max(1, minLength))];
  if (text && minLength > 0) {
    yield ["minLength", true, "x".repeat(minLength)];
    yield ["minLength", false, "x".repeat(minLength - 1)];
  }
  if (text && maxLength !== undefined) {
    yield ["maxLength", true, "x".repeat(maxLength)];
    yield ["maxLength", false, "x".repeat(maxLength + 1)];
  }
  if (minimum !== undefined) yield ["minimum", true, minimum];
  if (minimum !== undefined) yield ["minimum", false, minimum - 1];
  if (maximum !== undefined) yield ["maximum", true, maximum];
  if (maximum !== undefined) yield ["maximum", false, maximum + 1];
  const list = (count: number) => Array.from({ length: count }, () => instance(items ?? {}));
  if (minItems !== undefined && minItems > 0) yield ["minItems", false, list(minItems - 1)];
  if (maxItems !== undefined) yield ["maxItems", true, list(maxItems)];
  if (maxItems !== undefined) yield ["maxItems", false, list(maxItems + 1)];
  if (schema.uniqueItems) yield ["uniqueItems", false, list(2)];
}

/** The least that fits. */
function instance(schema: Schema): unknown {
  const { type, properties, items, minLength = 0, minItems = 1, minimum = 1 } = schema;
  switch (type) {
    case "object":
      return Object.fromEntries(
        Object.entries(properties ?? {}).map(([name, one]) => [name, instance(one)]),
      );
    case "array":
      return Array.from({ length: Math.max(1, minItems) }, () => instance(items ?? {}));
    case "string":
      if (schema.enum) return schema.enum[0];
      if (schema.format === "date") return "2024-01-01";
      if (schema.format === "date-time") return "2024-01-01T12:00:00Z";
      return schema.pattern === undefined
        ? "x".repeat(Math.max(1, minLength))
        : FITTING.find((text) => new RegExp(schema.pattern ?? "").test(text));
    case "boolean":
      return true;
    default:
      return Math.max(1, minimum);
  }
}

/** The second laid over the first, field by field. */
function merged(under: unknown, over: unknown): unknown {
  if (Array.isArray(under) && Array.isArray(over)) {
    return over.map((one, i) => merged(under[Math.min(i, under.length - 1)], one));
  }
  if (!isRecord(under) || !isRecord(over)) return over ?? under;
  const names = [...new Set([...Object.keys(under), ...Object.keys(over)])];
  return Object.fromEntries(names.map((name) => [name, merged(under[name], over[name])]));
}

/** A copy with another value at one place; undefined: without it. */
function replaced(whole: unknown, at: readonly (string | number)[], value: unknown): unknown {
  const [step, ...further] = at;
  if (step === undefined) return value;
  if (Array.isArray(whole)) {
    return whole.map((one, i) => (i === step ? replaced(one, further, value) : one));
  }
  if (!isRecord(whole)) return whole;
  const { [String(step)]: inner, ...others } = whole;
  const changed = further.length === 0 ? value : replaced(inner, further, value);
  return changed === undefined ? others : { ...others, [String(step)]: changed };
}

function dotted(at: readonly (string | number)[]): string {
  return at
    .map((step, i) => (typeof step === "number" ? `[${step}]` : i === 0 ? step : `.${step}`))
    .join("");
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
