import type { Clock } from "../../base/clock.ts";
import { UsageError } from "../../base/errors.ts";
import { formatMicros, type Micros, seconds } from "../../base/units.ts";
import { arithmeticBound, type Bound } from "../../capacity/bound.ts";
import { findCapacity } from "../../capacity/check.ts";
import type { Model } from "../../capacity/simulation.ts";
import { type Category, documentedQuota, type QuotaTable } from "../../guard/quotas.ts";
import type { Threshold } from "../../measure/threshold.ts";
import type { CapacityReport } from "../../report/capacity/schema.ts";
import { bindsOf } from "./answer.ts";
import { scaledLatency } from "./latency.ts";

type Case = CapacityReport["cases"][number];

/** Shares of journeys that may meet a 429, the first of which decides. */
const SHARES = [0.01, 0.001] as const;
const CASES = [
  { name: "as given", quotaFactor: 1, latencyFactor: 1 },
  { name: "half the quota", quotaFactor: 0.5, latencyFactor: 1 },
  { name: "twice the latency", quotaFactor: 1, latencyFactor: 2 },
] as const;

export interface Search {
  /** Of a probe's steady phase. */
  readonly duration: Micros;
  readonly seed: number;
  readonly seeds: number;
  readonly thresholds: readonly Threshold[];
}

/** The limits as given, at half the quota and at twice the latency. @param base as given */
export async function searchCases(
  base: Model,
  search: Search,
  clock: Clock,
  onStep: (text: string) => void,
): Promise<[Case, ...Case[]]> {
  const [first, ...others] = CASES;
  const began = clock.now();
  const cases: [Case, ...Case[]] = [await searched(first, base, search, onStep)];
  const each = formatMicros(clock.now() - began);
  onStep(`that took ${each}: the other ${others.length} cases will take about as long each`);
  for (const one of others) cases.push(await searched(one, base, search, onStep));
  return cases;
}

async function searched(
  { name, quotaFactor, latencyFactor }: (typeof CASES)[number],
  base: Model,
  { thresholds, ...search }: Search,
  onStep: (text: string) => void,
): Promise<CapacityReport["cases"][number]> {
  const model: Model = {
    ...base,
    quota: (category, level) => halved(base.quota(category, level), quotaFactor),
    latency: scaledLatency(base.latency, latencyFactor),
  };
  const bound = boundOf(model);
  const found: CapacityReport["cases"][number]["found"] = [];
  for (const throttledShare of SHARES) {
    onStep(`${name}: searching for at most ${throttledShare * 100} % throttled`);
    const result = await findCapacity(model, {
      ...search,
      criteria: { throttledShare, thresholds },
      around: bound.journeysPerSecond,
      onProbe: () => {},
    });
    found.push({
      throttledShare,
      limit: result.limit ? { ...result.limit, each: [...result.limit.each] } : null,
      binds: bindsOf(result, bound),
      probes: result.probes,
      confirmation: result.confirmation ?? null,
    });
  }
  return { name, quotaFactor, latencyFactor, bound: copyOf(bound), found };
}

function copyOf({ categories, ...bound }: Bound): CapacityReport["cases"][number]["bound"] {
  return { ...bound, categories: categories.map((one) => ({ ...one })) };
}

/** One of Klarna's tables, as the model asks for it. */
export function documented(table: QuotaTable): Model["quota"] {
  return (category, level) => documentedQuota(table, category, level);
}

/** A part of a quota, in whole requests: nothing less fits into a window. 0 stays 0. */
function halved(quota: number, factor: number): number {
  return quota === 0 ? 0 : Math.max(1, Math.floor(quota * factor));
}

/** What the arithmetic says of a model. @throws UsageError `CAPACITY_NO_QUOTA` where a category can't be called at all */
export function boundOf({ workload, quota, level, caller }: Model): Bound {
  const limiting = (category: Category): number => {
    const own = quota(category, "partner");
    if (level === "partner") return own;
    const acquiring = quota(category, "acquiring-partner");
    return caller.account === undefined || own === 0 ? acquiring : Math.min(own, acquiring);
  };
  const bound = arithmeticBound(workload, limiting);
  if (bound.journeysPerSecond > 0) return bound;
  const text = `at ${level} level the quota of ${bound.category} is 0`;
  throw new UsageError("CAPACITY_NO_QUOTA", text, {
    hint: "no rate is allowed; leave its operations out, or give --level acquiring-partner",
  });
}

/** A probe is so long that about as many journeys arrive, within these bounds. */
const PROBE_JOURNEYS = 6000;
const PROBE_S = { least: 60, most: 1800 };

/** How long a probe has to be. */
export function probeDuration({ journeysPerSecond }: Bound, journeys = PROBE_JOURNEYS): Micros {
  const s = journeys / journeysPerSecond;
  return seconds(Math.ceil(Math.min(PROBE_S.most, Math.max(PROBE_S.least, s))));
}
