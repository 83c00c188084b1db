import type { Argv } from "yargs";

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

export function number(argv: Arguments, name: string): number | undefined {
  const value = text(argv, name);
  return value === undefined ? undefined : Number(value);
}

export function flag(argv: Arguments, name: string): boolean {
  return argv[name] === true;
}
