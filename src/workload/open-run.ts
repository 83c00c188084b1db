import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import { FAR, type Micros, micros, milliseconds } from "../base/units.ts";
import { Alarm } from "./alarm.ts";
import { steadyEnd } from "./arrivals.ts";
import { Course, type CourseEnd, type FeedOf, type Part } from "./course.ts";
import type { ArrivalValues } from "./feed.ts";
import { Flight } from "./flight.ts";
import { Gate, type Pending } from "./gate.ts";
import { InFlight } from "./in-flight.ts";
import type { StepDue } from "./journey.ts";
import { callOf, Journeys } from "./journeys.ts";
import { LeftOpen } from "./left-open.ts";
import type { DropReason } from "./outcome.ts";
import type { Answer, Lane, Line, Outside, Performer, Sink } from "./roles.ts";
import { missedByRunner, splitWait } from "./waits.ts";
import { meanSteps, type Workload } from "./workload.ts";

/** A loop that has not run for this long was frozen or starved: arrivals due meanwhile are dropped, not sent late. */
const GAP_US = milliseconds(250);

export interface RunEnd extends Omit<CourseEnd, "journeysLeft"> {
  /** The clock's time from which due times count. */
  readonly origin: Micros;
  readonly endedAt: Micros;
  /** Requests of planned journeys that never arrived because the run was stopped: exact for uniform arrivals of one scenario, else the mean. */
  readonly neverArrived: number;
}

export interface OpenRunParts<L extends Line> {
  readonly workload: Workload;
  /** Default: the arrivals of an open workload. */
  readonly feedOf?: FeedOf;
  /** What each journey comes with, beside what the set-up saved. */
  readonly arrivalValues?: ArrivalValues;
  readonly clock: Clock;
  readonly random: Random;
  readonly lanes: readonly Lane<L>[];
  readonly performer: Performer<L>;
  /** Makes the requests of steps that are not the plan's own; absent: there is one for each, due with its step. */
  readonly outside?: Outside | undefined;
  readonly sink: Sink;
  /** The clock's time at which the first request may be due; now or later. */
  readonly origin: Micros;
}

/**
 * Runs a workload from its set-up to its clean-up: makes requests due by the plan, lets them through the gate as cap, connections and
 * in-flight bound allow, and sees each to exactly one outcome.
 *
 * One thread, one loop: every event (a timer, an answer, a new connection) ends in one pass over what is due.
 */
export class OpenRun<L extends Line> {
  readonly #parts: OpenRunParts<L>;
  readonly #gate: Gate<L>;
  readonly #course: Course;
  readonly #journeys: Journeys;
  readonly #inFlight: InFlight<Flight>;
  readonly #alarm: Alarm;
  #part: Part;
  /** Handed over and not written yet. */
  #unwritten = 0;
  #lastPass: Micros = micros(0);
  #settle: { resolve(end: RunEnd): void; reject(error: unknown): void } | undefined;
  #state: "new" | "running" | "passing" | "ended" = "new";

  constructor(parts: OpenRunParts<L>) {
    const { workload, origin, lanes, sink, random } = parts;
    const leftOpen = workload.cleanUp && new LeftOpen();
    this.#parts = parts;
    this.#journeys = new Journeys(sink, random.fork("retries"), leftOpen);
    this.#inFlight = new InFlight(workload.maxInFlight);
    this.#gate = new Gate(lanes);
    this.#alarm = new Alarm(parts.clock, () => this.#pass());
    this.#course = new Course(parts, leftOpen, () => this.#pass());
    this.#part = this.#course.begin(origin);
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** Whether journeys of a steady stage may still arrive: not in the drain, in the clean-up or once the run has ended. */
  get awaitsSteady(): boolean {
    const { clock, workload } = this.#parts;
    const { name, from, feed } = this.#part;
    if (this.#state === "ended" || name !== "plan" || feed.nextDue === undefined) return false;
    return clock.now() < from + steadyEnd(workload.stages);
  }

  /**
   * Runs to the end of the plan, its drain and the clean-up, or until `stop`.
   *
   * @returns rejects only with a fault of ours: whatever the target does is an outcome
   */
  run(): Promise<RunEnd> {
    this.#lastPass = this.#parts.clock.now();
    this.#state = "running";
    this.#enter(this.#part);
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#alarm.start();
      this.#pass();
    });
  }

