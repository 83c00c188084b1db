import type { Micros } from "../base/units.ts";
import { FIRST_TURN, type Journey, type StepDue } from "./journey.ts";
import type { OutsideEnd } from "./roles.ts";

/** A step for which somebody outside has been called, until the call and all its requests have ended. */
export interface OpenCall {
  readonly of: StepDue;
  /** Requests that it has made. */
  readonly made: number;
}

interface Call extends OpenCall {
  made: number;
  /** Requests that have not ended. */
  pending: number;
  end: OutsideEnd | undefined;
  /** The journey has been cut off: what is under way ends for nobody. */
  isCutOff: boolean;
}

/** Calls of steps that somebody outside makes, at most one in a journey. */
export class OutsideCalls {
  readonly #calls = new Map<Journey, Call>();
  readonly #onOver: (call: OpenCall, end: OutsideEnd) => void;

  /** @param onOver told of each call that has ended with all its requests, unless it was cut off */
  constructor(onOver: (call: OpenCall, end: OutsideEnd) => void) {
    this.#onOver = onOver;
  }

  get size(): number {
    return this.#calls.size;
  }

  open(of: StepDue): OpenCall {
    const call: Call = { of, made: 0, pending: 0, end: undefined, isCutOff: false };
    this.#calls.set(of.journey, call);
    return call;
  }

  /** A request that the call makes; `undefined`: it has ended, or has made all that it may. */
  asks({ of }: OpenCall, due: Micros): StepDue | undefined {
    const call = this.#calls.get(of.journey);
    if (call?.of !== of || call.isCutOff || call.end || call.made >= mostOf(of)) return undefined;
    call.made++;
    call.pending++;
    const turn = call.made === 1 ? FIRST_TURN : { ...FIRST_TURN, poll: call.made };
    return { journey: of.journey, step: of.step, due, turn };
  }

  ended({ of }: OpenCall, end: OutsideEnd): void {
    const call = this.#calls.get(of.journey);
    if (call?.of !== of || call.isCutOff || call.end) return;
    call.end = end;
    this.#look(call);
  }

  /** A request of this journey has ended. @returns whether it was a call's, and the journey's course is not its to say */
  requestEnded(journey: Journey): boolean {
    const call = this.#calls.get(journey);
    if (!call || call.pending === 0) return false;
    call.pending--;
    this.#look(call);
    return true;
  }

  /** Ends all calls. @returns those whose journeys go no further */
  cutOff(): OpenCall[] {
    const cut = [...this.#calls.values()].filter(({ isCutOff }) => !isCutOff);
    for (const call of cut) {
      call.isCutOff = true;
      this.#look(call);
    }
    return cut;
  }

  #look(call: Call): void {
    if (call.pending > 0 || !(call.isCutOff || call.end)) return;
    this.#calls.delete(call.of.journey);
    if (call.end && !call.isCutOff) this.#onOver(call, call.end);
  }
}

function mostOf({ journey, step }: StepDue): number {
  return journey.scenario.steps[step]?.outside?.atMost ?? 0;
}
