import { readFileSync } from "node:fs";
import { type Clock, systemClock } from "../base/clock.ts";
import { Refusal, UsageError } from "../base/errors.ts";
import { freshSeed, isSeed, SEED_FORM, type Seed } from "../base/random.ts";
import { type Decision, decide } from "../guard/decide.ts";
import {
  type EnvironmentName,
  isKlarnaEnvironment,
  parseEnvironment,
} from "../guard/environments.ts";
import { fingerprint } from "../guard/fingerprint.ts";
import { visible } from "../guard/foreign-text.ts";
import { type Permit, parsePermit } from "../guard/permit.ts";
import type { Level, QuotaTable } from "../guard/quotas.ts";
import type { RunFacts } from "../guard/run-facts.ts";
import { weakeningSettings } from "../guard/runtime.ts";
import { catalogued } from "../klarna/catalogue.ts";
import { readStanding } from "../ledger/ledger.ts";
import { dataReader } from "../profile/data/files.ts";
import { type FoundProfile, findProfile } from "../profile/find.ts";
import { makePlan, type Plan } from "../profile/plan.ts";
import { parseProfile } from "../profile/read.ts";
import type { Profile } from "../profile/schema.ts";
import type { Report } from "../report/schema.ts";
import { packageFiles } from "./package-files.ts";
import { ignoredSection, runningSettings } from "./running-emulator.ts";
import { openStateDir } from "./state-dir.ts";

/** What the user asks for, as the command line or a caller of the package gives it. */
export interface RunRequest {
  /** The name of a profile, or the path of a profile file. */
  readonly profile: string;
  /** Default `emulator`. */
  readonly environment?: string;
  /** The permit's file. */
  readonly permit?: string;
  /** `krn:partner:global:account:test:…`, for an acquiring partner. */
  readonly account?: string;
  /** The address of an emulator that `startEmulator` or `klarna-perf emulator` started; default: one for this run. */
  readonly emulatorUrl?: string;
  /** `path=value`, laid over the profile. */
  readonly set?: readonly string[];
  readonly seed?: number;
}

