import type { Cancel, Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import { FAR, type Micros, micros, milliseconds } from "../base/units.ts";
import { plannedDuration } from "./arrivals.ts";
import { type ArrivalValues, Feed, type JourneyFeed } from "./feed.ts";
import { Gate, type Pending } from "./gate.ts";
import { Journeys, type SentStep } from "./journeys.ts";
import type { DropReason, Sent } from "./outcome.ts";
import type { Answer, Call, Lane, Line, Performer, Sink, Slot } from "./roles.ts";
import { splitWait } from "./waits.ts";
import type { Scenario, Workload } from "./workload.ts";

/** A loop that has not run for this long was frozen or starved: arrivals due meanwhile are dropped, not sent late. */
const GAP_US = milliseconds(250);
const HEARTBEAT_US = milliseconds(100);

interface InFlight extends SentStep {
  readonly slot: Slot;
  readonly shadowSlot: Pick<Slot, "ended">;
}

export interface RunEnd {
  /** The clock's time from which due times count. */
  readonly origin: Micros;
  readonly endedAt: Micros;
  /** Requests of journeys that never arrived because the run was stopped: exact for uniform arrivals of one scenario, else the mean. */
  readonly neverArrived: number;
}

export interface OpenRunParts<L extends Line> {
  readonly workload: Workload;
  /** Default: the arrivals of an open workload. */
  readonly feed?: JourneyFeed;
  /** What each journey of that default feed comes with. */
  readonly arrivalValues?: ArrivalValues;
  readonly clock: Clock;
  readonly random: Random;
  readonly lanes: readonly Lane<L>[];
  readonly performer: Performer<L>;
  readonly sink: Sink;
  /** The clock's time at which the first arrival may be due; now or later. */
  readonly origin: Micros;
}

/**
 * Runs an open workload: makes requests due by the plan, lets them through the gate as cap, connections and
 * in-flight bound allow, and sees each to exactly one outcome.
 *
 * One thread, one loop: every event (a timer, an answer, a new connection) ends in one pass over what is due.
 */
export class OpenRun<L extends Line> {
  readonly #parts: OpenRunParts<L>;
  readonly #feed: JourneyFeed;
  readonly #gate: Gate<L>;
  readonly #journeys: Journeys;
  readonly #inFlight = new Set<InFlight>();
  readonly #deadline: Micros;
  /** Since when fewer requests than the bound have been in flight. */
  #roomSince: Micros = micros(0);
  #lastPass: Micros = micros(0);
  #timer: { readonly due: Micros; readonly cancel: Cancel } | undefined;
  #cancelHeartbeat: Cancel = () => {};
  #settle: { resolve(end: RunEnd): void; reject(error: unknown): void } | undefined;
  #state: "new" | "running" | "passing" | "ended" = "new";

  constructor(parts: OpenRunParts<L>) {
    const { workload, origin, lanes, sink, random } = parts;
    this.#parts = parts;
    this.#journeys = new Journeys(sink, random.fork("retries"));
    this.#feed = parts.feed ?? arrivalsOf(parts);
    this.#gate = new Gate(lanes);
    this.#deadline = micros(origin + plannedDuration(workload.stages) + workload.drainTimeout);
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /**
   * Runs to the end of the plan and its drain, or until `stop`.
   *
   * @returns rejects only with a fault of ours: whatever the target does is an outcome
   */
  run(): Promise<RunEnd> {
    const { clock, lanes, origin } = this.#parts;
    for (const { cap, shadowCap, unsteeredCap } of lanes) {
      cap.beginAt(origin);
      shadowCap.beginAt(origin);
      unsteeredCap?.beginAt(origin);
    }
    this.#lastPass = clock.now();
    this.#state = "running";
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#beat();
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

  #beat(): void {
    const { clock } = this.#parts;
    this.#cancelHeartbeat = clock.atCoarse(micros(clock.now() + HEARTBEAT_US), () => {
      this.#beat();
      this.#pass();
    });
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
        if (this.#isDone()) this.#end();
        else this.#sleep();
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
    for (const arrival of this.#feed.arrivedBy(now)) {
      const pending = this.#journeys.becomesDue(arrival);
      if (frozen && this.#feed.dropsInGap) this.#journeys.dropped(pending, now, "runner");
      else this.#gate.add(pending);
    }
    for (const step of this.#journeys.scheduledBy(now)) {
      this.#gate.add(this.#journeys.becomesDue(step));
    }
    if (workload.maxLateness !== undefined) {
      for (const { pending, lane } of this.#gate.lateArrivals(now - workload.maxLateness)) {
        this.#journeys.dropped(pending, now, this.#lateBecause(pending, lane));
      }
    }
    this.#gate.serve((pending, lane, waiting) => this.#start(pending, lane, waiting));
    sink.tick(now);
  }

  /** Starts a request if a connection is in hand and the cap lets it go. @returns whether it started */
  #start(pending: Pending, lane: Lane<L>, waiting: number): boolean {
    const { clock, performer, sink, workload } = this.#parts;
    if (this.#state !== "passing" || !this.#hasRoom()) return false;
    if (!lane.hasLine()) {
      lane.wantLine(waiting);
      return false;
    }
    // Read again for each request: those before it in this pass have taken time.
    const start = clock.now();
    const slot = lane.cap.take(start);
    if (!slot) return false;
    const lineSince = micros(Math.max(lane.freeSince, this.#roomSince));
    const line = lane.takeLine();
    if (!line) throw new TypeError("a lane that has a line must give it");
    const { waits, shadowSlot } = splitWait({ due: pending.due, lineSince, start }, lane);
    const { from: journey, step, turn, ...due } = pending;
    const sent: Sent = { ...due, start, waits };
    const flight = { sent, journey, step, turn, slot, shadowSlot };
    this.#inFlight.add(flight);
    if (this.#inFlight.size >= workload.maxInFlight) this.#roomSince = FAR;
    performer.perform(callOf(flight), line, {
      written: (at) => {
        slot.written(at);
        // The cap lets one request at a time through: the next may go now.
        if (!this.#gate.isEmpty) this.#pass();
      },
      done: (answer, judge) => this.#answered(flight, answer, judge),
    });
    sink.started(sent);
    return true;
  }

  #answered(flight: InFlight, answer: Answer, judge: (() => void) | undefined): void {
    if (!this.#inFlight.delete(flight)) return;
    const { workload } = this.#parts;
    if (this.#inFlight.size === workload.maxInFlight - 1) this.#roomSince = answer.end;
    flight.slot.ended(answer.end, answer.kind === "answered");
    flight.shadowSlot.ended(answer.end, answer.kind === "answered");
    this.#journeys.answered(flight, answer);
    judge?.();
    this.#pass();
  }

  #lateBecause({ due }: Pending, lane: Lane<L>): DropReason {
    if (!lane.hasLine() || !this.#hasRoom()) return "in-flight";
    return lane.cap.steeredUntil > due ? "quota-steering" : "cap";
  }

  #hasRoom(): boolean {
    return this.#inFlight.size < this.#parts.workload.maxInFlight;
  }

  #isDone(): boolean {
    if (this.#parts.clock.now() >= this.#deadline) return true;
    if (this.#feed.nextDue !== undefined || this.#journeys.nextDue !== undefined) return false;
    return this.#inFlight.size === 0 && this.#gate.isEmpty;
  }

  /** Sets the timer for the next thing that happens by itself; answers and connections come on their own. */
  #sleep(): void {
    const { clock, sink, workload } = this.#parts;
    const now = clock.now();
    const next = micros(
      Math.min(
        this.#deadline,
        this.#feed.nextDue ?? FAR,
        this.#journeys.nextDue ?? FAR,
        this.#gate.nextChange(now, this.#hasRoom(), workload.maxLateness),
      ),
    );
    const idle = next - now;
    if (idle > 0) sink.idle(micros(idle));
    if (this.#timer?.due === next) return;
    this.#timer?.cancel();
    const cancel = clock.at(next, () => {
      this.#timer = undefined;
      this.#pass();
    });
    this.#timer = { due: next, cancel };
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
    this.#timer?.cancel();
    this.#cancelHeartbeat();
    performer.abort();
    const at = clock.now();
    for (const flight of this.#inFlight) this.#journeys.unfinished(flight, at);
    this.#inFlight.clear();
    for (const pending of this.#gate.drain()) this.#journeys.dropped(pending, at, "run-ended");
    this.#journeys.cutOff(at);
    sink.tick(at);
    const neverArrived = Math.round(this.#feed.journeysLeft * meanSteps(workload.scenarios));
    return { origin: this.#parts.origin, endedAt: at, neverArrived };
  }
}

function arrivalsOf<L extends Line>(parts: OpenRunParts<L>): Feed {
  const { workload, random, origin, arrivalValues } = parts;
  if (workload.model === "closed") throw new TypeError("a closed workload's journeys need a feed");
  return new Feed(workload, random, origin, arrivalValues);
}

function callOf({ sent: { request }, journey, step, turn }: InFlight): Call {
  const { poll } = journey.scenario.steps[step] ?? journey.scenario.steps[0];
  return {
    request,
    scenario: journey.index,
    step,
    values: journey.values,
    firstAttempt: turn.firstAttempt ?? request,
    isLastPoll: turn.poll >= (poll?.atMost ?? 1),
  };
}

/** The mean number of steps of a journey, scenarios weighted. */
export function meanSteps(scenarios: readonly Scenario[]): number {
  const weight = scenarios.reduce((sum, scenario) => sum + scenario.weight, 0);
  return scenarios.reduce((sum, { weight: w, steps }) => sum + (w / weight) * steps.length, 0);
}
