import { catalogued, type Operation } from "../klarna/catalogue.ts";
import type { StepBinding } from "../profile/plan.ts";
import { valueAt } from "../profile/response-path.ts";

/** A step of a plan made ready to be sent many times. */
export interface Bound {
  readonly operation: Operation;
  readonly body: StepBinding["body"];
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  /** What fills the operation's path, from what earlier steps saved. */
  parameters(values: Readonly<Record<string, string>>): Readonly<Record<string, string>>;
  /** What the step saves of an answer; `undefined` when something is missing or could not stand in a path. */
  save(body: unknown): Readonly<Record<string, string>> | undefined;
  expects(status: number, body: unknown): boolean;
}

/** A captured value fills one segment of a path and nothing else; a dot segment would climb out of it. */
const CAPTURED = /^(?!\.{1,2}$)[A-Za-z0-9:._-]{1,512}$/;

/** @throws Fault `FAULT_OPERATION_UNKNOWN` for an operation that is not in the catalogue, which no checked profile names */
export function bindStep(binding: StepBinding): Bound {
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
    body: binding.body,
    headers,
    parameters: (values) =>
      Object.fromEntries(
        fillings.map(([name, value]) => [
          name,
          value.kind === "literal" ? value.value : (values[value.name] ?? ""),
        ]),
      ),
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
