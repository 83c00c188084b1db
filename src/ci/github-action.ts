import { randomBytes } from "node:crypto";
import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { basename, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../base/clock.ts";
import { EXIT, KlarnaPerfError, UsageError } from "../base/errors.ts";
import { oneLine } from "../guard/foreign-text.ts";
import { deservesRerun, type Ending, type JobEnding, jobEnding } from "./ending.ts";
import { annotation, outputs } from "./github.ts";
import { type Inputs, readInputs } from "./inputs.ts";
import { keepReports } from "./keep.ts";
import { runCommand } from "./run-command.ts";

/*
 * The one step of `action.yml` that runs anything: a profile, once more if that settles a doubt, with what GitHub shows
 * of it. It holds no lock and needs none: all that goes out, goes out of the command that it starts.
 */

/** GitHub takes 1 MiB of summary from a step, and shows an error in place of a longer one. */
const SUMMARY_BYTES_MAX = 1024 * 1024;
const BIN = fileURLToPath(new URL("./bin.js", import.meta.url));

async function main(env: NodeJS.ProcessEnv): Promise<number> {
  const inputs = readInputs(env);
  if (!isAbsolute(inputs.home)) {
    throw new UsageError("CI_INPUT", "the input `home` is not an absolute path", {
      hint: "leave it out, or begin it with the job's workspace",
    });
  }
  const state = join(inputs.home, "state");
  mkdirSync(state, { recursive: true, mode: 0o700 });
  // Whatever the cache made of its mode.
  chmodSync(state, 0o700);
  const reports = join(inputs.home, "reports");
  const name = folderName(inputs.profile, systemClock().wallMs());
  // Before anything is sent: a job that is cancelled later on saves its ledger under it.
  writeOutputs({ id: name }, env);
  const command = commandEnvironment(env, state);

  const first = await runCommand(BIN, words(inputs, join(reports, name)), command);
  let rerun: Ending | undefined;
  if (deservesRerun(first, inputs.environment)) {
    tell("a second run decides, since the first may have been the machine's doing");
    rerun = await runCommand(BIN, words(inputs, join(reports, `${name}-again`)), command);
  }
  const ending = jobEnding(first, rerun, inputs.inconclusive);
  const made = [`${name}-again-confirm`, `${name}-again`, `${name}-confirm`, name].filter((one) =>
    existsSync(join(reports, one, "report.json")),
  );
  keepReports(reports, made);
  const last = rerun ?? first;
  // Of two runs the command says which decided; one that says nothing may have left a report all the same.
  const newest = made[0] === undefined ? "" : join(reports, made[0]);
  publish(ending, last, last.dir ?? newest, env);
  tell(annotation(ending, `klarna-perf ${basename(inputs.profile)}`));
  return ending.fails ? last.exitCode || EXIT.fault : EXIT.passed;
}

/** `smoke-20261126T190000Z-3fa2c1`: in order of time, and apart from that of any other step, job or attempt. */
function folderName(profile: string, nowMs: number): string {
  const time = new Date(nowMs).toISOString().replace(/[-:]/g, "").replace(/\.\d+/, "");
  const stem = basename(profile).replace(/\.ya?ml$/, "");
  const safe = stem.replace(/[^A-Za-z0-9-]/g, "_").slice(0, 64);
  return `${safe}-${time}-${randomBytes(3).toString("hex")}`;
}

function words(inputs: Inputs, out: string): string[] {
  // It does not begin with a dash: `readInputs` has seen to that.
  return ["run", inputs.profile, ...inputs.words, "--json", "--no-progress", `--out=${out}`];
}

/** The job's own, less what is the action's. */
function commandEnvironment(env: NodeJS.ProcessEnv, state: string): NodeJS.ProcessEnv {
  const own = Object.entries(env).filter(([name]) => !name.startsWith("ACTION_"));
  return { ...Object.fromEntries(own), KLARNA_PERF_STATE: state };
}

function publish(ending: JobEnding, last: Ending, dir: string, env: NodeJS.ProcessEnv): void {
  const { GITHUB_STEP_SUMMARY: summary } = env;
  const exitCode = String(last.exitCode ?? "");
  writeOutputs({ verdict: last.verdict ?? "", "exit-code": exitCode, report: dir }, env);
  if (!summary) return;
  const markdown = dir === "" ? "" : textOf(join(dir, "summary.md"));
  const text = markdown || `## klarna-perf\n\n${oneLine(ending.text)}\n`;
  const fits = Buffer.byteLength(text) <= SUMMARY_BYTES_MAX;
  appendFileSync(summary, fits ? text : "klarna-perf: the summary is in the artefact\n");
}

function writeOutputs(
  values: Readonly<Record<string, string>>,
  { GITHUB_OUTPUT: file }: NodeJS.ProcessEnv,
): void {
  if (file) appendFileSync(file, outputs(values));
}

function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  process.exitCode = await main(process.env);
} catch (error) {
  const known = error instanceof KlarnaPerfError;
  const text = known ? `${error.code}: ${error.message}; ${error.hint ?? ""}` : String(error);
  tell(annotation({ fails: true, level: "error", text }, "klarna-perf"));
  process.exitCode = known ? error.exitCode : EXIT.fault;
}
