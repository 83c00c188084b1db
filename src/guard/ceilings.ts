import { type Micros, micros, type PerSecond, perSecond, seconds } from "../base/units.ts";
import {
  type EnvironmentName,
  isKlarnaEnvironment,
  type Kind,
  KLARNA_KINDS,
} from "./environments.ts";
import { bindingQuota, type Category, type Level } from "./quotas.ts";

/** What a run may do in one rate-limit category. */
export interface CategoryCeiling {
  readonly peak: PerSecond;
  /** Requests in flight, and open connections. */
  readonly inFlight: number;
}

/** What a run may do in all. Profile, command line and permit can lower these; nothing raises them. */
export interface RunCeiling {
  readonly requests: number;
  readonly duration: Micros;
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
 * The ceilings of a kind in an environment, `undefined` where the kind may not run. On Klarna's environments
 * `q` is the documented test quota of the category at the level. A rate-limit drill's bursts above q are not
 * part of this version: until they are, a drill stays at 0.5 q like the rest of its run.
 */
export function ceilingOf(
  environment: EnvironmentName,
  kind: Kind,
  level: Level,
): RunCeiling | undefined {
  if (!isKlarnaEnvironment(environment)) return EMULATOR;
  if (!KLARNA_KINDS.has(kind)) return undefined;
  const klarna = { connectsPerSecond: perSecond(5) };
  const category = (category: Category): CategoryCeiling => {
    const quota = bindingQuota("test", category, level);
    const inFlight = kind === "smoke" ? 2 : Math.ceil(0.5 * quota);
    return { peak: peakUnderQuota(kind, quota), inFlight };
  };
  switch (kind) {
    case "smoke":
      return {
        ...klarna,
        requests: 60,
        duration: micros(2 * MINUTE),
        holdsSlotUntilAnswered: true,
        category,
      };
    case "baseline":
      return {
        ...klarna,
        requests: 3000,
        duration: micros(10 * MINUTE),
        holdsSlotUntilAnswered: true,
        category,
      };
    case "rate-limit-drill":
      return {
        ...klarna,
        requests: 500,
        duration: micros(2 * MINUTE),
        holdsSlotUntilAnswered: false,
        category,
      };
    default:
      return undefined;
  }
}

/**
 * The highest rate that a kind may reach in a category of this quota on Klarna's environments: what the
 * ceiling is made of, and what a quota seen in a header lowers the cap to.
 */
export function peakUnderQuota(kind: Kind, quotaPerSecond: number): PerSecond {
  return perSecond(kind === "smoke" ? Math.min(1, 0.2 * quotaPerSecond) : 0.5 * quotaPerSecond);
}

/** The emulator is ours, and still every run is finite. */
const EMULATOR: RunCeiling = {
  requests: 50_000 * 24 * 3600,
  duration: micros(24 * 60 * MINUTE),
  connectsPerSecond: undefined,
  holdsSlotUntilAnswered: false,
  category: () => ({ peak: perSecond(50_000), inFlight: 10_000 }),
};
