import type { Random } from "../base/random.ts";
import { type Micros, micros } from "../base/units.ts";
import type { Phase, Sent } from "./outcome.ts";
import { backOff, isRetried } from "./retry.ts";
import type { Answer } from "./roles.ts";
import type { Scenario, Step } from "./workload.ts";

/** One user's way through a scenario. */
export interface Journey {
  readonly id: number;
  /** The scenario's index in `everyScenario` of the workload. */
  readonly index: number;
  readonly scenario: Scenario;
  readonly phase: Phase;
  /** Its arrival. */
  readonly due: Micros;
  /** What it came with, and what its steps have saved so far. */
  readonly values: Record<string, string>;
  /** Later steps whose condition an answer has met. */
  allowed: readonly number[];
  /** Steps that have been passed over, since their condition did not hold. */
  passedOver: number;
  /** Called once, when it has ended. */
  readonly onEnd?: ((end: JourneyEnd) => void) | undefined;
}

export interface JourneyEnd {
  /** All steps answered as expected, but for those that it passed over. */
  readonly completed: boolean;
  readonly values: Readonly<Record<string, string>>;
  /** What its last request came to: a status, a failure code, why it was dropped. */
  readonly why: string;
}

/** Which of its step's requests one is. A step that neither polls nor retries makes one. */
export interface Turn {
  /** From 1. */
  readonly poll: number;
  /** From 1. */
  readonly attempt: number;
  /** Of a retry: the request that was the first attempt at the same thing; `undefined`: this is the first itself. */
  readonly firstAttempt: number | undefined;
}

export const FIRST_TURN: Turn = { poll: 1, attempt: 1, firstAttempt: undefined };

/** A request of a journey at the time at which it becomes due. */
export interface StepDue {
  readonly journey: Journey;
  readonly step: number;
  readonly due: Micros;
  readonly turn: Turn;
}

/** A request of a journey that was sent. */
export interface SentStep extends Omit<StepDue, "due"> {
  readonly sent: Sent;
}

const NONE: readonly number[] = [];

/** A journey at its arrival, and its first step. */
export function arrival(journey: Omit<Journey, "allowed" | "passedOver">): StepDue {
  const { id, index, scenario, phase, due, values, onEnd } = journey;
  const whole = { id, index, scenario, phase, due, values, onEnd, allowed: NONE, passedOver: 0 };
  return { journey: whole, step: 0, due, turn: FIRST_TURN };
}

/** Whether the journey was under way before this request. */
export function hasStarted({ step, turn }: Pick<StepDue, "step" | "turn">): boolean {
  return step > 0 || turn !== FIRST_TURN;
}

/** The steps after this one: how many never became due if the journey ends here. */
export function stepsAfter({ journey, step }: Pick<StepDue, "journey" | "step">): number {
  return journey.scenario.steps.length - step - 1;
}

/** Keeps what an answer brings the journey. */
export function learn(journey: Journey, answer: Answer): void {
  if (answer.kind !== "answered") return;
  Object.assign(journey.values, answer.saved);
  if (answer.allows !== undefined) journey.allowed = [...journey.allowed, ...answer.allows];
}

/**
 * What comes after an answer: the same again (a retry after its back-off, the next poll after its interval), the
 * next step whose condition holds after its think time, or the journey's end.
 *
 * @param request the number of the answered one
 * @param random jitters back-offs
 */
export function nextOf(
  { journey, step, turn }: StepDue,
  request: number,
  answer: Answer,
  random: Random,
): StepDue | "completed" | "failed" {
  const { steps } = journey.scenario;
  const { retry, poll } = steps[step] ?? steps[0];
  if (retry && isRetried(retry, turn.attempt, answer)) {
    const firstAttempt =
      retry.idempotencyKey === "same" ? (turn.firstAttempt ?? request) : undefined;
    const due = micros(answer.end + backOff(retry, turn.attempt, answer, random));
    return {
      journey,
      step,
      due,
      turn: { poll: turn.poll, attempt: turn.attempt + 1, firstAttempt },
    };
  }
  if (answer.kind === "failed" || !answer.expected) return "failed";
  if (poll && answer.again && turn.poll < poll.atMost) {
    const due = micros(answer.end + poll.every);
    return { journey, step, due, turn: { ...FIRST_TURN, poll: turn.poll + 1 } };
  }
  for (let later = step + 1; later < steps.length; later++) {
    const next = steps[later];
    if (!next || !mayRun(journey, later, next)) continue;
    const due = micros(answer.end + next.thinkTime);
    return { journey, step: later, due, turn: FIRST_TURN };
  }
  return "completed";
}

/** A step without what it needs of earlier ones is passed over as they were. */
function mayRun({ allowed, values }: Journey, step: number, { conditional, needs }: Step): boolean {
  if (conditional && !allowed.includes(step)) return false;
  return needs === undefined || needs.every((name) => values[name] !== undefined);
}
