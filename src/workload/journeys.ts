import type { Random } from "../base/random.ts";
import { FAR, type Micros } from "../base/units.ts";
import type { Pending } from "./gate.ts";
import { type Journey, learn, nextOf, type StepDue, stepsAfter } from "./journey.ts";
import type { DropReason, Due, JourneyOutcome, Sent } from "./outcome.ts";
import { Agenda } from "./queue.ts";
import type { Answer, Sink } from "./roles.ts";

/** A request of a journey that was sent. */
export interface SentStep extends Omit<StepDue, "due"> {
  readonly sent: Sent;
}

/**
 * The journeys under way: numbers requests as they become due, decides what comes after each, and tells the sink how
 * each request and each journey ended.
 */
export class Journeys {
  readonly #sink: Sink;
  readonly #random: Random;
  /** Later steps, retries and polls that are not due yet. */
  readonly #agenda = new Agenda<StepDue>();
  #requests = 0;

  /** @param random jitters back-offs */
  constructor(sink: Sink, random: Random) {
    this.#sink = sink;
    this.#random = random;
  }

  /** When the next scheduled request is due; `undefined` when none is. */
  get nextDue(): Micros | undefined {
    return this.#agenda.peek()?.due;
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

  answered(of: SentStep, answer: Answer): void {
    const { sent, journey, step, turn } = of;
    if (answer.kind === "answered") {
      const { saved, again, allows, resetAfter, ...seen } = answer;
      this.#sink.outcome({ ...sent, ...seen });
    } else {
      this.#sink.outcome({ ...sent, ...answer });
    }
    learn(journey, answer);
    const asked = { journey, step, due: sent.due, turn };
    const next = nextOf(asked, sent.request, answer, this.#random);
    if (next === "completed" || next === "failed") {
      const left = stepsAfter(of);
      this.#ends(journey, answer.end, { completed: next === "completed", notReached: left });
    } else {
      journey.passedOver += Math.max(0, next.step - step - 1);
      this.#agenda.push(next);
    }
  }

  dropped(pending: Pending, at: Micros, reason: DropReason): void {
    this.#sink.outcome({ ...dueOf(pending), kind: "dropped", at, reason });
    const left = stepsAfter({ journey: pending.from, step: pending.step });
    const lost = reason === "run-ended" ? { notDue: left } : { notReached: left };
    this.#ends(pending.from, at, lost);
  }

  unfinished(of: SentStep, at: Micros): void {
    this.#sink.outcome({ ...of.sent, kind: "unfinished", at });
    this.#ends(of.journey, at, { notDue: stepsAfter(of) });
  }

  /** Ends the journeys whose next request is not due yet. */
  cutOff(at: Micros): void {
    for (const next of this.scheduledBy(FAR)) {
      // A retry or a further poll is of a step that had become due.
      const itself = next.turn.attempt > 1 || next.turn.poll > 1 ? 0 : 1;
      this.#ends(next.journey, at, { notDue: stepsAfter(next) + itself });
    }
  }

  #ends(
    { id, scenario, phase, due, passedOver }: Journey,
    end: Micros,
    {
      completed = false,
      notReached = 0,
      notDue = 0,
    }: Partial<Pick<JourneyOutcome, "completed" | "notReached" | "notDue">>,
  ): void {
    this.#sink.journey({
      journey: id,
      scenario: scenario.name,
      phase,
      due,
      end,
      completed,
      notReached: passedOver + notReached,
      notDue,
    });
  }
}

function dueOf({
  request,
  journey,
  scenario,
  operation,
  category,
  phase,
  due,
  attempt,
  poll,
}: Due): Due {
  return { request, journey, scenario, operation, category, phase, due, attempt, poll };
}
