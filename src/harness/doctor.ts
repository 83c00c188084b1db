import { existsSync } from "node:fs";
import { join } from "node:path";
import { KlarnaPerfError } from "../base/errors.ts";
import { isKlarnaEnvironment, parseEnvironment } from "../guard/environments.ts";
import { fingerprint } from "../guard/fingerprint.ts";
import type { KeySources } from "../guard/key-source.ts";
import { type Permit, permitProblem } from "../guard/permit.ts";
import { weakeningSettings } from "../guard/runtime.ts";
import { BUDGET_REQUESTS, PROBE_PROFILE } from "../guard/standing.ts";
import { verifyAudit } from "../ledger/audit-verify.ts";
import { readStanding } from "../ledger/ledger.ts";
import { listedProfiles } from "./listing.ts";
import { packageFiles } from "./package-files.ts";
import { prepare, readPermit, type Surroundings } from "./prepare.ts";
import { openStateDir } from "./state-dir.ts";

/** One thing that a run needs. */
export interface Finding {
  readonly what: string;
  /** `ready`; `missing`: no run without it; `klarna`: runs on the emulator do without it. */
  readonly state: "ready" | "missing" | "klarna";
  readonly text: string;
  /** What to do; empty when there is nothing to do. */
  readonly advice: string;
}

const NODE_MIN = [20, 19] as const;

/** What a run would be asked with. */
export interface Examined {
  readonly environment: string;
  /** The permit's file. */
  readonly permit: string | undefined;
  readonly account: string | undefined;
  readonly keys: KeySources;
}

/**
 * Looks at what runs need, from the outside: opens no socket, reads no key, changes nothing but to make the state directory.
 *
 * @throws Refusal for an environment that does not exist
 */
export function examine(asked: Examined, around: Surroundings): Finding[] {
  const { cwd, env, execArgv, argv } = around;
  const environment = parseEnvironment(asked.environment);
  return [
    node(),
    installation(),
    profiles(cwd),
    stateDirectory(env),
    settings(env, execArgv, argv),
    key(asked.keys),
    ...permitFindings(asked, around),
    ...(isKlarnaEnvironment(environment) ? guard(asked, around) : []),
  ];
}

/** The profile of the one read that `doctor --probe` makes. */
export function probeProfile(): string {
  return join(packageFiles().profilesDir, `${PROBE_PROFILE}.yaml`);
}

/** The permit, and what the ledger says of its account. */
function permitFindings({ environment, permit: file }: Examined, around: Surroundings): Finding[] {
  if (file === undefined) {
    const advice = "make one with `klarna-perf permit <file> --make`, and name it with --permit";
    return [
      { what: "permit", state: "klarna", text: "none was named", advice },
      ledger(around, undefined, environment),
    ];
  }
  let permit: Permit;
  try {
    permit = readPermit(file);
  } catch (error) {
    if (!(error instanceof KlarnaPerfError)) throw error;
    const { code, message, hint = "" } = error;
    return [{ what: "permit", state: "klarna", text: `${code}: ${message}`, advice: hint }];
  }
  const problem = permitProblem(permit, around.nowMs);
  const until = `${permit.label}, until ${permit.validUntil}`;
  return [
    {
      what: "permit",
      state: problem === undefined ? "ready" : "klarna",
      text: problem === undefined ? until : `${permit.label}: ${problem}`,
      advice: problem === undefined ? "" : "read Klarna's current guidelines and make a new one",
    },
    ledger(around, fingerprint(permit.account), environment),
  ];
}

function ledger(
  { env, nowMs }: Surroundings,
  account: string | undefined,
  environment: string,
): Finding {
  const { path, problem } = openStateDir(env);
  const what = "ledger";
  if (problem !== undefined) {
    return { what, state: "klarna", text: "it needs the state directory", advice: "" };
  }
  try {
    // Also for no account in particular: it is the ledger that is looked at.
    const asked = { key: undefined, account: account ?? fingerprint(""), environment, nowMs };
    const { budgetLeft } = readStanding(path, asked);
    const { check, ledgerProblem } = verifyAudit(path);
    if (ledgerProblem !== null || check.kind === "tampered") {
      const text = ledgerProblem?.message ?? "the audit log is not as the ledger left it";
      return { what, state: "klarna", text, advice: "klarna-perf audit --verify says more" };
    }
    const left =
      account === undefined
        ? ""
        : `; ${budgetLeft} of ${BUDGET_REQUESTS} requests a day are left for the permit's account`;
    return { what, state: "ready", text: `sound${left}`, advice: "" };
  } catch (error) {
    if (!(error instanceof KlarnaPerfError)) throw error;
    const { code, message, hint = "" } = error;
    return { what, state: "klarna", text: `${code}: ${message}`, advice: hint };
  }
}

