import type { Random } from "../base/random.ts";
import { seededRandom } from "../base/random.ts";
import { type Micros, micros, perSecond, seconds } from "../base/units.ts";
import { VirtualClock } from "../base/virtual-clock.ts";
import type { Category, Level } from "../guard/quotas.ts";
import { type Latency, latencySampler } from "../model/latency.ts";
import { type Caller, type Quota, QuotaWindows } from "../model/quotas.ts";
import { OpenRun } from "../workload/open-run.ts";
import type { Answer, Call, CallEvents, Cap, Lane, Line, Performer } from "../workload/roles.ts";
import type { OpenWorkload, Scenario, Step } from "../workload/workload.ts";
import { ProbeFigures } from "./probe-figures.ts";

/** What is asked of the target, and what the target is. */
export interface Model {
  /** Stages, set-up and clean-up are not looked at: a probe has a constant rate, and nothing around it. */
  readonly workload: OpenWorkload;
  readonly quota: Quota;
  readonly level: Level;
  readonly caller: Caller;
  readonly latency: Latency;
}

export interface ProbeSettings {
  /** Journeys a second. */
  readonly rate: number;
  readonly seed: number;
  /** Of the steady phase. */
  readonly duration: Micros;
}

/** Until as many journeys end as begin; their figures are no part of a probe's. */
const WARM_UP = seconds(5);
/** Klarna's answers of 429 name it: the end of the window of one second. */
const RESET_US = seconds(1);
const NO_TIME = micros(0);

/**
 * Runs the journeys at a constant rate through the same loop as every run, in virtual time, against a server made of
 * two things: Klarna's quotas, counted as the emulator counts them, and the latencies. There is no cap, no steering and no
 * runner that is late: what is left is what quotas and latencies make of the journeys. The same settings give the same figures.
 */
export async function simulate(
  model: Model,
  { rate, seed, duration }: ProbeSettings,
): Promise<ProbeFigures> {
  const clock = new VirtualClock();
  const random = seededRandom(seed);
  const at = perSecond(rate);
  const workload: OpenWorkload = {
    ...withoutConditions(model.workload),
    setUp: undefined,
    cleanUp: undefined,
    stages: [
      { phase: "warm-up", from: at, to: at, duration: WARM_UP },
      { phase: "steady", from: at, to: at, duration },
    ],
  };
  const figures = new ProbeFigures();
  const run = new OpenRun({
    workload,
    clock,
    random,
    lanes: categoriesOf(workload).map((category) => new OpenLane(category)),
    performer: new ModelledServer(model, workload, clock, random.fork("latency")),
    sink: figures,
    origin: NO_TIME,
  });
  const ended = run.run();
  while (clock.step());
  await ended;
  return figures;
}

/** Every step of a journey is taken, and a poll is answered at once: the plan counts the same way. */
function withoutConditions(workload: OpenWorkload): OpenWorkload {
  const certain = ({ conditional: _, needs: __, poll: ___, creates: ____, ...step }: Step): Step =>
    step;
  const all = (scenario: Scenario): Scenario => {
    const [first, ...others] = scenario.steps;
    return { ...scenario, steps: [certain(first), ...others.map(certain)] };
  };
  const [first, ...others] = workload.scenarios;
  return { ...workload, scenarios: [all(first), ...others.map(all)] };
}

function categoriesOf({ scenarios }: OpenWorkload): string[] {
  return [...new Set(scenarios.flatMap(({ steps }) => steps.map(({ category }) => category)))];
}

const SLOT = { written(): void {}, ended(): void {} };

/** Lets everything through at once. */
const NO_CAP: Cap = {
  beginAt: () => {},
  earliest: (from) => from,
  take: () => SLOT,
  steeredUntil: NO_TIME,
};

/** Connections without end. */
class OpenLane implements Lane {
  readonly cap = NO_CAP;
  readonly shadowCap = NO_CAP;
  readonly freeSince = NO_TIME;
  readonly category: string;
  readonly #line: Line = { freeSince: NO_TIME };

  constructor(category: string) {
    this.category = category;
  }
  hasLine(): boolean {
    return true;
  }
  takeLine(): Line {
    return this.#line;
  }
  wantLine(): void {}
}

class ModelledServer implements Performer {
  readonly #workload: OpenWorkload;
  readonly #caller: Caller;
  readonly #clock: VirtualClock;
  readonly #quotas: QuotaWindows;
  readonly #latency: (operation: string) => Micros;

  constructor(
    { quota, level, caller, latency }: Model,
    workload: OpenWorkload,
    clock: VirtualClock,
    random: Random,
  ) {
    this.#workload = workload;
    this.#caller = caller;
    this.#clock = clock;
    this.#quotas = new QuotaWindows(clock, level, quota);
    this.#latency = latencySampler(latency, random);
  }

  perform(call: Call, _: Line, { written, done }: CallEvents): void {
    const { operation, category } = this.#step(call);
    const now = this.#clock.now();
    // A plan's categories are the catalogue's, which are the quotas' own.
    const { kind } = this.#quotas.take(category as Category, this.#caller);
    const latency = this.#latency(operation);
    written(now);
    const { requestTimeout } = this.#workload;
    const end = micros(now + Math.min(latency, requestTimeout));
    this.#clock.at(end, () =>
      done(
        latency >= requestTimeout ? { kind: "failed", end, code: "timeout" } : answerOf(kind, end),
      ),
    );
  }

  abort(): void {}

  #step({ scenario, step }: Call): Step {
    const found = this.#workload.scenarios[scenario]?.steps[step];
    if (!found) throw new TypeError(`no step ${step} in scenario ${scenario}`);
    return found;
  }
}

function answerOf(standing: "admitted" | "exceeded" | "forbidden", end: Micros): Answer {
  const common = { kind: "answered", end, saved: {} } as const;
  switch (standing) {
    case "admitted":
      return { ...common, status: 200, expected: true };
    case "exceeded":
      return { ...common, status: 429, expected: false, resetAfter: RESET_US };
    case "forbidden":
      return { ...common, status: 403, expected: false };
  }
}
