import type { Random } from "../base/random.ts";
import { FAR, type Micros } from "../base/units.ts";
import type { Pending } from "./gate.ts";
import {
  FIRST_TURN,
  type Journey,
  learn,
  nextOf,
  type SentStep,
  type StepDue,
  stepsAfter,
} from "./journey.ts";
import type { LeftOpen } from "./left-open.ts";
import { type DropReason, isTargets, type JourneyOutcome } from "./outcome.ts";
import { type OpenCall, OutsideCalls } from "./outside-calls.ts";
import { Agenda } from "./queue.ts";
import type { Answer, Call, OutsideCall, OutsideEnd, Sink } from "./roles.ts";
import { dueOf, endedOf } from "./tell.ts";

/** How whoever makes requests is asked for this one. */
export function callOf({ sent: { request }, journey, step, turn }: SentStep): Call {
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

/**
 * The journeys under way: numbers requests as they become due, decides what comes after each, and tells the sink how
 * each request and each journey ended.
 */
export class Journeys {
  readonly #sink: Sink;
  readonly #random: Random;
  readonly #leftOpen: LeftOpen | undefined;
  /** Later steps, retries and polls that are not due yet. */
  readonly #agenda = new Agenda<StepDue>();
  readonly #outside = new OutsideCalls((call, end) => this.#callOver(call, end));
  #requests = 0;
  /** Only the clean-up's journeys still go on. */
  #isCutOff = false;

  /**
   * @param random jitters back-offs
   * @param leftOpen keeps account of what they make
   */
  constructor(sink: Sink, random: Random, leftOpen?: LeftOpen) {
    this.#sink = sink;
    this.#random = random;
    this.#leftOpen = leftOpen;
  }

  /** When the next scheduled request is due; `undefined` when none is. */
  get nextDue(): Micros | undefined {
    return this.#agenda.peek()?.due;
  }

  /** Steps that somebody outside is still called for. */
  get callsOpen(): number {
    return this.#outside.size;
  }

  /** Scheduled requests that are due by `now`, in order. */
  *scheduledBy(now: Micros): Generator<StepDue> {
    for (let next = this.#agenda.peek(); next && next.due <= now; next = this.#agenda.peek()) {
      this.#agenda.shift();
      yield next;
    }
  }

  /** Counts a request that has become due, and tells of it. */
  becomesDue({ journey, step, due, turn }: StepDue): Pending {
    const { operation, category } = journey.scenario.steps[step] ?? journey.scenario.steps[0];
    const pending: Pending = {
      request: this.#requests++,
      journey: journey.id,
      scenario: journey.scenario.name,
      operation,
      category,
      phase: journey.phase,
      due,
      attempt: turn.attempt,
      poll: turn.poll,
      from: journey,
      step,
      turn,
    };
    this.#sink.due(dueOf(pending));
    return pending;
  }

  /**
   * A step has become due for which somebody outside is to be called.
   *
   * @param add takes each request that the call makes; `over` is told that the call has ended
   */
  calls(
    due: StepDue,
    { add, over }: { readonly add: (pending: Pending) => void; readonly over: () => void },
  ): OutsideCall {
    const call = this.#outside.open(due);
    return {
      scenario: due.journey.index,
      step: due.step,
      values: due.journey.values,
      asks: (at) => {
        const asked = this.#outside.asks(call, at);
        const pending = asked && this.becomesDue(asked);
        if (pending) add(pending);
        return pending?.request;
      },
      ended: (end) => {
        this.#outside.ended(call, end);
        over();
      },
    };
  }

  answered(of: SentStep, answer: Answer): void {
    const { sent, journey, step, turn } = of;
    this.#sink.outcome(endedOf(sent, answer));
    this.#leftOpen?.answered(of, answer);
    if (this.#outside.requestEnded(journey)) return;
    learn(journey, answer);
    const asked = { journey, step, due: sent.due, turn };
    const next = nextOf(asked, sent.request, answer, this.#random);
    const why = answer.kind === "answered" ? String(answer.status) : answer.code;
    this.#goesOn(
      asked,
      next,
      answer.end,
      why,
      answer.kind === "failed" && answer.code === "timeout",
    );
  }

  /** @param next what follows, `end` being when it was known and `why` what it was for @param isTimeout it was a time-out */
  #goesOn(
    { journey, step }: StepDue,
    next: ReturnType<typeof nextOf>,
    end: Micros,
    why: string,
    isTimeout = false,
  ): void {
    if (next === "completed" || next === "failed") {
      const completed = next === "completed";
      const cutShort = !completed && isTimeout;
      const notReached = stepsAfter({ journey, step });
      this.#ends(journey, end, why, { completed, cutShort, notReached });
      return;
    }
    journey.passedOver += Math.max(0, next.step - step - 1);
    if (this.#isCutOff && journey.phase !== "clean-up") {
      this.#ends(journey, end, why, { cutShort: true, notDue: stepsFrom(next) });
    } else {
      this.#agenda.push(next);
    }
  }

  /** A call has ended, and so have its requests. */
  #callOver({ of, made }: OpenCall, { end, succeeded, saved, why }: OutsideEnd): void {
    const { journey } = of;
    // Its one planned request never became due.
    if (made === 0) journey.passedOver++;
    const answer: Answer = { kind: "answered", end, status: 0, expected: succeeded, saved };
    learn(journey, answer);
    this.#goesOn(of, nextOf(of, 0, answer, this.#random), end, why);
  }

  dropped(pending: Pending, at: Micros, reason: DropReason): void {
    this.#sink.outcome({ ...dueOf(pending), kind: "dropped", at, reason });
    if (this.#outside.requestEnded(pending.from)) return;
    const left = stepsAfter({ journey: pending.from, step: pending.step });
    const lost = reason === "run-ended" ? { notDue: left } : { notReached: left };
    const cutShort = isTargets(reason);
    this.#ends(pending.from, at, `dropped: ${reason}`, { cutShort, ...lost });
  }

  unfinished(of: SentStep, at: Micros): void {
    this.#sink.outcome({ ...of.sent, kind: "unfinished", at });
    this.#leftOpen?.unfinished(of);
    if (this.#outside.requestEnded(of.journey)) return;
    this.#ends(of.journey, at, "unfinished", { cutShort: true, notDue: stepsAfter(of) });
  }

  /** Ends the journeys whose next request is not due yet, and from now on the others with their answer. */
  cutOff(at: Micros): void {
    this.#isCutOff = true;
    for (const { of, made } of this.#outside.cutOff()) {
      const notDue = stepsAfter(of) + (made === 0 ? 1 : 0);
      this.#ends(of.journey, at, "not finished in time", { cutShort: true, notDue });
    }
    for (const next of this.scheduledBy(FAR)) {
      const notDue = stepsFrom(next);
      this.#ends(next.journey, at, "not finished in time", { cutShort: true, notDue });
    }
  }

  #ends(
    { id, scenario, phase, due, passedOver, values, onEnd }: Journey,
    end: Micros,
    why: string,
    {
      completed = false,
      cutShort = false,
      notReached = 0,
      notDue = 0,
    }: Partial<Pick<JourneyOutcome, "completed" | "cutShort" | "notReached" | "notDue">>,
  ): void {
    this.#sink.journey({
      journey: id,
      scenario: scenario.name,
      phase,
      due,
      end,
      completed,
      cutShort,
      notReached: passedOver + notReached,
      notDue,
    });
    onEnd?.({ completed, values, why });
  }
}

/** The steps that never became due if the journey ends before this request. A retry or a further poll is of one that did. */
function stepsFrom(next: StepDue): number {
  return stepsAfter(next) + (next.turn === FIRST_TURN ? 1 : 0);
}