/** What the guard says to the probe, as far as it can without a key. */
function guard(asked: Examined, around: Surroundings): Finding[] {
  const what = "guard";
  const { environment, permit, account } = asked;
  try {
    const { decision } = prepare(
      {
        profile: probeProfile(),
        environment,
        ...(permit === undefined ? {} : { permit }),
        ...(account === undefined ? {} : { account }),
      },
      around,
    );
    if (decision.allowed) {
      return [{ what, state: "ready", text: `a smoke run may go to ${environment}`, advice: "" }];
    }
    return [decision, ...decision.also].map(({ code, text, hint }) => ({
      what,
      state: "klarna",
      text: `${code}: ${text}`,
      advice: hint,
    }));
  } catch (error) {
    if (!(error instanceof KlarnaPerfError)) throw error;
    const { code, message, hint = "" } = error;
    return [{ what, state: "klarna", text: `${code}: ${message}`, advice: hint }];
  }
}

function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const enough = major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]);
  return {
    what: "Node",
    state: enough ? "ready" : "missing",
    text: process.version,
    advice: enough ? "" : `use Node ${NODE_MIN.join(".")} or later`,
  };
}

function installation(): Finding {
  const { emulatorScript, pageScript, chartStyle } = packageFiles();
  const whole = [emulatorScript, pageScript, chartStyle].every((file) => existsSync(file));
  return {
    what: "installation",
    state: whole ? "ready" : "missing",
    text: whole ? "emulator and report page are there" : "files of the package are missing",
    advice: whole ? "" : "install klarna-perf again, or run `npm run build` in a checkout",
  };
}

function profiles(cwd: string): Finding {
  const found = listedProfiles(cwd);
  const broken = found.filter((profile) => "error" in profile).map(({ name }) => name);
  return {
    what: "profiles",
    state: broken.length === 0 ? "ready" : "missing",
    text:
      broken.length === 0
        ? found.map(({ name }) => name).join(", ")
        : `can't be used: ${broken.join(", ")}`,
    advice: broken.length === 0 ? "" : "klarna-perf validate says what is wrong",
  };
}

function stateDirectory(env: Surroundings["env"]): Finding {
  const { path, problem } = openStateDir(env);
  return {
    what: "state directory",
    state: problem === undefined ? "ready" : "klarna",
    text: problem === undefined ? path : `${path}: ${problem}`,
    advice: problem === undefined ? "" : "mend it, or name another with KLARNA_PERF_STATE",
  };
}

function settings(
  env: Surroundings["env"],
  execArgv: readonly string[],
  argv: readonly string[],
): Finding {
  const weakening = weakeningSettings({ env, execArgv, argv });
  return {
    what: "process settings",
    state: weakening.length === 0 ? "ready" : "klarna",
    text: weakening.length === 0 ? "none that weakens the lock" : weakening.join(", "),
    advice: weakening.length === 0 ? "" : "unset them for runs against Klarna",
  };
}

function key({ env, file, command, envFile }: KeySources): Finding {
  const sources = [
    ...(env.KLARNA_API_KEY ? ["KLARNA_API_KEY"] : []),
    ...(file ? ["--api-key-file"] : []),
    ...(command ? ["--api-key-command"] : []),
    ...(envFile ? ["--env-from"] : []),
  ];
  const [source] = sources;
  const single = source !== undefined && sources.length === 1;
  return {
    what: "API key",
    state: single ? "ready" : "klarna",
    text: single
      ? `from ${source} (not read)`
      : source === undefined
        ? "no source of one"
        : `several sources: ${sources.join(", ")}`,
    advice: single
      ? ""
      : "runs on the emulator need none; for Klarna set KLARNA_API_KEY, or give one of --api-key-file, --api-key-command and --env-from",
  };
}
