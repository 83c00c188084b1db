import { type Micros, micros } from "../../src/base/units.ts";
import type { VirtualClock } from "../../src/base/virtual-clock.ts";
import { Admission } from "../../src/guard/admission.ts";
import type { CapSchedule } from "../../src/guard/cap-schedule.ts";
import type { Due, JourneyOutcome, Outcome, Sent } from "../../src/workload/outcome.ts";
import type {
  Answer,
  Call,
  CallEvents,
  Lane,
  Line,
  Performer,
  Sink,
} from "../../src/workload/roles.ts";

/** What the simulated server does with one request. */
export interface Treatment {
  /** Microseconds from write to answer; `undefined`: it never answers, and the client's time-out ends it. */
  readonly latency: number | undefined;
  readonly status: number;
  /** Ends without an answer. */
  readonly reset?: boolean;
  /** Microseconds from the admission to the write, as a turn of the event loop takes; 0: at once. */
  readonly writeAfter?: number;
  /** What else the answer says. */
  readonly says?: Partial<Extract<Answer, { readonly kind: "answered" }>>;
  /** The server has it, and does what is asked. */
  readonly onWritten?: () => void;
}

interface SimulatedLine extends Line {
  freeSince: Micros;
  readonly lane: SimulatedLane;
}

export class SimulatedLane implements Lane<SimulatedLine> {
  readonly category: string;
  readonly cap: Admission;
  readonly shadowCap: Admission;
  readonly unsteeredCap: Admission;
  readonly idle: SimulatedLine[] = [];
  freeSince: Micros = micros(0);

  constructor(category: string, cap: CapSchedule, lines: number, holdsSlotUntilAnswered = false) {
    this.category = category;
    this.cap = new Admission(cap, { holdsSlotUntilAnswered });
    this.shadowCap = new Admission(cap, { holdsSlotUntilAnswered });
    this.unsteeredCap = new Admission(cap, { holdsSlotUntilAnswered });
    this.open(lines, micros(0));
  }
  /** Opens more connections. */
  open(lines: number, at: Micros): void {
    if (!this.hasLine()) this.freeSince = at;
    for (let i = 0; i < lines; i++) this.idle.push({ freeSince: at, lane: this });
  }
  hasLine(): boolean {
    return this.idle.length > 0;
  }
  takeLine(): SimulatedLine | undefined {
    return this.idle.shift();
  }
  wantLine(): void {}
}

/** A server on a virtual clock that keeps a record of its own: when each request was written. */
export class SimulatedTarget implements Performer<SimulatedLine> {
  readonly written: { category: string; at: Micros }[] = [];
  readonly #clock: VirtualClock;
  readonly #treat: (call: Call, at: Micros) => Treatment;
  readonly #timeout: Micros;
  #aborted = false;

  constructor(clock: VirtualClock, timeout: Micros, treat: (call: Call, at: Micros) => Treatment) {
    this.#clock = clock;
    this.#timeout = timeout;
    this.#treat = treat;
  }

  perform(call: Call, line: SimulatedLine, { written, done }: CallEvents): void {
    if (this.#aborted) throw new Error("a request after the abort");
    const treatment = this.#treat(call, this.#clock.now());
    const { writeAfter = 0 } = treatment;
    const write = (): void => {
      if (this.#aborted) return;
      this.written.push({ category: line.lane.category, at: this.#clock.now() });
      treatment.onWritten?.();
      written(this.#clock.now());
      this.#answer(line, treatment, done);
    };
    if (writeAfter === 0) write();
    else this.#clock.at(micros(this.#clock.now() + writeAfter), write);
  }

  #answer(
    line: SimulatedLine,
    { latency, status, reset, says }: Treatment,
    done: (answer: Answer) => void,
  ): void {
    const at = this.#clock.now();
    const timesOut = latency === undefined || latency > this.#timeout;
    this.#clock.at(micros(at + (timesOut ? this.#timeout : latency)), () => {
      if (this.#aborted) return;
      const end = this.#clock.now();
      line.freeSince = end;
      if (!line.lane.hasLine()) line.lane.freeSince = end;
      line.lane.idle.push(line);
      if (timesOut) done({ kind: "failed", end, code: "timeout" });
      else if (reset) done({ kind: "failed", end, code: "connection-reset" });
      else {
        const expected = status === 200;
        done({ kind: "answered", end, status, expected, saved: { id: "x" }, ...says });
      }
    });
  }

  abort(): void {
    this.#aborted = true;
  }
}

/** Keeps everything that a run tells. */
export class KeepingSink implements Sink {
  readonly dues: Due[] = [];
  readonly sents: Sent[] = [];
  readonly outcomes: Outcome[] = [];
  readonly journeys: JourneyOutcome[] = [];
  readonly gaps: [Micros, Micros][] = [];
  /** How long each time without anything to do was to last. */
  readonly idles: Micros[] = [];
  due(due: Due): void {
    this.dues.push(due);
  }
  started(sent: Sent): void {
    this.sents.push(sent);
  }
  outcome(outcome: Outcome): void {
    this.outcomes.push(outcome);
  }
  journey(outcome: JourneyOutcome): void {
    this.journeys.push(outcome);
  }
  gap(from: Micros, to: Micros): void {
    this.gaps.push([from, to]);
  }
  tick(): void {}
  idle(budget: Micros): void {
    this.idles.push(budget);
  }
}
