import { seededRandom } from "../base/random.ts";
import { type Micros, micros, milliseconds } from "../base/units.ts";
import { VirtualClock } from "../base/virtual-clock.ts";
import { Admission } from "../guard/admission.ts";
import type { Bounds, CategoryBounds } from "../guard/decide.ts";
import { OpenRun } from "../workload/open-run.ts";
import type { Sent } from "../workload/outcome.ts";
import type { Call, CallEvents, Lane, Line, Performer, Sink } from "../workload/roles.ts";
import type { OpenWorkload, Scenario, Step } from "../workload/workload.ts";
import type { Prepared } from "./prepare.ts";

/** What waits for the cap would be if every answer came at once. */
export type CapForecast =
  | {
      readonly kind: "forecast";
      readonly requests: number;
      readonly waiting: number;
      readonly longestUs: number;
    }
  | { readonly kind: "too-large"; readonly requestsMax: number }
  /** Virtual users wait for answers: there is no schedule to run through. */
  | { readonly kind: "closed" };

/** A second or two of computing, at most. */
const REQUESTS_MAX = 200_000;
/** Stands for "at once": a journey's next step must come after its answer. */
const ANSWER_US = milliseconds(1);

/**
 * Runs the seeded schedule through the real loop and the real cap, in virtual time, against a server that
 * always answers after 1 ms on connections without end: whatever still waits, waits for the cap.
 */
export function forecastCapWait({ plan }: Prepared, bounds: Bounds): CapForecast {
  if (plan.workload.model === "closed") return { kind: "closed" };
  if (plan.requests > REQUESTS_MAX) return { kind: "too-large", requestsMax: REQUESTS_MAX };
  const clock = new VirtualClock();
  const waits = new CapWaits();
  const run = new OpenRun({
    workload: {
      ...everyStep(plan.workload),
      maxInFlight: Number.MAX_SAFE_INTEGER,
      maxLateness: undefined,
    },
    clock,
    random: seededRandom(plan.seed),
    lanes: bounds.categories.map((category) => new EndlessLane(category, bounds)),
    performer: new AnswersAtOnce(clock),
    sink: waits,
    origin: micros(0),
  });
  void run.run();
  while (clock.step());
  return {
    kind: "forecast",
    requests: waits.requests,
    waiting: waits.waiting,
    longestUs: waits.longestUs,
  };
}

/** The workload with every condition met: what the plan counts. */
function everyStep(workload: OpenWorkload): OpenWorkload {
  const certain = ({ operation, category, thinkTime }: Step): Step => {
    return { operation, category, thinkTime };
  };
  const all = (scenario: Scenario): Scenario => {
    const [first, ...others] = scenario.steps;
    return { ...scenario, steps: [certain(first), ...others.map(certain)] };
  };
  const [first, ...others] = workload.scenarios;
  return { ...workload, scenarios: [all(first), ...others.map(all)] };
}

class EndlessLane implements Lane {
  readonly category: string;
  readonly cap: Admission;
  readonly shadowCap: Admission;

  constructor(bounds: CategoryBounds, { holdsSlotUntilAnswered }: Bounds) {
    this.category = bounds.category;
    this.cap = new Admission(bounds, { holdsSlotUntilAnswered });
    this.shadowCap = new Admission(bounds, { holdsSlotUntilAnswered });
  }
  readonly freeSince: Micros = micros(0);
  hasLine(): boolean {
    return true;
  }
  takeLine(): Line {
    return { freeSince: micros(0) };
  }
  wantLine(): void {}
}

class AnswersAtOnce implements Performer {
  readonly #clock: VirtualClock;
  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }
  perform(_: Call, __: Line, { written, done }: CallEvents): void {
    written(this.#clock.now());
    const end: Micros = micros(this.#clock.now() + ANSWER_US);
    this.#clock.at(end, () =>
      done({ kind: "answered", end, status: 200, expected: true, saved: {} }),
    );
  }
  abort(): void {}
}

class CapWaits implements Sink {
  requests = 0;
  waiting = 0;
  longestUs = 0;
  started({ waits }: Sent): void {
    this.requests++;
    if (waits.cap > 0) this.waiting++;
    this.longestUs = Math.max(this.longestUs, waits.cap);
  }
  due(): void {}
  outcome(): void {}
  journey(): void {}
  gap(): void {}
  tick(): void {}
  idle(): void {}
}
