import { UsageError } from "../base/errors.ts";
import { visible } from "../guard/foreign-text.ts";

/** What a workflow asks of the action, read from the variables in which `action.yml` hands it over. */
export interface Inputs {
  readonly profile: string;
  readonly environment: string;
  /** Words for `klarna-perf run`, beside those that the action itself gives. */
  readonly words: readonly string[];
  /** The folder in which reports and state are kept between jobs. */
  readonly home: string;
  /** What an inconclusive run does to the job. */
  readonly inconclusive: "warn" | "fail";
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Options that take one value, by their input. */
const SINGLE = [
  ["permit", "PERMIT"],
  ["account", "ACCOUNT"],
  ["client-cert", "CLIENT_CERT"],
  ["client-key", "CLIENT_KEY"],
  ["seed", "SEED"],
] as const;
/** Options that may be given again: a line each. */
const LINES = [
  ["set", "SET"],
  ["tag", "TAGS"],
  ["baseline", "BASELINE"],
  ["judge", "JUDGE"],
] as const;

/**
 * Every value is one word of an argument list and never part of a shell's text, so nothing in it can be a command; and
 * it is joined to its option by `=`, so that none can pass for an option of its own.
 *
 * @throws UsageError `CI_INPUT`
 */
export function readInputs(env: Variables): Inputs {
  const given = (name: string): string => env[`ACTION_${name}`]?.trim() ?? "";
  const profile = given("PROFILE");
  if (profile === "") throw wrong("profile", "", "the name or the path of a profile");
  if (profile.startsWith("-")) throw wrong("profile", profile, "a name or a path, not an option");
  const environment = given("ENVIRONMENT") || "emulator";
  const words = [`--env=${environment}`];
  for (const [option, name] of SINGLE) {
    if (given(name) !== "") words.push(`--${option}=${given(name)}`);
  }
  for (const [option, name] of LINES) {
    for (const line of linesOf(given(name))) words.push(`--${option}=${line}`);
  }
  const [cert, key] = [given("CLIENT_CERT"), given("CLIENT_KEY")];
  if ((cert === "") !== (key === "")) {
    throw wrong(key === "" ? "client-key" : "client-cert", "", "both files, or neither");
  }
  const confirm = yesOrNo(given("CONFIRM") || "true", "confirm");
  // A second run sends everything again, and `run` refuses it anywhere else.
  if (confirm && environment === "emulator" && given("BASELINE") !== "") words.push("--confirm");
  const inconclusive = given("INCONCLUSIVE") || "warn";
  if (inconclusive !== "warn" && inconclusive !== "fail") {
    throw wrong("inconclusive", inconclusive, "warn or fail");
  }
  // `action.yml` makes the cache's keys of it, and ends it with a dot there.
  const history = given("HISTORY");
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(history)) {
    throw wrong("history", history, "a name of letters, digits, _ and -, 64 at most");
  }
  if (!yesOrNo(given("SAVE_HISTORY") || "true", "save-history") && environment !== "emulator") {
    throw wrong("save-history", "false", "true: what Klarna was sent has to stay in the ledger");
  }
  const home = given("HOME");
  if (home === "") throw wrong("home", "", "an absolute path");
  return { profile, environment, words, home, inconclusive };
}

function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function yesOrNo(text: string, name: string): boolean {
  if (text === "true") return true;
  if (text === "false") return false;
  throw wrong(name, text, "true or false");
}

function wrong(input: string, given: string, form: string): UsageError {
  return new UsageError("CI_INPUT", `the input \`${input}\` can't be \`${visible(given)}\``, {
    hint: `give ${form}`,
  });
}
