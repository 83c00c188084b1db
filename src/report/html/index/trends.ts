import { visible } from "../../../guard/foreign-text.ts";
import type { IndexEntry } from "../../index-entry.ts";

/** Runs of one profile in one place: those that a trend may go through. */
export interface Trend {
  readonly profile: string;
  readonly environment: string;
  /** The oldest first. */
  readonly runs: readonly IndexEntry[];
}

/** A trend shows so many of its newest runs. */
export const TREND_RUNS_MOST = 40;

/** @param entries the newest first @returns the profile that ran last first */
export function trendsOf(entries: readonly IndexEntry[]): Trend[] {
  const trends = new Map<string, IndexEntry[]>();
  for (const entry of entries) {
    const key = JSON.stringify([entry.profile, entry.environment]);
    const runs = trends.get(key) ?? [];
    if (runs.length < TREND_RUNS_MOST) runs.push(entry);
    trends.set(key, runs);
  }
  return [...trends.values()].flatMap((runs) => {
    const [newest] = runs;
    if (!newest) return [];
    const { profile, environment } = newest;
    return [
      { profile: visible(profile), environment: visible(environment), runs: runs.toReversed() },
    ];
  });
}
