import type { Micros } from "../base/units.ts";

/** A stretch of the plan. Only `steady` feeds thresholds. */
export type StagePhase = "warm-up" | "ramp" | "steady";

/** A request belongs to the phase that its journey arrived in. */
export type Phase = "set-up" | StagePhase | "clean-up";

/**
 * Why a request that became due was never sent. All but `runner`, which is this program's own lateness, say of the target that
 * the request waited for it at least until then; `run-ended`: and would have waited on.
 */
export type DropReason = "in-flight" | "cap" | "quota-steering" | "runner" | "run-ended";

/**
 * Whether what was never sent would have taken at least as long as it waited, which holds of all but the runner's
 * own drops. Of `run-ended` too: what a target that hangs keeps waiting to the end must not vanish with the end.
 */
export function isTargets(reason: DropReason): boolean {
  return reason !== "runner";
}

/** Why a sent request has no answer. `timeout` is right-censored: the answer would have come later, if at all. */
export type FailureCode =
  | "timeout"
  | "connection-closed"
  | "connection-reset"
  | "malformed-answer"
  | "answer-too-large"
  | "not-sent";

/** How far a request without an answer had come: not wholly written, no byte of the answer seen, or some of it. */
export type ExchangePhase = "writing" | "waiting" | "body";

/** A request that became due. */
export interface Due {
  /** Counts from 0 in the order in which requests became due. */
  readonly request: number;
  /** Counts from 0 in the order of arrival. */
  readonly journey: number;
  readonly scenario: string;
  readonly operation: string;
  readonly category: string;
  readonly phase: Phase;
  /**
   * When the plan says: a first step at its journey's arrival, a later one at the end of the step before plus think
   * time, a retry after its back-off, a further poll after its interval.
   */
  readonly due: Micros;
  /** Counts from 1; above 1 for a retry. */
  readonly attempt: number;
  /** Counts from 1; above 1 where a step asks again. */
  readonly poll: number;
}

/**
 * The wait between due and start, split. Their sum is `start - due`.
 * Shadow start: the start that an undelayed runner would have made under the same cap and the answers actually seen.
 */
export interface Waits {
  /** Waiting for an open, idle connection: all were busy or none was open. */
  readonly inFlight: Micros;
  /** From then on: waiting for the cap, were it alone. */
  readonly cap: Micros;
  /** From then to the shadow start: held back because the target's quota was, or had been, nearly or wholly used up. */
  readonly steering: Micros;
  /** From the shadow start to the start: the runner's own lateness, and what making the request took it. */
  readonly runnerLag: Micros;
}

/** A request that was handed to the client. */
export interface Sent extends Due {
  /** When it was written to its connection; of one that never was, when it was handed to the client. */
  readonly start: Micros;
  readonly waits: Waits;
}

/** Identifies an exchange to Klarna's support; opaque, at most 64 of `[A-Za-z0-9-]`. */
export interface Evidence {
  readonly correlationId?: string | undefined;
  readonly errorCode?: string | undefined;
  readonly errorId?: string | undefined;
}

/** What an answer's time went on, as whoever made the request says; kept for the record and not read here. */
export interface AnswerPhases {
  /** From the request's writing to the answer's first byte. */
  readonly waitUs: Micros;
  /** From there to its last byte. */
  readonly bodyUs: Micros;
  /** `new`: the first request on its connection. */
  readonly connection: "new" | "reused";
  /** What opening the connection took, which is no part of the request's own time; on the first request alone. */
  readonly dnsUs?: Micros | undefined;
  readonly connectUs?: Micros | undefined;
  readonly tlsUs?: Micros | undefined;
  /** Of a request that somebody else made: what passing its answer on took, from the answer's end. */
  readonly relayUs?: Micros | undefined;
}

/** What tells how a client behaves at a rate limit, as whoever made the request says; kept for the record and not read here. */
export interface LimitNotes {
  /** Of a write: its idempotency key, hashed. */
  readonly keyHash?: string | undefined;
  /** Of a request that somebody else made: the same for those that look alike; and whether it is a write. */
  readonly intent?: string | undefined;
  readonly write?: boolean | undefined;
  /** What the answer's headers said; missing where they did not, or could not be read. */
  readonly limitPerSecond?: number | undefined;
  readonly remaining?: number | undefined;
  readonly resetSeconds?: number | undefined;
}

export interface Answered extends Sent, Evidence {
  readonly kind: "answered";
  /** When the last byte of the answer had come. */
  readonly end: Micros;
  readonly status: number;
  /** Whether the status, and whatever else the step expects, is as expected. */
  readonly expected: boolean;
  readonly phases?: AnswerPhases | undefined;
  readonly limits?: LimitNotes | undefined;
}

export interface Failed extends Sent, Evidence {
  readonly kind: "failed";
  readonly end: Micros;
  readonly code: FailureCode;
  /** Where it struck, as whoever made the request says; kept for the record and not read here. */
  readonly during?: ExchangePhase | undefined;
  readonly limits?: LimitNotes | undefined;
}

export interface Dropped extends Due {
  readonly kind: "dropped";
  readonly at: Micros;
  readonly reason: DropReason;
}

export interface Unfinished extends Sent {
  readonly kind: "unfinished";
  /** When the run ended. The server may still have executed it. */
  readonly at: Micros;
}

/** Every request that became due ends in exactly one of these. planned = dropped + sent; sent = answered + failed + unfinished. */
export type Outcome = Answered | Failed | Dropped | Unfinished;

/** How a journey ended. */
export interface JourneyOutcome {
  readonly journey: number;
  readonly scenario: string;
  readonly phase: Phase;
  /** Its arrival. */
  readonly due: Micros;
  readonly end: Micros;
  /** All steps answered as expected, but for those that it passed over. */
  readonly completed: boolean;
  /**
   * Its last answer did not come in time, or the journey not so far: a time-out, a drop that was not the runner's own, or
   * the run's end. From its arrival it would have taken at least until `end`. False for one that an error ended.
   */
  readonly cutShort: boolean;
  /** Steps that never became due: one before them did not succeed, or their condition did not hold. */
  readonly notReached: number;
  /** Steps that never became due because the run ended. */
  readonly notDue: number;
}
