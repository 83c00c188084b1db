import { join } from "node:path";
import type { Clock } from "../../base/clock.ts";
import { perSecond, seconds } from "../../base/units.ts";
import { readRegistration } from "../../guard/registration.ts";
import { dropsTooMany } from "../../measure/verdict.ts";
import type { Latency } from "../../model/latency.ts";
import type { CapacityReport } from "../../report/capacity/schema.ts";
import type { Report } from "../../report/schema.ts";
import { emulatorOptions } from "../emulator.ts";
import { startEmulatorProcess } from "../emulator-process.ts";
import { packageFiles } from "../package-files.ts";
import { type Prepared, type Surroundings, withProfile } from "../prepare.ts";
import { Run } from "../run.ts";
import { openStateDir } from "../state-dir.ts";
import type { CapacityQuestion } from "./request.ts";

type RealRuns = CapacityReport["real"];
type RealRun = RealRuns["runs"][number];

const WARM_UP = seconds(2);
const STEADY = seconds(10);
/** With the start of the client and the reports after it. */
export const REAL_RUN_US = seconds(15);
const RUNS_MAX = 4;
/** What a run that did not keep the pace is tried again at. */
const STEP_DOWN = 0.6;

/** A runner's lag above this at p99, or more drops of its own than a run can bear, and the pace was not kept. */
const LAG_P99_US_MAX = 5_000;

export interface RealRunRequest {
  readonly prepared: Prepared;
  readonly question: CapacityQuestion & { readonly quotas: "test" | "live" };
  readonly latency: Latency;
  /** Journeys a second. */
  readonly rate: number;
  /** The check's folder. */
  readonly dir: string;
  readonly checkId: string;
  readonly command: string;
  onRun(rate: number): void;
}

/**
 * Whether this machine can send what the model found: real runs on an emulator of the same quotas and latencies, from the
 * found rate down to the first whose pace was kept. Nothing steers them and no cap slows them down. Ends when it has gone over its budget.
 */
export async function realRuns(
  request: RealRunRequest,
  surroundings: Surroundings,
  clock: Clock,
): Promise<RealRuns> {
  const { question, latency } = request;
  const state = openStateDir(surroundings.env);
  if (state.problem !== undefined) {
    return { runs: [], notRun: `the state directory can't be used: ${state.problem}` };
  }
  const { quotas, level, budget } = question;
  const { seed, profile } = request.prepared.plan;
  // Journeys that wait for a customer need one; faults are for runs that look for them.
  const { faults: _, latency: __, ...section } = profile.emulator ?? {};
  const options = emulatorOptions({ ...section, quotas, level, seed, protection: "off" });
  const emulator = await startEmulatorProcess(
    packageFiles().emulatorScript,
    { ...options, latency, registryDir: join(state.path, "emulators") },
    clock,
  );
  try {
    const { url } = readRegistration(emulator.registration);
    const runs: RealRun[] = [];
    const began = clock.now();
    let { rate } = request;
    while (runs.length < RUNS_MAX && clock.now() - began + REAL_RUN_US <= budget) {
      request.onRun(rate);
      const run = await realRun(
        request,
        rate,
        { number: runs.length + 1, url },
        surroundings,
        clock,
      );
      runs.push(run);
      if (run.kept) break;
      rate = nextRate(rate, question.target);
    }
    return runs.length > 0
      ? { runs, notRun: null }
      : { runs, notRun: "the budget was too small for a run in real time" };
  } finally {
    await emulator.stop();
  }
}

/** The target itself is tried before anything below it. */
function nextRate(rate: number, target: number | undefined): number {
  const next = rate * STEP_DOWN;
  return target !== undefined && target < rate ? Math.max(next, target) : next;
}

async function realRun(
  { prepared, question, dir, checkId, command }: RealRunRequest,
  rate: number,
  { number, url }: { readonly number: number; readonly url: string },
  surroundings: Surroundings,
  clock: Clock,
): Promise<RealRun> {
  const folder = `real-${number}`;
  const run = await Run.withClearance(
    atRate(prepared, rate, question),
    {
      out: join(dir, folder),
      emulatorUrl: url,
      command,
      tags: { capacity: checkId },
    },
    surroundings,
    clock,
  );
  const { report } = await run.execute();
  return { perSecond: rate, folder, ...paceOf(report) };
}

/** The prepared profile at one constant rate, with nothing of ours in the way: no cap, no steering, no stop for what is sought. */
export function atRate(
  prepared: Prepared,
  rate: number,
  { level, arrivals }: Pick<CapacityQuestion, "level" | "arrivals">,
): Prepared {
  const { profile } = prepared.plan;
  const { workload } = profile;
  if (workload.model === "closed") throw new TypeError("a closed workload has no rate");
  const at = perSecond(rate);
  const made = withProfile(
    prepared,
    {
      ...profile,
      kind: "capacity",
      workload: {
        ...workload,
        arrivals,
        stages: [
          { phase: "warm-up", from: at, to: at, duration: WARM_UP },
          { phase: "steady", from: at, to: at, duration: STEADY },
        ],
      },
      thresholds: profile.thresholds.map(({ abort: _, ...threshold }) => threshold),
      limits: { rate: perSecond(NO_CAP), perCategory: {} },
      stops: ["throttled", "errors"],
      cleanUp: false,
      emulator: undefined,
    },
    level,
  );
  const bindings = made.plan.bindings.map((scenario) => ({
    ...scenario,
    steps: scenario.steps.map((step) => ({ ...step, ignoresReset: true })),
  }));
  return { ...made, plan: { ...made.plan, bindings } };
}

/** The emulator's ceiling. */
const NO_CAP = 50_000;

function paceOf({
  totals,
  waits,
  rateLimits,
  stopReason,
}: Report): Omit<RealRun, "perSecond" | "folder"> {
  const { percentiles } = waits.runnerLag;
  const runnerLagP99Us = percentiles.find(({ p }) => p === 99)?.valueUs ?? null;
  const runnerDrops = totals.drops.runner;
  return {
    kept:
      stopReason === null &&
      !dropsTooMany(runnerDrops, totals.planned) &&
      (runnerLagP99Us ?? Number.POSITIVE_INFINITY) <= LAG_P99_US_MAX,
    sent: totals.sent,
    throttled: rateLimits.reduce((sum, { throttled }) => sum + throttled, 0),
    runnerDrops,
    runnerLagP99Us,
  };
}
