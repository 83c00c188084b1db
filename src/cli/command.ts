import type { Argv } from "yargs";
import { UsageError } from "../base/errors.ts";
import { isSeed, SEED_FORM, type Seed } from "../base/random.ts";
import { visible } from "../guard/foreign-text.ts";

/** What yargs hands to a command: read through the functions below, which say what a wrong value should have been. */
export type Arguments = Readonly<Record<string, unknown>>;

export interface Command {
  /** With its positional arguments, as yargs writes them. */
  readonly name: string;
  readonly describe: string;
  options(parser: Argv): Argv;
  /** @returns the exit code; throws what `describeError` can tell */
  run(argv: Arguments): Promise<number>;
}

export function text(argv: Arguments, name: string): string | undefined {
  const value = argv[name];
  // An option given twice comes as a list; the last one counts, as in most programs.
  const last = Array.isArray(value) ? value.at(-1) : value;
  return typeof last === "string" || typeof last === "number" ? String(last) : undefined;
}

export function texts(argv: Arguments, name: string): string[] {
  const value = argv[name];
  return Array.isArray(value) ? value.map(String) : value === undefined ? [] : [String(value)];
}

/** A whole number of 0 or more; NaN for anything else, which `Number` would partly take for a 0. */
export function number(argv: Arguments, name: string): number | undefined {
  const value = text(argv, name);
  if (value === undefined) return undefined;
  return /^\d+$/.test(value) ? Number(value) : Number.NaN;
}

/** `--seed`. @throws UsageError `USAGE_SEED` */
export function seed(argv: Arguments): Seed | undefined {
  const value = number(argv, "seed");
  if (value === undefined || isSeed(value)) return value;
  const given = visible(text(argv, "seed") ?? "");
  throw new UsageError("USAGE_SEED", `\`${given}\` can't be a seed`, {
    hint: `give ${SEED_FORM}`,
  });
}

export function flag(argv: Arguments, name: string): boolean {
  return argv[name] === true;
}
