import type { PastRun } from "../ledger/runs.ts";
import type { Report } from "../report/schema.ts";

/** The figures that the history keeps of each operation. */
export const TREND_FIGURES = ["p50Us", "p95Us", "p99Us", "errorRatio"] as const;
export type TrendFigure = (typeof TREND_FIGURES)[number];

/** An operation's figures of one run; null: none, or not kept. Response times, of the steady phase. */
export interface TrendPoint {
  readonly run: string;
  readonly startedMs: number;
  readonly verdict: string;
  readonly figures: Readonly<Record<TrendFigure, TrendValue | null>>;
}

export interface TrendValue {
  /** In the figure's unit. */
  readonly value: number;
  /** True: more than `value`, since it falls among censored samples. */
  readonly censored: boolean;
}

/** One operation over time, in one place. */
export interface Trend {
  readonly profile: string;
  readonly environment: string;
  readonly operation: string;
  /** The newest first. */
  readonly points: readonly TrendPoint[];
}

/** More than any profile calls; the ledger keeps 200 figures of a run. */
const OPERATIONS_MOST = 50;
const PERCENTILES = { p50Us: 50, p95Us: 95, p99Us: 99 } as const;

/**
 * A run's figures as the ledger keeps them, each under `<operation> <figure>`; a percentile that falls among censored
 * samples is text, `>` and what it is more than.
 */
export function historyFigures({ operations }: Report): Record<string, number | string | null> {
  const kept: Record<string, number | string | null> = {};
  for (const { name, responseTime, errorRatio } of operations.slice(0, OPERATIONS_MOST)) {
    for (const figure of ["p50Us", "p95Us", "p99Us"] as const) {
      const found = responseTime.percentiles.find(({ p }) => p === PERCENTILES[figure]);
      const { valueUs = null, censored = false } = found ?? {};
      kept[`${name} ${figure}`] = valueUs !== null && censored ? `>${valueUs}` : valueUs;
    }
    kept[`${name} errorRatio`] = errorRatio.value;
  }
  return kept;
}

/** @param runs of the history, the newest first @returns by profile and environment, in the order of the newest run */
export function trendsOf(runs: readonly PastRun[]): Trend[] {
  const trends = new Map<string, Trend & { readonly points: TrendPoint[] }>();
  for (const { id, profile, environment, startedMs, ended } of runs) {
    if (!ended) continue;
    const operations = new Set(Object.keys(ended.figures).map((key) => key.split(" ")[0] ?? ""));
    for (const operation of operations) {
      const key = `${profile} ${environment} ${operation}`;
      const trend = trends.get(key) ?? { profile, environment, operation, points: [] };
      trends.set(key, trend);
      const figure = (name: TrendFigure): TrendValue | null =>
        keptValue(ended.figures[`${operation} ${name}`]);
      trend.points.push({
        run: id,
        startedMs,
        verdict: ended.verdict,
        figures: {
          p50Us: figure("p50Us"),
          p95Us: figure("p95Us"),
          p99Us: figure("p99Us"),
          errorRatio: figure("errorRatio"),
        },
      });
    }
  }
  return [...trends.values()];
}

function keptValue(kept: number | string | null | undefined): TrendValue | null {
  if (typeof kept === "number") return { value: kept, censored: false };
  const more = /^>(\d+)$/.exec(kept ?? "")?.[1];
  return more === undefined ? null : { value: Number(more), censored: true };
}
