import { type Micros, micros, type PerSecond, perSecond, seconds } from "../base/units.ts";
import type { Peaks } from "./cap-schedule.ts";
import { type EnvironmentName, isKlarnaEnvironment, type Kind } from "./environments.ts";
import { bindingQuota, type Category, type Level } from "./quotas.ts";

/** What a run may do in one rate-limit category. */
export interface CategoryCeiling extends Peaks {
  /** Requests in flight, and open connections. */
  readonly inFlight: number;
}

/** How long a category may be in bursts, in microseconds. */
export interface BurstCeiling {
  readonly each: Micros;
  readonly inAll: Micros;
}

/** What a run may do in all. Profile, command line and permit can lower these; nothing raises them. */
export interface RunCeiling {
  readonly requests: number;
  readonly duration: Micros;
  /** `undefined`: no bursts at all. */
  readonly bursts: BurstCeiling | undefined;
  /** Connections opened a second; `undefined`: no bound. */
  readonly connectsPerSecond: PerSecond | undefined;
  /**
   * A request holds its slot in the cap until 1 s after its answer (60 s if it ends unanswered), so that no
   * 1 s window at an answering server holds more than the cap, whatever the network does in between.
   */
  readonly holdsSlotUntilAnswered: boolean;
  category(category: Category): CategoryCeiling;
}

const MINUTE: Micros = seconds(60);

/**
 * The ceilings of a run of these categories, `undefined` where its kind may not run. On Klarna's environments
 * `q` is the documented test quota of a category at the level.
 */
export function ceilingOf(
  environment: EnvironmentName,
  kind: Kind,
  level: Level,
  categories: readonly Category[],
): RunCeiling | undefined {
  if (!isKlarnaEnvironment(environment)) {
    return kind === "rate-limit-drill" ? { ...EMULATOR, bursts: WHOLE_RUN } : EMULATOR;
  }
  const klarna = { connectsPerSecond: perSecond(5) };
  const quotaOf = (category: Category): number => bindingQuota("test", category, level);
  const category = (category: Category): CategoryCeiling => {
    const peaks = peaksUnderQuota(kind, quotaOf(category));
    return { ...peaks, inFlight: kind === "smoke" ? 2 : Math.ceil(peaks.burstPeak) };
  };
  switch (kind) {
    case "smoke":
      return {
        ...klarna,
        requests: 60,
        duration: micros(2 * MINUTE),
        bursts: undefined,
        holdsSlotUntilAnswered: true,
        category,
      };
    case "baseline":
      return {
        ...klarna,
        requests: 3000,
        duration: micros(10 * MINUTE),
        bursts: undefined,
        holdsSlotUntilAnswered: true,
        category,
      };
    case "rate-limit-drill":
      return {
        ...klarna,
        requests: drillRequests(categories.map(quotaOf)),
        duration: micros(2 * MINUTE),
        bursts: { each: seconds(3), inAll: seconds(10) },
        holdsSlotUntilAnswered: false,
        category,
      };
  }
  return undefined;
}

/** The most requests of a drill: enough to pass the largest of these quotas several times over. */
export function drillRequests(quotasPerSecond: readonly number[]): number {
  return Math.max(500, ...quotasPerSecond.map((quota) => 6 * quota));
}

/**
 * The highest rates that a kind may reach in a category of this quota on Klarna's environments: what the
 * ceiling is made of, and what a quota seen in a header lowers the caps to. Only a drill has bursts.
 */
export function peaksUnderQuota(kind: Kind, quotaPerSecond: number): Peaks {
  const peak = perSecond(
    kind === "smoke" ? Math.min(1, 0.2 * quotaPerSecond) : 0.5 * quotaPerSecond,
  );
  return { peak, burstPeak: kind === "rate-limit-drill" ? perSecond(1.5 * quotaPerSecond) : peak };
}

/** The emulator is ours, and still every run is finite. */
const EMULATOR: RunCeiling = {
  requests: 50_000 * 24 * 3600,
  duration: micros(24 * 60 * MINUTE),
  bursts: undefined,
  connectsPerSecond: undefined,
  holdsSlotUntilAnswered: false,
  category: () => ({
    peak: perSecond(50_000),
    burstPeak: perSecond(50_000),
    inFlight: 10_000,
  }),
};
const WHOLE_RUN: BurstCeiling = { each: EMULATOR.duration, inAll: EMULATOR.duration };