/** The process's own circumstances, which decide as much as what was asked for. */
export interface Surroundings {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly execArgv: readonly string[];
  readonly argv: readonly string[];
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

/** Those of this process, now. */
export function surroundings(clock: Clock = systemClock()): Surroundings {
  return {
    cwd: process.cwd(),
    env: process.env,
    execArgv: process.execArgv,
    argv: process.argv.slice(2),
    nowMs: clock.wallMs(),
  };
}

/** A run made ready: everything read and checked, the guard asked, nothing opened. */
export interface Prepared {
  /** The profile's file, for messages. */
  readonly file: string;
  /** The absolute path of the folder that it lies in. */
  readonly folder: string;
  readonly plan: Plan;
  readonly facts: RunFacts;
  readonly decision: Decision;
  readonly account: string | undefined;
  /** What the target enforces: the running emulator's own, else the profile's emulator's, and Klarna's test environment's. */
  readonly quotas: QuotaTable;
  /** Beside the guard's. */
  readonly warnings: Report["warnings"];
}

const ACCOUNT = /^krn:partner:global:account:(?:test|live):[A-Z0-9]{8,32}$/;

/**
 * Reads the profile and the permit, makes the plan and asks the guard. Opens no socket and writes nothing.
 *
 * @throws UsageError for what can't be read or used; Refusal for an environment that does not exist
 */
export function prepare(request: RunRequest, surroundings: Surroundings): Prepared {
  return prepareFound(foundFor(request, surroundings), request, surroundings);
}

function foundFor({ profile }: RunRequest, { cwd }: Surroundings): FoundProfile {
  return findProfile(profile, { cwd, builtInDir: packageFiles().profilesDir });
}

/** The same for a profile whose text is in hand. */
export function prepareFound(
  { folder, file, text }: FoundProfile,
  request: Omit<RunRequest, "profile">,
  surroundings: Surroundings,
): Prepared {
  const environment = parseEnvironment(request.environment ?? "emulator");
  const seed = seedOf(request.seed);
  const { emulatorUrl } = request;
  const running =
    emulatorUrl === undefined || isKlarnaEnvironment(environment)
      ? undefined
      : runningSettings(emulatorUrl, surroundings.env);
  const profile = parseProfile(text, file, {
    environment,
    set: request.set ?? [],
    runningCustomer: running?.customer,
    readData: dataReader(folder, surroundings.cwd),
  });
  const permit = request.permit === undefined ? undefined : readPermit(request.permit);
  const named = accountOf(request.account);
  const level = permit?.level ?? (named === undefined ? "partner" : "acquiring-partner");
  // An acquiring partner's paths name the account; the permit does where the command line doesn't.
  const account = named ?? (level === "acquiring-partner" ? permit?.account : undefined);
  const plan = makePlan(profile, { environment, level, seed });
  if (account === undefined) checkNeedsNoAccount(plan, file);
  const facts = factsOf(plan, { environment, permit, account }, surroundings);
  const warnings = ignoredSection(profile.emulator, running);
  const section = isKlarnaEnvironment(environment) ? undefined : profile.emulator;
  const quotas = running?.quotas ?? section?.quotas ?? "test";
  return { file, folder, plan, facts, decision: decide(facts), account, quotas, warnings };
}

/** The same run of another profile, made from this one's; the guard is asked again. */
export function withProfile(prepared: Prepared, profile: Profile, level: Level): Prepared {
  const { environment, seed } = prepared.plan;
  const plan = makePlan(profile, { environment, level, seed });
  const quotas = profile.emulator?.quotas ?? prepared.quotas;
  return { ...withPlan(prepared, plan), quotas };
}

/** The same run by another plan; the guard is asked again. */
export function withPlan(prepared: Prepared, plan: Plan): Prepared {
  const facts = { ...prepared.facts, ...planFacts(plan) };
  return { ...prepared, plan, facts, decision: decide(facts) };
}

function planFacts(plan: Plan) {
  return {
    kind: plan.profile.kind,
    level: plan.level,
    model: plan.workload.model,
    durationUs: plan.longest,
    requests: plan.requestsAtMost,
    maxInFlight: plan.workload.maxInFlight,
    categories: plan.categories,
    operations: plan.operations.map(({ operation }) => catalogued(operation)),
    profile: plan.profile,
    relaxedStops: plan.profile.stops ?? [],
  };
}

function factsOf(
  plan: Plan,
  given: { environment: EnvironmentName; permit: Permit | undefined; account: string | undefined },
  { env, execArgv, argv, nowMs }: Surroundings,
): RunFacts {
  return {
    ...given,
    ...planFacts(plan),
    weakeningSettings: weakeningSettings({ env, execArgv, argv }),
    standing: accountStanding(given, env, nowMs),
    nowMs,
  };
}

/** What the ledger says of a permit's account, for a run against Klarna; the run itself asks again, with its key. */
function accountStanding(
  { environment, permit }: { environment: EnvironmentName; permit: Permit | undefined },
  env: Surroundings["env"],
  nowMs: number,
): RunFacts["standing"] {
  if (!isKlarnaEnvironment(environment) || permit === undefined) return undefined;
  const { path, problem } = openStateDir(env);
  if (problem !== undefined) {
    return {
      code: "STATE_UNUSABLE",
      text: `the state directory ${visible(path)} can't be used: ${problem}`,
      hint: "mend it, or name another with KLARNA_PERF_STATE",
    };
  }
  try {
    const account = fingerprint(permit.account);
    return readStanding(path, { key: undefined, account, environment, nowMs });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { code: error.code, text: error.message, hint: error.hint ?? "" };
  }
}

function seedOf(given: number | undefined): Seed {
  if (given === undefined) return freshSeed();
  if (isSeed(given)) return given;
  throw new UsageError("USAGE_SEED", `\`${given}\` can't be a seed`, { hint: `give ${SEED_FORM}` });
}

function accountOf(given: string | undefined): string | undefined {
  if (given === undefined || ACCOUNT.test(given)) return given;
  throw new UsageError("USAGE_ACCOUNT", `\`${visible(given)}\` can't be an account`, {
    hint: "give krn:partner:global:account:test: and the account's id, 8 or more capital letters and digits",
  });
}

/** @throws UsageError `USAGE_ACCOUNT_NEEDED` for an operation that has no path without an account */
function checkNeedsNoAccount(plan: Plan, file: string): void {
  const needing = plan.operations
    .map(({ operation }) => catalogued(operation))
    .filter(({ forms }) => forms.plain === undefined);
  if (needing.length === 0) return;
  const names = needing.map(({ name }) => `\`${name}\``).join(", ");
  throw new UsageError("USAGE_ACCOUNT_NEEDED", `only for an account: ${names}`, {
    place: { file },
    hint: "name it with --account krn:partner:global:account:test:…; on the emulator any will do",
  });
}

/** @throws UsageError `PERMIT_…` */
export function readPermit(path: string): Permit {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    const code =
      cause instanceof Error && "code" in cause ? String(cause.code) : "it can't be read";
    throw new UsageError("PERMIT_UNREADABLE", `\`${visible(path)}\` can't be read: ${code}`, {
      hint: "give the permit's file with --permit",
      cause,
    });
  }
  return parsePermit(text, visible(path));
}
