import { UsageError } from "../base/errors.ts";
import { at, entriesOf, type Tree, textOf } from "./tree.ts";
import { written } from "./written.ts";

/** A function of the user's own that makes a step's requests. */
export interface ClientReference {
  /** The module's path from the profile's folder, in it or below. */
  readonly module: string;
  /** What the module exports it as. */
  readonly name: string;
  /** The most requests that one call may make. */
  readonly requests: number;
}

const FORM =
  "./my-client.mjs#createPayment: a module in the profile's folder or below, and what it exports";
const REFERENCE =
  /^\.\/((?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/)*[A-Za-z0-9_-][A-Za-z0-9._-]*\.[cm]?[jt]s)#([A-Za-z_$][A-Za-z0-9_$]{0,63})$/;

export const clientReference = written(
  { code: "PROFILE_CLIENT", what: "a client's function", form: FORM },
  (value) => {
    const [, module, name] = (typeof value === "string" && REFERENCE.exec(value)) || [];
    return module === undefined || name === undefined ? undefined : { module, name };
  },
  { type: "string", pattern: REFERENCE.source },
);

/** As profiles write it. */
export function shownClient({ module, name }: Pick<ClientReference, "module" | "name">): string {
  return `./${module}#${name}`;
}

/** What we would send, or judge an answer by: a client makes its requests, and hears their answers, itself. */
const OURS = ["with", "body", "headers", "expect", "poll", "retry"] as const;

/**
 * What goes together with no client, and what does not go without one.
 *
 * @param before the steps before this one
 */
export function clientProblems(step: Tree, before: readonly Tree[]): UsageError[] {
  const entries = entriesOf(step);
  const problem = (key: string, text: string, hint: string): UsageError => {
    const place = entries.get(key)?.keyPlace ?? step.place;
    return new UsageError("PROFILE_CLIENT", text, { place, hint });
  };
  const problems = aboutClient(step, before)
    ? [
        problem(
          "when",
          "a condition can't be about a step that a client makes",
          "it has no answer of ours to look at: let the function throw where the journey is to end",
        ),
      ]
    : [];
  if (!entries.has("client")) {
    if (!entries.has("requests")) return problems;
    const hint = "leave it out: poll and retry say how often a step of ours is sent";
    return [...problems, problem("requests", "`requests` goes with `client`", hint)];
  }
  for (const key of OURS) {
    if (!entries.has(key)) continue;
    const hint = "leave it out: the client's function makes the requests and reads the answers";
    problems.push(problem(key, `\`${key}\` does not go with \`client\``, hint));
  }
  return problems;
}

/** Whether a step's condition asks about a client's: the one it names, or the one before it. */
function aboutClient(step: Tree, before: readonly Tree[]): boolean {
  const when = at(step, "when");
  if (!when) return false;
  const name = textOf(at(when, "step"));
  const asked =
    name === undefined ? before.at(-1) : before.find((one) => textOf(at(one, "name")) === name);
  return asked !== undefined && at(asked, "client") !== undefined;
}
