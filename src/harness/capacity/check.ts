import { relative } from "node:path";
import type { Clock } from "../../base/clock.ts";
import { EXIT, type ExitCode, Refusal, UsageError } from "../../base/errors.ts";
import { VERSION } from "../../base/version.ts";
import type { Model } from "../../capacity/simulation.ts";
import { isKlarnaEnvironment } from "../../guard/environments.ts";
import { parseFigure } from "../../measure/figure.ts";
import type { Threshold } from "../../measure/threshold.ts";
import { profileHash } from "../../profile/hash.ts";
import { CAPACITY_SCHEMA_VERSION, type CapacityReport } from "../../report/capacity/schema.ts";
import { renderCapacityViews } from "../../report/capacity/views.ts";
import { makeOutDir, newRunId, writeReports } from "../out-dir.ts";
import { type Prepared, prepare, type Surroundings, withProfile } from "../prepare.ts";
import { Run } from "../run.ts";
import { answerOf } from "./answer.ts";
import { askedOf, warningsOf } from "./asked.ts";
import { boundOf, documented, probeDuration, type Search, searchCases } from "./cases.ts";
import { givenLatency } from "./latency.ts";
import { realRuns } from "./real-runs.ts";
import { type CapacityRequest, readQuestion } from "./request.ts";

export interface CapacityOptions {
  readonly out?: string;
  /** The command that makes the same again. @param seed the one that was taken */
  command(seed: number): string;
  /** Whether the found rate is run in real time on the embedded emulator. */
  readonly real: boolean;
  /** About so many journeys arrive in a probe; default 6000, below which small shares are a matter of chance. */
  readonly probeJourneys?: number;
  onStep(text: string): void;
}

export interface CapacityResult {
  readonly report: CapacityReport;
  readonly dir: string;
  readonly exitCode: ExitCode;
}

/**
 * Answers how many of a profile's journeys a second Klarna's quotas and the given latencies allow. The search runs in
 * virtual time; the rate that it finds is then run in real time on the embedded emulator.
 *
 * @throws UsageError for what can't be used; Refusal for any environment but the emulator
 */
export async function checkCapacity(
  request: CapacityRequest,
  options: CapacityOptions,
  surroundings: Surroundings,
  clock: Clock,
): Promise<CapacityResult> {
  const question = readQuestion(request);
  const given = prepare(request, surroundings);
  const { environment, profile } = given.plan;
  if (isKlarnaEnvironment(environment)) await refuse(given, surroundings, clock);
  const { workload } = given.plan;
  if (workload.model === "closed") {
    throw new UsageError(
      "CAPACITY_CLOSED",
      "a closed workload has no rate that could be searched",
      {
        place: { file: given.file },
        hint: "users who wait for their answers slow down as the target does: give the profile an open workload",
      },
    );
  }
  const quotas = question.quotas ?? profile.emulator?.quotas ?? "live";
  const asked = { ...question, quotas };
  const latency = givenLatency(request, profile.emulator?.latency);
  const model: Model = {
    workload: { ...workload, arrivals: question.arrivals },
    quota: documented(quotas),
    level: question.level,
    caller: { key: "klarna_test_api_model", account: request.account },
    latency: latency.latency,
  };
  const id = newRunId(`${profile.name}-capacity`, clock.wallMs());
  const startedAt = new Date(clock.wallMs()).toISOString();
  const search: Search = {
    duration: probeDuration(boundOf(model), options.probeJourneys),
    seed: given.plan.seed,
    seeds: question.seeds,
    thresholds: thresholdsOf(given),
  };
  const out = makeOutDir(options.out, id, surroundings.cwd);
  try {
    const { seed } = given.plan;
    const cases = await searchCases(model, search, clock, options.onStep);
    const [first] = cases;
    const command = options.command(seed);
    const rate = first.found[0]?.limit?.low ?? 0;
    const real: CapacityReport["real"] =
      !options.real || rate <= 0
        ? { runs: [], notRun: options.real ? "no rate was found" : "left out by --no-real" }
        : await realRuns(
            {
              prepared: given,
              question: asked,
              latency: latency.latency,
              rate,
              dir: out.dir,
              checkId: id,
              command,
              onRun: (at) => options.onStep(`a run in real time at ${at.toFixed(2)}/s, 15 s`),
            },
            surroundings,
            clock,
          );
    const endedAt = new Date(clock.wallMs()).toISOString();
    const report: CapacityReport = {
      schemaVersion: CAPACITY_SCHEMA_VERSION,
      check: {
        id,
        profile: profile.name,
        profileHash: profileHash(profile),
        startedAt,
        endedAt,
        seed,
        tool: { name: "klarna-perf", version: VERSION },
        command,
      },
      asked: askedOf(
        asked,
        { forAccount: request.account !== undefined, latency: latency.words },
        workload,
        search,
      ),
      cases,
      real,
      ...answerOf(first, real, question.target),
      warnings: warningsOf(given, workload),
    };
    await writeReports(out.dir, renderCapacityViews(report), out.dir);
    return { report, dir: out.dir, exitCode: exitCodeOf(report) };
  } finally {
    out.removeEmpty();
  }
}

/** The guard's own refusal, written down as for any run. @throws Refusal always */
async function refuse(prepared: Prepared, around: Surroundings, clock: Clock): Promise<never> {
  const { profile, level } = prepared.plan;
  const asCapacity = withProfile(prepared, { ...profile, kind: "capacity" }, level);
  await Run.withClearance(asCapacity, { command: "klarna-perf capacity" }, around, clock);
  throw new Refusal("GUARD_KIND_EMULATOR_ONLY", "a capacity check is for the emulator alone");
}

function thresholdsOf({ plan }: Prepared): Threshold[] {
  return plan.profile.thresholds.flatMap(({ text, operation, figure: written, limit }) => {
    const figure = parseFigure(written);
    return figure ? [{ text, operation, figure, limit }] : [];
  });
}

function exitCodeOf({ outcome }: CapacityReport): ExitCode {
  switch (outcome) {
    case "met":
    case "no-target":
      return EXIT.passed;
    case "not-met":
    case "no-capacity":
      return EXIT.failed;
    case "undecided":
      return EXIT.inconclusive;
  }
}

/** The page's path as a person at `cwd` would name it. */
export function pageOf({ dir }: CapacityResult, cwd: string): string {
  return `${relative(cwd, dir) || "."}/capacity.html`;
}
