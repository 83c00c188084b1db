import type { ComparedRun, Conditions } from "./schema/comparison.ts";
import type { Report } from "./schema.ts";

/** Something in which two runs were not alike, each side in words. */
export interface Unlike {
  readonly what: string;
  readonly baseline: string;
  readonly candidate: string;
}

/** As much of a report as comparing takes. */
export function comparedRunOf(report: Report): ComparedRun {
  const { run, plan, rateLimits, verdict, interrupted, comparison } = report;
  return {
    id: run.id,
    startedAt: run.startedAt,
    verdict,
    interrupted,
    compared: comparison?.outcome ?? null,
    conditions: conditionsOf({ run, plan, rateLimits }),
    operations: report.operations.map(({ name, errorRatio, responseTime }) => {
      return { name, errorRatio, responseTime };
    }),
  };
}

/** @param rateLimits what the server said; empty before a run */
export function conditionsOf({
  run,
  plan,
  rateLimits,
}: {
  readonly run: Pick<Report["run"], "profile" | "profileHash" | "environment" | "host">;
  readonly plan: Pick<Report["plan"], "categories">;
  readonly rateLimits: Report["rateLimits"];
}): Conditions {
  const { node, platform, arch, cpus, cpuModel } = run.host;
  return {
    profile: run.profile,
    profileHash: run.profileHash,
    environment: run.environment,
    quotas: plan.categories.map(({ category, quotaPerSecond, capPerSecond }) => {
      const said = rateLimits.find((one) => one.category === category)?.limitPerSecond;
      return { category, quotaPerSecond: said ?? quotaPerSecond, capPerSecond };
    }),
    host: { node, platform, arch, cpus, cpuModel },
  };
}

/** In what two runs were not alike, as far as it moves latencies; empty for runs that can be compared. */
export function unlikeIn(baseline: Conditions, candidate: Conditions): Unlike[] {
  const differences: Unlike[] = [];
  const look = (what: string, of: (conditions: Conditions) => string): void => {
    const [before, after] = [of(baseline), of(candidate)];
    if (before !== after) differences.push({ what, baseline: before, candidate: after });
  };
  if (baseline.profileHash !== candidate.profileHash) {
    look("profile", ({ profile, profileHash }) => `${profile} (${profileHash.slice(0, 12)})`);
  }
  look("environment", ({ environment }) => environment);
  for (const { category, quotaPerSecond, capPerSecond } of candidate.quotas) {
    const before = baseline.quotas.find((one) => one.category === category);
    // What only one of the two knows tells no difference.
    if (before === undefined) continue;
    if (before.quotaPerSecond !== null && quotaPerSecond !== null) {
      look(`quota of ${category}`, (conditions) => rateOf(conditions, category, "quotaPerSecond"));
    }
    if (before.capPerSecond !== capPerSecond) {
      look(`cap of ${category}`, (conditions) => rateOf(conditions, category, "capPerSecond"));
    }
  }
  look("host", ({ host }) => `${host.platform} ${host.arch}, ${host.cpus} x ${host.cpuModel}`);
  look("Node", ({ host }) => host.node.split(".")[0] ?? "");
  return differences;
}

function rateOf(
  { quotas }: Conditions,
  category: string,
  rate: "quotaPerSecond" | "capPerSecond",
): string {
  return `${quotas.find((one) => one.category === category)?.[rate] ?? "unknown"}/s`;
}

/** `profile: smoke (1a2b…), here smoke (3c4d…); host: …`. */
export function unlikeText(differences: readonly Unlike[]): string {
  return differences
    .map(({ what, baseline, candidate }) => `${what}: ${baseline}, here ${candidate}`)
    .join("; ");
}
