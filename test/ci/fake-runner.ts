import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { ROOT } from "../support/cli.ts";

/** `action.yml`, as far as running its one `run` step takes it. */
interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly runs: {
    readonly steps: readonly {
      readonly run?: string;
      readonly uses?: string;
      readonly if?: string;
      readonly with?: Readonly<Record<string, string>>;
      readonly env?: Readonly<Record<string, string>>;
    }[];
  };
}

export interface Job {
  readonly workspace: string;
  remove(): void;
}

export interface StepEnd {
  readonly code: number | null;
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
}

export function readAction(): Action {
  return parse(readFileSync(join(ROOT, "action.yml"), "utf8"));
}

export function job(): Job {
  const workspace = mkdtempSync(join(tmpdir(), "klarna-perf-job-"));
  mkdirSync(join(workspace, "files"));
  return { workspace, remove: () => rmSync(workspace, { recursive: true, force: true }) };
}

export interface StartedStep {
  /** Resolves when no process holds its streams any more: not the shell, and nothing that it left behind. */
  readonly ended: Promise<StepEnd>;
  /** To the process that the runner started and to no other, which is how a cancelled job ends. */
  signal(one: NodeJS.Signals): void;
}

/** Runs the action's step as GitHub's runner would, to its end. */
export function runStep(at: Job, given: Readonly<Record<string, string>>): Promise<StepEnd> {
  return startStep(at, given).ended;
}

/** Starts it: bash, the step's own variables, the runner's files. */
export function startStep(
  { workspace }: Job,
  given: Readonly<Record<string, string>>,
): StartedStep {
  const action = readAction();
  const step = action.runs.steps.find(({ run }) => run !== undefined);
  const inputs = Object.fromEntries(
    Object.entries(action.inputs).map(([name, input]) => [
      name,
      given[name] ?? input.default ?? "",
    ]),
  );
  const own = Object.entries(step?.env ?? {}).map(([name, value]) => [
    name,
    evaluated(value, inputs, workspace),
  ]);
  const output = join(workspace, "files", "output");
  const summary = join(workspace, "files", "summary");
  const script = join(workspace, "files", "step.sh");
  for (const file of [output, summary]) writeFileSync(file, "");
  writeFileSync(script, step?.run ?? "");
  const child = spawn("bash", ["--noprofile", "--norc", "-eo", "pipefail", script], {
    cwd: workspace,
    env: {
      PATH: process.env.PATH ?? "",
      HOME: workspace,
      CI: "true",
      GITHUB_ACTIONS: "true",
      GITHUB_ACTION_PATH: ROOT,
      GITHUB_WORKSPACE: workspace,
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
      GITHUB_RUN_ID: "17",
      GITHUB_RUN_ATTEMPT: "1",
      GITHUB_SHA: "0".repeat(40),
      ...Object.fromEntries(own),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      log += text;
    });
  }
  const ended = new Promise<StepEnd>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      const lines = readFileSync(output, "utf8").split("\n").filter(Boolean);
      const outputs = Object.fromEntries(
        lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
      );
      resolve({ code, log, outputs, summary: readFileSync(summary, "utf8") });
    });
  });
  return { ended, signal: (one) => child.kill(one) };
}

/** As much of GitHub's expressions as the action uses; anything else is an error of the test. */
function evaluated(
  text: string,
  inputs: Readonly<Record<string, string>>,
  workspace: string,
): string {
  return text.replace(/\$\{\{ ([a-z.-]+) \}\}/g, (_, name: string) => {
    if (name === "github.workspace") return workspace;
    const input = inputs[name.replace(/^inputs\./, "")];
    if (input === undefined) throw new Error(`no value for ${name}`);
    return input;
  });
}