  /** A connection has been opened, or a cap has changed: look again. */
  wake(): void {
    this.#pass();
  }

  /** Ends the run at once: starts nothing new and cancels what is in flight. Does nothing once the run has ended. */
  stop(): void {
    if (this.#state === "running" || this.#state === "passing") this.#end();
  }

  /** One look at everything that may have come due. Not re-entrant: a pass within a pass has nothing to add. */
  #pass(): void {
    if (this.#state !== "running") return;
    this.#state = "passing";
    try {
      this.#look(this.#parts.clock.now());
      // A stop from within ends the pass.
      if (this.#stateNow() === "passing") this.#state = "running";
      if (this.#stateNow() === "running") {
        if (this.#isPartOver()) this.#goOn();
        if (this.#stateNow() === "running") this.#sleep();
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The state, read afresh: what a pass calls may have changed it. */
  #stateNow(): string {
    return this.#state;
  }

  #look(now: Micros): void {
    const { sink, workload } = this.#parts;
    const frozen = now - this.#lastPass > GAP_US;
    if (frozen) sink.gap(this.#lastPass, now);
    this.#lastPass = now;
    const { feed } = this.#part;
    for (const arrival of feed.arrivedBy(now)) {
      if (!frozen || !feed.dropsInGap) this.#admit(arrival);
      else this.#journeys.dropped(this.#journeys.becomesDue(arrival), now, "runner");
    }
    for (const step of this.#journeys.scheduledBy(now)) this.#admit(step);
    if (workload.maxLateness !== undefined) {
      for (const { pending, lane } of this.#gate.lateArrivals(now - workload.maxLateness)) {
        const limit = micros(pending.due + workload.maxLateness);
        this.#journeys.dropped(pending, now, this.#lateBecause(pending, lane, limit));
      }
    }
    this.#gate.serve((pending, lane, waiting) => this.#start(pending, lane, waiting));
    sink.tick(now);
  }

  /** A step has become due: its request waits at the gate, or somebody outside is called to make it. */
  #admit(due: StepDue): void {
    const { outside } = this.#parts;
    if (outside && due.journey.scenario.steps[due.step]?.outside) {
      const add = (pending: Pending): void => this.#gate.add(pending);
      outside.call(this.#journeys.calls(due, { add, over: () => this.#pass() }));
    } else {
      this.#gate.add(this.#journeys.becomesDue(due));
    }
  }

  /** Starts a request if a connection is in hand and the cap lets it go. @returns whether it started */
  #start(pending: Pending, lane: Lane<L>, waiting: number): boolean {
    const { clock, performer, sink } = this.#parts;
    if (this.#state !== "passing" || !this.#inFlight.hasRoom) return false;
    if (!lane.hasLine()) {
      lane.wantLine(waiting);
      return false;
    }
    // Read again for each request: those before it in this pass have taken time.
    const start = clock.now();
    const slot = lane.cap.take(start);
    if (!slot) return false;
    const lineSince = this.#lineSince(lane);
    const line = lane.takeLine();
    if (!line) throw new TypeError("a lane that has a line must give it");
    const { waits, shadowSlot } = splitWait({ due: pending.due, lineSince, start }, lane);
    const flight = new Flight(pending, { start, waits, slot, shadowSlot }, (sent) => {
      this.#unwritten--;
      sink.started(sent);
    });
    this.#unwritten++;
    this.#inFlight.add(flight);
    performer.perform(callOf(flight), line, {
      written: (at) => {
        flight.written(at);
        // The cap lets one request at a time through: the next may go now.
        if (!this.#gate.isEmpty) this.#pass();
      },
      done: (answer, judge) => this.#answered(flight, answer, judge),
    });
    return true;
  }

  /** Since when a connection has been in hand and there has been room, while both are so. */
  #lineSince(lane: Lane<L>): Micros {
    return micros(Math.max(lane.freeSince, this.#inFlight.roomSince));
  }

  #answered(flight: Flight, answer: Answer, judge: (() => void) | undefined): void {
    if (!this.#inFlight.ended(flight, answer.end)) return;
    flight.ended(answer);
    this.#journeys.answered(flight, answer);
    judge?.();
    this.#pass();
  }

  /** Why one has not been started by `limit`. What an undelayed runner would have started is this one's own doing. */
  #lateBecause({ due }: Pending, lane: Lane<L>, limit: Micros): DropReason {
    if (!lane.hasLine() || !this.#inFlight.hasRoom) return "in-flight";
    const lineSince = this.#lineSince(lane);
    if (lineSince > limit) return "in-flight";
    if (missedByRunner({ due, lineSince, limit }, lane)) return "runner";
    return lane.cap.steeredUntil > due ? "quota-steering" : "cap";
  }

  #isPartOver(): boolean {
    const { deadline, feed, isDone } = this.#part;
    if (this.#parts.clock.now() >= deadline) return true;
    if (feed.nextDue !== undefined || this.#journeys.nextDue !== undefined) return false;
    if (this.#journeys.callsOpen > 0) return false;
    return this.#inFlight.size === 0 && this.#gate.isEmpty && isDone();
  }

  /** The next part of the run, or its end. What is in flight goes on into the clean-up, and its journeys no further. */
  #goOn(): void {
    const now = this.#parts.clock.now();
    const next = this.#course.after(this.#part, now, this.#inFlight.size);
    if (!next) {
      this.#end();
      return;
    }
    if (next.name === "clean-up") this.#cutOff(now);
    this.#enter(next);
  }

  #enter(part: Part): void {
    this.#part = part;
    if (part.name !== "plan") return;
    for (const { cap, shadowCap, unsteeredCap } of this.#parts.lanes) {
      cap.beginAt(part.from);
      shadowCap.beginAt(part.from);
      unsteeredCap?.beginAt(part.from);
    }
  }

  /** Nothing that waits or is scheduled is sent any more. */
  #cutOff(at: Micros): void {
    for (const pending of this.#gate.drain()) this.#journeys.dropped(pending, at, "run-ended");
    this.#journeys.cutOff(at);
  }

  /** Sets the timer for the next thing that happens by itself; answers and connections come on their own. */
  #sleep(): void {
    const { clock, sink, workload } = this.#parts;
    const now = clock.now();
    const next = micros(
      Math.min(
        this.#part.deadline,
        this.#part.feed.nextDue ?? FAR,
        this.#journeys.nextDue ?? FAR,
        this.#gate.nextChange(now, this.#inFlight.hasRoom, workload.maxLateness),
      ),
    );
    const idle = next - now;
    // What has been handed over is written in the next turn, and would be late.
    if (idle > 0 && this.#unwritten === 0) sink.idle(micros(idle));
    this.#alarm.setTo(next);
  }

  #end(): void {
    const end = this.#closeAll();
    this.#settle?.resolve(end);
  }

  /** A fault of ours: what is known is kept, and every request has its outcome all the same. */
  #fail(error: unknown): void {
    if (this.#state !== "ended") this.#closeAll();
    this.#settle?.reject(error);
  }

  /** Ends the loop and gives everything that is still open its outcome. */
  #closeAll(): RunEnd {
    const { clock, performer, sink, workload } = this.#parts;
    this.#state = "ended";
    this.#alarm.stop();
    performer.abort();
    const at = clock.now();
    for (const flight of this.#inFlight.drain()) {
      flight.tell();
      this.#journeys.unfinished(flight, at);
    }
    this.#cutOff(at);
    sink.tick(at);
    const { journeysLeft, ...course } = this.#course.end();
    const neverArrived = Math.round(journeysLeft * meanSteps(workload.scenarios));
    return { ...course, origin: this.#parts.origin, endedAt: at, neverArrived };
  }
}
