import { VERSION } from "../base/version.ts";
import type { ApprovedPlan } from "../guard/approval.ts";
import type { CapSchedule } from "../guard/cap-schedule.ts";
import { visible } from "../guard/foreign-text.ts";
import { bindingQuota, type QuotaTable } from "../guard/quotas.ts";
import type { BurstFacts } from "../guard/run-facts.ts";
import { INTERVALS_LEAST } from "../measure/record-interval.ts";
import type { DataTable } from "../profile/data/table.ts";
import type { EmulatorSection } from "../profile/emulator-section.ts";
import { profileHash } from "../profile/hash.ts";
import type { Plan } from "../profile/plan.ts";
import type { ComparisonRequest, RunManifest } from "../report/run-record.ts";
import type { Report } from "../report/schema.ts";
import { ciFacts, hostFacts } from "./host.ts";

export interface ManifestParts {
  readonly id: string;
  readonly plan: Plan;
  readonly approved: ApprovedPlan;
  /** What the target enforces. */
  readonly quotas: QuotaTable;
  readonly origin: string;
  readonly permit: string | null;
  readonly audit: Report["guard"]["audit"];
  readonly tags: Readonly<Record<string, string>>;
  /** The command that runs the same again. */
  readonly command: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly warnings: Report["warnings"];
  /** null: with no other run. */
  readonly comparison: ComparisonRequest | null;
  /** null: not a gate's. */
  readonly gate: RunManifest["gate"];
}

/** What a run puts first into its record: what it was to be. */
export function runManifest(parts: ManifestParts): RunManifest {
  const { id, plan, approved, quotas, origin, permit, audit, tags, command, env, warnings } = parts;
  const { profile } = plan;
  return {
    run: {
      id,
      profile: profile.name,
      description: profile.description,
      kind: profile.kind,
      environment: plan.environment,
      seed: plan.seed,
      tool: { name: "klarna-perf", version: VERSION },
      host: hostFacts(),
      ci: ciFacts(env),
      profileHash: profileHash(profile),
      tags: { ...profile.tags, ...tags },
      command,
    },
    plan: planReport(plan, approved, quotas),
    guard: { origin, checks: [...approved.checks], permit, audit },
    thresholds: profile.thresholds.map(({ text, operation, figure, limit }) => ({
      text,
      operation,
      figure,
      limit,
    })),
    comparison: parts.comparison,
    gate: parts.gate,
    warnings: [...approved.warnings, ...unstatable(plan), ...warnings],
  };
}

/** The plan as the report shows it, caps as the guard approved them. */
function planReport(plan: Plan, { bounds }: ApprovedPlan, quotas: QuotaTable): Report["plan"] {
  const { emulator } = plan.profile;
  const approved = new Map(bounds.categories.map((one) => [one.category, one]));
  return {
    durationS: plan.duration / 1e6,
    journeys: plan.journeys,
    requests: plan.requests,
    requestsAtMost: plan.requestsAtMost,
    maxInFlight: bounds.maxInFlight,
    webhooks: plan.webhooks,
    stages: plan.stages.map(({ phase, from, to, duration }) => ({
      phase,
      fromPerSecond: from,
      toPerSecond: to,
      durationS: duration / 1e6,
    })),
    categories: plan.categories.map(
      ({ category, requests, peakPerSecond, capPerSecond, bursts }) => {
        const caps = approved.get(category);
        return {
          category,
          requests,
          peakPerSecond,
          capPerSecond: caps?.capPerSecond ?? capPerSecond,
          ...(bursts === undefined ? {} : { bursts: burstsReport(bursts, caps) }),
          quotaPerSecond: bindingQuota(quotas, category, plan.level),
        };
      },
    ),
    ...(plan.profile.workload.pacing === "relaxed" ? { pacing: "relaxed" as const } : {}),
    ...dataReport(plan.profile.data),
    ...(plan.environment === "emulator" && emulator ? { emulator: emulatorReport(emulator) } : {}),
  };
}

function emulatorReport(section: EmulatorSection): NonNullable<Report["plan"]["emulator"]> {
  const { faults, ...words } = section;
  return faults === undefined ? words : { ...words, faults: faults.map(visible) };
}

function dataReport(tables: readonly DataTable[]): Pick<Report["plan"], "data"> {
  if (tables.length === 0) return {};
  return {
    data: tables.map(({ name, file, rows, order, sha256 }) => {
      return { name, file: visible(file), rows: rows.length, order, sha256 };
    }),
  };
}

function burstsReport(
  { peakPerSecond, capPerSecond, windows }: BurstFacts,
  caps: CapSchedule | undefined,
) {
  return {
    peakPerSecond,
    capPerSecond: caps?.bursts?.capPerSecond ?? capPerSecond,
    windows: windows.map(({ fromUs, toUs }) => ({ fromS: fromUs / 1e6, toS: toUs / 1e6 })),
  };
}

/** Percentile thresholds that this plan's sample can never decide: better said before the run than after it. */
function unstatable(plan: Plan): Report["warnings"] {
  return plan.profile.thresholds.flatMap(({ text, operation, figure }) => {
    const p = Number(/\.p(\d+(?:\.\d+)?)$/.exec(figure)?.[1] ?? Number.NaN);
    if (Number.isNaN(p)) return [];
    const judged = plan.operations.filter(
      (one) => operation === null || one.operation === operation,
    );
    const samples = judged.reduce((sum, { steadySamples }) => sum + steadySamples, 0);
    const needed = judged[0]?.percentiles.find((one) => one.p === p)?.samplesNeeded ?? 0;
    const intervals = Math.max(0, ...judged.map(({ steadyIntervals }) => steadyIntervals));
    const code = "TOO_FEW_SAMPLES";
    if (samples < needed) {
      const why = `needs ${needed} steady samples to be met, and the plan makes ${samples}`;
      return [{ code, text: `${text}: ${why}` }];
    }
    if (intervals < INTERVALS_LEAST) {
      const why = `needs answers in ${INTERVALS_LEAST} intervals of the record, and the plan makes ${intervals}`;
      return [{ code, text: `${text}: ${why}` }];
    }
    return [];
  });
}
