import { seededRandom } from "../base/random.ts";
import type { Micros } from "../base/units.ts";
import { type Criteria, judge, type Why } from "./judge.ts";
import { type Bracket, findLimit, type Limit, limitOf } from "./search.ts";
import { type Model, simulate } from "./simulation.ts";

export interface CheckSettings {
  readonly criteria: Criteria;
  /** Where the search begins, and what its widest range is counted from: journeys a second. */
  readonly around: number;
  /** Of a probe's steady phase, in virtual time. */
  readonly duration: Micros;
  /** Seeds of the check's own come from it. */
  readonly seed: number;
  /** Seeds to search over, and as many others to confirm with; two or more. */
  readonly seeds: number;
  onProbe(): void;
}

/** What a search found. */
export interface Found {
  /** `undefined`: no rate is within the criteria. */
  readonly limit: Limit | undefined;
  /** Why higher rates are too high, of each seed that found out. */
  readonly why: readonly Why[];
  readonly probes: number;
  /** At the lower end of the interval, which goes down until other seeds agree; `undefined` without a limit. */
  readonly confirmation: Confirmation | undefined;
}

/** Other seeds, asked whether they agree, together: one seed alone may well lie beyond what the mean of several allows. */
export interface Confirmation {
  readonly perSecond: number;
  readonly seeds: number;
  /** Of all their journeys. */
  readonly throttledShare: number;
  /** How many of the seeds met every threshold. */
  readonly thresholdsMet: number;
  /** The share is within the criteria, and more than half of the seeds met the thresholds. */
  readonly agrees: boolean;
}

const WIDEST_STEP = 1.5;
/** Other seeds' limits are near the first one's. */
const NEAR_STEP = 1.05;
const PRECISION = 0.01;
const RANGE = { below: 1024, above: 4 };

/** The highest rate within the criteria: searched for by each seed, then confirmed by others. */
export async function findCapacity(model: Model, settings: CheckSettings): Promise<Found> {
  const { criteria, around, duration, onProbe } = settings;
  const range = { least: around / RANGE.below, most: around * RANGE.above, precision: PRECISION };
  const probe = async (rate: number, seed: number) => {
    const figures = await simulate(model, { rate, seed, duration });
    onProbe();
    return judge(figures, criteria);
  };
  const brackets: Bracket<Why>[] = [];
  let start = around / WIDEST_STEP;
  for (const seed of seedsOf(settings.seed, "search", settings.seeds)) {
    const step = brackets.length === 0 ? WIDEST_STEP : NEAR_STEP;
    const rates = { ...range, start, step };
    const bracket = await findLimit((rate) => probe(rate, seed), rates);
    brackets.push(bracket);
    if (bracket.passed > 0) start = bracket.passed;
  }
  const limit = limitOf(brackets);
  const confirmation = limit && (await confirmed(model, limit.low, settings));
  return {
    limit: limit && confirmation && { ...limit, low: confirmation.perSecond },
    why: brackets.flatMap(({ failed }) => (failed ? [failed.why] : [])),
    probes: brackets.reduce((sum, { probes }) => sum + probes, 0),
    confirmation,
  };
}

/** Asks other seeds, from a rate down to the first at which they agree. */
async function confirmed(
  model: Model,
  from: number,
  { criteria, duration, seed, seeds, onProbe }: CheckSettings,
): Promise<Confirmation> {
  const at = async (perSecond: number): Promise<Confirmation> => {
    let [journeys, throttled, thresholdsMet] = [0, 0, 0];
    for (const other of seedsOf(seed, "confirmation", seeds)) {
      const figures = await simulate(model, { rate: perSecond, seed: other, duration });
      onProbe();
      journeys += figures.journeys;
      throttled += figures.throttledJourneys;
      if (!judge(figures, criteria).beyond?.thresholds.length) thresholdsMet++;
    }
    const throttledShare = journeys === 0 ? 0 : throttled / journeys;
    const agrees = throttledShare <= criteria.throttledShare && thresholdsMet * 2 > seeds;
    return { perSecond, seeds, throttledShare, thresholdsMet, agrees };
  };
  let confirmation = await at(from);
  for (let step = 0; step < CONFIRMATION.steps && !confirmation.agrees; step++) {
    confirmation = await at(confirmation.perSecond * CONFIRMATION.factor);
  }
  return confirmation;
}

/** So often, and by so much each time, a limit is lowered that other seeds do not confirm. */
const CONFIRMATION = { steps: 8, factor: 0.98 };

function seedsOf(seed: number, purpose: string, count: number): number[] {
  const random = seededRandom(seed).fork(purpose);
  return Array.from({ length: count }, () => Math.floor(random.next() * 2 ** 32));
}
