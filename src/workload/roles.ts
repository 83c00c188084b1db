import type { Micros } from "../base/units.ts";
import type {
  AnswerPhases,
  Due,
  Evidence,
  ExchangePhase,
  FailureCode,
  JourneyOutcome,
  LimitNotes,
  Outcome,
  Sent,
} from "./outcome.ts";

/** What the run loop asks of the rest. It knows no HTTP and no Klarna: requests leave through these. */

/** A request's place under a cap, from its admission to its end. */
export interface Slot {
  written(at: Micros): void;
  ended(at: Micros, answered: boolean): void;
}

/** Admits requests no faster than it may, which may change as the run goes on. Reads no clock. */
export interface Cap {
  /** Says when the first planned arrival may be due, once: what changes with time counts from here, and has not begun before. */
  beginAt(origin: Micros): void;
  /** When the next request may go, `from` or later. `undefined`: not before the last one is written, or an answer comes. */
  earliest(from: Micros): Micros | undefined;
  take(now: Micros): Slot | undefined;
  /** Until when requests have been held back because the target's quota was nearly or wholly used up. */
  readonly steeredUntil: Micros;
}

/** An open, idle connection that has been taken for one request. */
export interface Line {
  /** Since when it has been open and idle. */
  readonly freeSince: Micros;
}

/** The way out for one rate-limit category. */
export interface Lane<L extends Line = Line> {
  readonly category: string;
  readonly cap: Cap;
  /** The same cap once more, for the shadow schedule. */
  readonly shadowCap: Cap;
  /** And once more as if the target's quota had never held it back, to tell that wait from the cap's; absent: nothing does. */
  readonly unsteeredCap?: Cap;
  hasLine(): boolean;
  /**
   * Since when it has had an idle line without a break, while it has one. Not the line's own time: of several that take
   * turns, the one that a waiting request gets in the end may have come in just before.
   */
  readonly freeSince: Micros;
  /** Takes the line that has been idle longest. */
  takeLine(): L | undefined;
  /** Says that so many requests wait and no line is idle. */
  wantLine(waiting: number): void;
}

/** One request to make. */
export interface Call {
  readonly request: number;
  /** Indices into `everyScenario` of the workload and into the scenario's steps. */
  readonly scenario: number;
  readonly step: number;
  /** Values that earlier steps of the journey saved. */
  readonly values: Readonly<Record<string, string>>;
  /** The number of the first attempt at what this one intends: its own, unless it is a retry that says so. */
  readonly firstAttempt: number;
  /** No poll follows this one, whatever it is answered; true where the step does not poll. */
  readonly isLastPoll: boolean;
}

/** Something on the server's side that a run has made. */
export interface Thing {
  /** How it is ended: an index into the workload's ways to clean up. */
  readonly way: number;
  readonly id: string;
}

export type Answer =
  | ({
      readonly kind: "answered";
      readonly end: Micros;
      readonly status: number;
      readonly expected: boolean;
      readonly phases?: AnswerPhases | undefined;
      readonly limits?: LimitNotes | undefined;
      /** Values for later steps. */
      readonly saved: Readonly<Record<string, string>>;
      /** Of a step that polls: what it waits for is not there yet. */
      readonly again?: boolean | undefined;
      /** Later steps of the journey whose condition this answer meets. */
      readonly allows?: readonly number[] | undefined;
      /** What the request has made; `undefined`: nothing, or the answer does not tell. */
      readonly created?: readonly Thing[] | undefined;
      /** What it has ended. */
      readonly ended?: Thing | undefined;
      /** How long the server wants to be left alone. */
      readonly resetAfter?: Micros | undefined;
    } & Evidence)
  | ({
      readonly kind: "failed";
      readonly end: Micros;
      readonly code: FailureCode;
      readonly during?: ExchangePhase | undefined;
      readonly limits?: LimitNotes | undefined;
    } & Evidence);

export interface CallEvents {
  /** The request has just been written: within `perform`, or a turn of the event loop later. Not called if it never is. */
  written(at: Micros): void;
  /**
   * Called once, after `perform` has returned.
   *
   * @param judge called when the answer has its outcome and nothing has been started since: may lower a cap or stop the run
   */
  done(answer: Answer, judge?: () => void): void;
}

/** Makes requests. Whatever the server does is an answer; nothing is thrown. */
export interface Performer<L extends Line = Line> {
  perform(call: Call, line: L, events: CallEvents): void;
  /** Cancels everything in flight so that nothing more of it reaches a socket. `done` may or may not be called. */
  abort(): void;
}

/** A step that somebody outside is called for. */
export interface OutsideCall extends Pick<Call, "scenario" | "step" | "values"> {
  /** Makes a request due. @returns its number, by which a performer is asked for it; `undefined`: the call may make no more */
  asks(at: Micros): number | undefined;
  /** Says how it ended, once; the journey goes on when all its requests have ended too. */
  ended(end: OutsideEnd): void;
}

export interface OutsideEnd {
  readonly end: Micros;
  readonly succeeded: boolean;
  /** Values for later steps. */
  readonly saved: Readonly<Record<string, string>>;
  /** What it came to, in a word or two. */
  readonly why: string;
}

/** Makes the requests of the steps that are not the plan's own to make. */
export interface Outside {
  /** Must be quick, and must not answer before it returns: `asks` and `ended` are for later turns of the event loop. */
  call(call: OutsideCall): void;
}

/** Takes what happens, in order. Must be quick: the next request waits for it. */
export interface Sink {
  due(due: Due): void;
  started(sent: Sent): void;
  outcome(outcome: Outcome): void;
  journey(outcome: JourneyOutcome): void;
  /** The runner was frozen or starved between these times. */
  gap(from: Micros, to: Micros): void;
  /** Time has come to `now`. Called ten times a second at least, unless the runner is frozen. */
  tick(now: Micros): void;
  /** Nothing is due for this many microseconds, and nothing waits to be written: the time for work that would disturb pacing. */
  idle(budget: Micros): void;
}
