import { catalogued, type Operation } from "../klarna/catalogue.ts";
import type { ColumnType } from "../profile/data/table.ts";
import { bodyTemplate, type Reference, type Values, valueName } from "../profile/data/template.ts";
import type { PathValue } from "../profile/path-value.ts";
import type { StepBinding } from "../profile/plan.ts";
import { valueAt } from "../profile/response-path.ts";

/** A step of a plan made ready to be sent many times. */
export interface Bound {
  readonly operation: Operation;
  /** What is sent, `undefined` for an operation without a body; the same object each time where no row fills it. */
  body(values: Values): StepBinding["body"];
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  /** What fills the operation's path, from what earlier steps saved and from the journey's row. */
  parameters(values: Values): Readonly<Record<string, string>>;
  /** What the step saves of an answer; `undefined` when something is missing or could not stand in a path. */
  save(body: unknown): Readonly<Record<string, string>> | undefined;
  expects(status: number, body: unknown): boolean;
}

/** A captured value fills one segment of a path and nothing else; a dot segment would climb out of it. */
const CAPTURED = /^(?!\.{1,2}$)[A-Za-z0-9:._-]{1,512}$/;

/** @throws Fault `FAULT_OPERATION_UNKNOWN` for an operation that is not in the catalogue, which no checked profile names */
export function bindStep(
  binding: StepBinding,
  typeOf: (column: Reference) => ColumnType = () => "text",
): Bound {
  const operation = catalogued(binding.operation);
  // Header names differ by letter case for people only; the guard knows one spelling.
  const headers = Object.fromEntries(
    Object.entries(binding.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const fillings = Object.entries(binding.with);
  const savings = Object.entries(binding.save);
  const statuses = new Set(binding.expect.statuses);
  return {
    operation,
    body: binding.body ? bodyTemplate(binding.body, typeOf) : () => undefined,
    headers,
    parameters: (values) =>
      Object.fromEntries(fillings.map(([name, value]) => [name, pathText(value, values)])),
    save(body) {
      const saved: Record<string, string> = {};
      for (const [name, path] of savings) {
        const value = valueAt(body, path);
        const text = typeof value === "number" ? String(value) : value;
        if (typeof text !== "string" || !CAPTURED.test(text)) return undefined;
        saved[name] = text;
      }
      return saved;
    },
    expects: (status, body) =>
      statuses.has(status) &&
      binding.expect.values.every(({ path, equals }) => valueAt(body, path) === equals),
  };
}

function pathText(value: PathValue, values: Values): string {
  if (value.kind === "literal") return value.value;
  return values[value.kind === "saved" ? value.name : valueName(value)] ?? "";
}
