import { FAR, type Micros, micros } from "../base/units.ts";
import { hasStarted, type Journey, type Turn } from "./journey.ts";
import type { Due } from "./outcome.ts";
import { Queue } from "./queue.ts";
import type { Lane, Line } from "./roles.ts";

/** A request that is due and waits to be let through. */
export interface Pending extends Due {
  readonly from: Journey;
  readonly step: number;
  readonly turn: Turn;
}

/** What waits in one lane. Requests of started journeys go before new arrivals. */
interface Waiting<L extends Line> {
  readonly lane: Lane<L>;
  readonly started: Queue<Pending>;
  readonly arriving: Queue<Pending>;
}

/** Where due requests wait for a connection and for the cap, each category in its own lane. */
export class Gate<L extends Line> {
  readonly #lanes: ReadonlyMap<string, Waiting<L>>;

  constructor(lanes: readonly Lane<L>[]) {
    this.#lanes = new Map(
      lanes.map((lane) => [
        lane.category,
        { lane, started: new Queue<Pending>(), arriving: new Queue<Pending>() },
      ]),
    );
  }

  get isEmpty(): boolean {
    for (const waiting of this.#lanes.values()) if (headOf(waiting)) return false;
    return true;
  }

  add(pending: Pending): void {
    const waiting = this.#lanes.get(pending.category);
    if (!waiting) throw new TypeError(`no lane for ${pending.category}`);
    queueOf(waiting, pending).push(pending);
  }

  /**
   * Offers the requests at the head of each lane, longest due first and started journeys before new ones,
   * until each lane is empty or its head is declined.
   *
   * @param offer takes a request or declines it, told how many wait in its lane; a declined lane is left alone for the rest of this call
   */
  serve(offer: (pending: Pending, lane: Lane<L>, waiting: number) => boolean): void {
    const open = new Set(this.#lanes.values());
    for (;;) {
      let best: { waiting: Waiting<L>; head: Pending } | undefined;
      for (const waiting of open) {
        const head = headOf(waiting);
        if (head && (!best || goesBefore(head, best.head))) best = { waiting, head };
      }
      if (!best) return;
      const { lane, started, arriving } = best.waiting;
      const taken = offer(best.head, lane, started.length + arriving.length);
      if (taken) queueOf(best.waiting, best.head).shift();
      else open.delete(best.waiting);
    }
  }

  /** Takes out new arrivals that became due before `limit`. */
  *lateArrivals(limit: number): Generator<{ pending: Pending; lane: Lane<L> }> {
    for (const { arriving, lane } of this.#lanes.values()) {
      for (let head = arriving.peek(); head && head.due < limit; head = arriving.peek()) {
        arriving.shift();
        yield { pending: head, lane };
      }
    }
  }

  /** Takes out everything. */
  *drain(): Generator<Pending> {
    for (const { started, arriving } of this.#lanes.values()) {
      for (const queue of [started, arriving]) {
        for (let head = queue.shift(); head; head = queue.shift()) yield head;
      }
    }
  }

  /**
   * When something that waits may go, `now` or later, or grows too old, with no answer or connection coming first.
   *
   * @param hasRoom whether the run is below its in-flight bound
   */
  nextChange(now: Micros, hasRoom: boolean, maxLateness: Micros | undefined): Micros {
    let next: number = FAR;
    for (const waiting of this.#lanes.values()) {
      const { lane, arriving } = waiting;
      const arrival = arriving.peek();
      if (arrival && maxLateness !== undefined)
        next = Math.min(next, arrival.due + maxLateness + 1);
      if (hasRoom && headOf(waiting) && lane.hasLine()) {
        next = Math.min(next, lane.cap.earliest(now) ?? FAR);
      }
    }
    return micros(next);
  }
}

function headOf<L extends Line>({ started, arriving }: Waiting<L>): Pending | undefined {
  return started.peek() ?? arriving.peek();
}

function queueOf<L extends Line>(waiting: Waiting<L>, pending: Pending): Queue<Pending> {
  return goesFirst(pending) ? waiting.started : waiting.arriving;
}

/** Started journeys, and those that the run asked for itself: they are never too late. */
function goesFirst(pending: Pending): boolean {
  return hasStarted(pending) || pending.phase === "set-up" || pending.phase === "clean-up";
}

function goesBefore(a: Pending, b: Pending): boolean {
  const aFirst = goesFirst(a);
  return aFirst === goesFirst(b) ? a.due < b.due : aFirst;
}
