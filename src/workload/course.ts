import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import { type Micros, micros, milliseconds } from "../base/units.ts";
import { countArrivals, plannedDuration } from "./arrivals.ts";
import { AskedFeed } from "./asked-feed.ts";
import { CleanUp } from "./clean-up.ts";
import { type ArrivalValues, Feed, type JourneyFeed, noValues } from "./feed.ts";
import { arrival, type JourneyEnd } from "./journey.ts";
import type { CleanUpOutcome, LeftOpen } from "./left-open.ts";
import type { Thing } from "./roles.ts";
import { cleanUpIndex, setUpIndex, type Workload } from "./workload.ts";

/** How long after the set-up the first arrival may be due: time for what was set in motion to come to rest. */
export const REST_US = milliseconds(30);

/** A stretch of a run: where its journeys come from, and when it is over at the latest. */
export interface Part {
  readonly name: "set-up" | "plan" | "clean-up";
  /** When its first journey may arrive. */
  readonly from: Micros;
  readonly feed: JourneyFeed;
  readonly deadline: Micros;
  /** Whether nothing but what is under way keeps it from being over. */
  isDone(): boolean;
}

/** Makes the feed of the planned journeys. @param origin the clock's time from which due times count @param number numbers journeys in the order of arrival */
export type FeedOf = (origin: Micros, values: ArrivalValues, number: () => number) => JourneyFeed;

export interface CourseParts {
  readonly workload: Workload;
  readonly clock: Clock;
  readonly random: Random;
  /** Default: the arrivals of an open workload. */
  readonly feedOf?: FeedOf | undefined;
  /** What each journey comes with, beside what the set-up saved. */
  readonly arrivalValues?: ArrivalValues | undefined;
}

/** How far a run came. */
export interface CourseEnd {
  /** From when on planned journeys could arrive; `undefined`: it never came to that. */
  readonly arrivalsFrom: Micros | undefined;
  readonly cleanUpFrom: Micros | undefined;
  /** Planned journeys that never arrived: exact for uniform arrivals, the mean for Poisson ones. */
  readonly journeysLeft: number;
  /** What the set-up ended with, where it did not succeed. */
  readonly setUpFailure: string | undefined;
  /** `undefined` for a run that keeps no account of what it makes. */
  readonly cleanUp: CleanUpOutcome | undefined;
}

/** The parts of a run, one after the other: the set-up, the planned journeys, the clean-up. */
export class Course {
  readonly #parts: CourseParts;
  readonly #leftOpen: LeftOpen | undefined;
  /** Has the loop look again. */
  readonly #wake: () => void;
  #journeys = 0;
  #setUp: JourneyEnd | undefined;
  #plan: Part | undefined;
  #arrivalsFrom: Micros | undefined;
  #cleanUpFrom: Micros | undefined;

  constructor(parts: CourseParts, leftOpen: LeftOpen | undefined, wake: () => void) {
    this.#parts = parts;
    this.#leftOpen = leftOpen;
    this.#wake = wake;
  }

  /** @param origin when the run's first request may be due */
  begin(origin: Micros): Part {
    const { workload, arrivalValues = noValues } = this.#parts;
    const { setUp } = workload;
    if (!setUp) return this.#planned(origin);
    const feed = new AskedFeed();
    const index = setUpIndex(workload);
    feed.ask(
      arrival({
        id: this.#journeys++,
        index,
        scenario: setUp.scenario,
        phase: "set-up",
        due: origin,
        values: arrivalValues(index),
        onEnd: (end) => {
          this.#setUp = end;
        },
      }),
    );
    const deadline = micros(origin + setUp.timeout);
    return { name: "set-up", from: origin, feed, deadline, isDone: () => true };
  }

  /**
   * What comes after a part that is over; `undefined` when nothing does.
   *
   * @param inFlight requests whose answers are still to come
   */
  after({ name }: Part, now: Micros, inFlight: number): Part | undefined {
    if (name === "set-up" && this.#setUp?.completed) return this.#planned(micros(now + REST_US));
    const { cleanUp } = this.#parts.workload;
    const leftOpen = this.#leftOpen;
    if (name === "clean-up" || !cleanUp || !leftOpen) return undefined;
    if (leftOpen.things.length === 0 && inFlight === 0) return undefined;
    return this.#cleanUp(now, cleanUp.timeout, leftOpen);
  }

  end(): CourseEnd {
    const { workload } = this.#parts;
    const all = workload.model === "open" ? countArrivals(workload) : 0;
    // A set-up whose last answer came after its time has failed too.
    const why = this.#setUp?.completed ? undefined : this.#setUp?.why;
    const failed = workload.setUp && !this.#plan;
    return {
      arrivalsFrom: this.#arrivalsFrom,
      cleanUpFrom: this.#cleanUpFrom,
      journeysLeft: this.#plan ? this.#plan.feed.journeysLeft : all,
      setUpFailure: failed ? (why ?? "not finished in time") : undefined,
      cleanUp: this.#leftOpen?.outcome(),
    };
  }

  #planned(origin: Micros): Part {
    const { workload, random, arrivalValues = noValues } = this.#parts;
    const shared = this.#setUp?.values;
    const values: ArrivalValues =
      shared === undefined
        ? arrivalValues
        : // A journey's own row goes over the set-up's.
          (scenario) => ({ ...shared, ...arrivalValues(scenario) });
    const number = (): number => this.#journeys++;
    const { feedOf = openFeed(workload, random) } = this.#parts;
    const feed = feedOf(origin, values, number);
    this.#arrivalsFrom = origin;
    const deadline = micros(origin + plannedDuration(workload.stages) + workload.drainTimeout);
    this.#plan = { name: "plan", from: origin, feed, deadline, isDone: () => true };
    return this.#plan;
  }

  #cleanUp(now: Micros, timeout: Micros, leftOpen: LeftOpen): Part {
    const feed = new AskedFeed();
    const cleanUp = new CleanUp((thing) => this.#end(thing, feed), this.#wake);
    for (const thing of leftOpen.things) cleanUp.add(thing);
    // What an answer names that is still under way is ended too.
    leftOpen.onMade = (thing) => cleanUp.add(thing);
    this.#cleanUpFrom = now;
    const deadline = micros(now + timeout);
    return { name: "clean-up", from: now, feed, deadline, isDone: () => cleanUp.isDone };
  }

  /** Has a journey of the clean-up end a thing. @returns settles when it has tried */
  #end(thing: Thing, feed: AskedFeed): Promise<void> {
    const { workload, clock } = this.#parts;
    const scenario = workload.cleanUp?.ways[thing.way];
    if (!scenario) throw new TypeError(`no way ${thing.way} to end anything`);
    return new Promise((resolve) => {
      feed.ask(
        arrival({
          id: this.#journeys++,
          index: cleanUpIndex(workload, thing.way),
          scenario,
          phase: "clean-up",
          due: clock.now(),
          values: { id: thing.id },
          onEnd: ({ why }) => {
            this.#leftOpen?.notEnded(thing, why);
            resolve();
          },
        }),
      );
      this.#wake();
    });
  }
}

function openFeed(workload: Workload, random: Random): FeedOf {
  if (workload.model === "closed") throw new TypeError("a closed workload's journeys need a feed");
  return (origin, values, number) => new Feed(workload, random, origin, values, number);
}
