import { catalogued, type Operation } from "../klarna/catalogue.ts";
import type { Asked, StepBinding } from "../profile/bindings.ts";
import type { ColumnType } from "../profile/data/table.ts";
import { bodyTemplate, type Reference, type Values, valueName } from "../profile/data/template.ts";
import type { PathValue } from "../profile/path-value.ts";
import { type ResponsePath, valueAt } from "../profile/response-path.ts";
import type { Answer } from "../workload/roles.ts";

/** A step of a plan made ready to be sent many times. */
export interface Bound {
  readonly operation: Operation;
  /** What is sent, `undefined` for an operation without a body; the same object each time where no row fills it. */
  body(values: Values): StepBinding["body"];
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  /** What fills the operation's path, from what earlier steps saved and from the journey's row. */
  parameters(values: Values): Readonly<Record<string, string>>;
  /**
   * What an answer means to the journey, and to the account of what the run has made.
   *
   * @param parameters as the request had them
   */
  judge(
    answer: { readonly status: number; readonly body: unknown },
    parameters: Readonly<Record<string, string>>,
    isLastPoll: boolean,
  ): Judgement;
  /** On the emulator: its retries come before the reset that a 429 names. */
  readonly ignoresReset: boolean;
}

export type Judgement = Pick<
  Extract<Answer, { readonly kind: "answered" }>,
  "expected" | "saved" | "again" | "allows" | "created" | "ended"
>;

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
  const expects = matcher(binding.expect);
  const hasStatus = matcher({ ...binding.expect, values: [] });
  const isThere = binding.until && matcher(binding.until);
  const conditions = binding.allows.map(({ step, when }) => ({ step, holds: matcher(when) }));
  const thingsOf = accountOf(binding, operation);
  return {
    operation,
    body: binding.body ? bodyTemplate(binding.body, typeOf) : () => undefined,
    headers,
    ignoresReset: binding.ignoresReset,
    parameters: (values) =>
      Object.fromEntries(fillings.map(([name, value]) => [name, pathText(value, values)])),
    judge({ status, body }, parameters, isLastPoll) {
      const { created, ended } = thingsOf(status, body, parameters);
      if (isThere && !isThere(status, body)) {
        // What the step saves need not be there yet; after the last poll it never will be.
        const expected = !isLastPoll && hasStatus(status, body);
        return { expected, saved: {}, again: true, allows: undefined, created, ended };
      }
      const saved = savedOf(savings, body);
      const met = conditions.flatMap(({ step, holds }) => (holds(status, body) ? [step] : []));
      return {
        expected: saved !== undefined && expects(status, body),
        saved: saved ?? {},
        again: undefined,
        allows: met.length === 0 ? undefined : met,
        created,
        ended,
      };
    },
  };
}

function pathText(value: PathValue, values: Values): string {
  if (value.kind === "literal") return value.value;
  return values[value.kind === "saved" ? value.name : valueName(value)] ?? "";
}

/** Reads what a step saves off something that is no answer of ours: what a client's function returns. */
export function reading({
  save,
}: Pick<StepBinding, "save">): (value: unknown) => Saved | undefined {
  const savings = Object.entries(save);
  return (value) => savedOf(savings, value);
}

type Saved = Readonly<Record<string, string>>;

/** What the step saves of an answer; `undefined` when something is missing or could not stand in a path. */
function savedOf(
  savings: readonly (readonly [string, ResponsePath])[],
  body: unknown,
): Saved | undefined {
  const saved: Record<string, string> = {};
  for (const [name, path] of savings) {
    const value = valueAt(body, path);
    const text = typeof value === "number" ? String(value) : value;
    if (typeof text !== "string" || !CAPTURED.test(text)) return undefined;
    saved[name] = text;
  }
  return saved;
}

type Things = Pick<Judgement, "created" | "ended">;

const NOTHING: Things = {};

/** Reads off an answer what its request has made and ended. Only a success does either. */
function accountOf({ creates, ends }: StepBinding, { successStatuses }: Operation) {
  const succeeds = new Set(successStatuses);
  return (status: number, body: unknown, parameters: Readonly<Record<string, string>>): Things => {
    if (!succeeds.has(status)) return NOTHING;
    const id = ends && parameters[ends.parameter];
    return {
      created: creates.length === 0 ? undefined : madeBy(creates, body),
      ended: ends === undefined || id === undefined ? undefined : { way: ends.way, id },
    };
  };
}

/** What an answer names as made; nothing where it should name something that can be ended and does not. */
function madeBy(creates: StepBinding["creates"], body: unknown): Things["created"] {
  const created = creates.flatMap(({ way, id: path }) => {
    const id = valueAt(body, path);
    return typeof id === "string" && CAPTURED.test(id) ? [{ way, id }] : [];
  });
  return created.length === 0 && creates.length === 1 ? undefined : created;
}

function matcher({ statuses, values }: Asked): (status: number, body: unknown) => boolean {
  const accepted = new Set(statuses);
  return (status, body) =>
    accepted.has(status) && values.every(({ path, equals }) => valueAt(body, path) === equals);
}
