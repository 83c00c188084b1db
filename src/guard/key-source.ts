import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { parseEnv } from "node:util";
import type { Clock } from "../base/clock.ts";
import { UsageError } from "../base/errors.ts";
import { micros, seconds } from "../base/units.ts";
import { parseApiKey, type TestApiKey } from "./api-key.ts";
import { visible } from "./foreign-text.ts";
import { readSecretFile } from "./secret-file.ts";
import { withChildTicket } from "./tripwire.ts";

/** Where a key may come from. Never from an argument, which the process list shows, nor from a profile. */
export interface KeySources {
  /** The process's environment; `KLARNA_API_KEY` is deleted from it once read. */
  readonly env: Record<string, string | undefined>;
  /** `--api-key-file` */
  readonly file?: string;
  /** `--api-key-command`: words as a shell would split them, run without a shell. */
  readonly command?: string;
  /** `--env-from`: a file of `NAME=value` lines, of which `KLARNA_API_KEY` alone is taken. */
  readonly envFile?: string;
}

/** A key, and what its user should know of where it came from. */
export interface ReadKey {
  readonly key: TestApiKey;
  readonly warning: string | undefined;
}

const VARIABLE = "KLARNA_API_KEY";
/** Of a command's output. */
const OUTPUT_MAX = 16_384;
const COMMAND_TIMEOUT_US = seconds(60);

/**
 * Reads the key from the one source that was given.
 *
 * @throws UsageError `KEY_…` for no source, several, or one that can't be read; Refusal `GUARD_KEY_…` for a
 *   credential that is not a test key, or a file that others can read. No message holds any part of a credential
 */
export async function readKey(sources: KeySources, clock: Clock): Promise<ReadKey> {
  const { env, file, command, envFile } = sources;
  const variable = env[VARIABLE];
  // Gone from here on: children, crash reports and dependencies that look around never see it.
  delete env[VARIABLE];
  const given = [variable, file, command, envFile].filter(
    (source) => source !== undefined && source !== "",
  );
  if (given.length === 0) {
    throw new UsageError("KEY_MISSING", "there is no API key", {
      hint: `set ${VARIABLE}, or give --api-key-file, --api-key-command or --env-from`,
    });
  }
  if (given.length > 1) {
    throw new UsageError("KEY_SEVERAL", "more than one source of an API key was given", {
      hint: `leave all but one of ${VARIABLE}, --api-key-file, --api-key-command and --env-from out`,
    });
  }
  if (file) return keyIn(file, "--api-key-file", (text) => text);
  if (envFile) return keyIn(envFile, "--env-from", (text) => variableIn(text, envFile));
  if (command) return { key: parseApiKey(await outputOf(command, env, clock)), warning: undefined };
  return { key: parseApiKey(variable ?? ""), warning: undefined };
}

/** @param find the credential within the file's text */
function keyIn(path: string, option: string, find: (text: string) => string): ReadKey {
  const { text, warning } = readSecretFile(path, option);
  return { key: parseApiKey(find(text)), warning };
}

function variableIn(text: string, path: string): string {
  const value = parseEnv(text)[VARIABLE];
  if (value !== undefined && value !== "") return value;
  throw new UsageError("KEY_MISSING", `\`${visible(path)}\` has no ${VARIABLE}`, {
    hint: `write it as ${VARIABLE}=… on a line of its own; other names in the file are left alone`,
  });
}

/** Runs the command and returns what it prints. Its standard input and errors are the terminal's, so that it can ask for a passphrase. */
function outputOf(
  command: string,
  env: Readonly<Record<string, string | undefined>>,
  clock: Clock,
): Promise<string> {
  const [name, ...args] = splitWords(command);
  const file = name === undefined ? undefined : findProgram(name, env);
  if (file === undefined) {
    throw new UsageError("KEY_COMMAND", "the program of --api-key-command is not there", {
      hint: "give its path, or a name that PATH knows, then its arguments; it is run without a shell",
    });
  }
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      cancel();
      reject(
        new UsageError("KEY_COMMAND", `--api-key-command ${why}`, {
          hint: "it must print the key alone on standard output and exit with 0, within a minute",
        }),
      );
    };
    const child: ChildProcess = withChildTicket(file, args, () =>
      spawn(file, args, { stdio: ["inherit", "pipe", "inherit"], shell: false }),
    );
    const cancel = clock.atCoarse(micros(clock.now() + COMMAND_TIMEOUT_US), () => {
      child.kill("SIGKILL");
      fail("took longer than a minute");
    });
    let output = "";
    child.stdout?.setEncoding("utf8");
    child.stdout?.on("data", (chunk: string) => {
      if (output.length <= OUTPUT_MAX) output += chunk;
    });
    child.once("error", () => fail("could not be started"));
    child.once("close", (code) => {
      if (code !== 0) return fail(`exited with ${code ?? "a signal"}`);
      cancel();
      resolve(output);
    });
  });
}

function findProgram(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const paths = /[/\\]/.test(name)
    ? [name]
    : (env.PATH ?? "")
        .split(delimiter)
        .filter(isAbsolute)
        .map((folder) => join(folder, name));
  return paths.find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Words between blanks; single and double quotes keep blanks together. No escapes, variables or wildcards: there is no shell. */
function splitWords(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? "",
  );
}
