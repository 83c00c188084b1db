import type { Random } from "../../src/base/random.ts";
import { micros } from "../../src/base/units.ts";
import type { Answer, Call, Thing } from "../../src/workload/roles.ts";
import { everyScenario, type Workload } from "../../src/workload/workload.ts";
import type { Treatment } from "./simulated-target.ts";

type Answered = Extract<Answer, { readonly kind: "answered" }>;

/** What the server did with one request, whether or not its answer ever came. */
export interface Served {
  readonly call: Call;
  readonly treatment: Treatment;
  readonly says: Partial<Answered>;
}

/** How ill the server is: each a probability. */
export interface Trouble {
  readonly throttled: number;
  readonly broken: number;
  readonly reset: number;
  readonly silent: number;
}

/**
 * A server with things in it: steps that create make one for each intended write, `end` takes one away. It answers by
 * chance, and knows what is true: what was made, what is still there, and what it has told.
 */
export class SimulatedShop {
  readonly served = new Map<number, Served>();
  /** By id; what is still there. */
  readonly open = new Set<string>();
  readonly made = new Set<string>();
  readonly #workload: Workload;
  readonly #random: Random;
  readonly #trouble: (at: number) => Trouble;
  readonly #latency: (at: number) => number;
  readonly #byWrite = new Map<number, string>();

  constructor(
    workload: Workload,
    random: Random,
    trouble: (at: number) => Trouble,
    latency: (at: number) => number,
  ) {
    this.#workload = workload;
    this.#random = random;
    this.#trouble = trouble;
    this.#latency = latency;
  }

  treat(call: Call, at: number, writeAfter: number): Treatment {
    const latency = this.#latency(at);
    const { throttled, broken, reset, silent } = this.#trouble(at);
    const draw = this.#random.next();
    const executes = this.#random.next() < 0.5;
    if (draw < throttled) {
      const resetAfter = micros(Math.floor(this.#random.next() * 2e6));
      const says = { resetAfter, saved: {} };
      return this.#keep(call, {
        latency,
        status: 429,
        writeAfter,
        says: says as Partial<Answered>,
      });
    }
    if (draw < throttled + broken)
      return this.#keep(call, { latency, status: 503, writeAfter, says: { saved: {} } });
    const isLost = draw < throttled + broken + reset + silent;
    const isReset = draw < throttled + broken + reset;
    const says = this.#says(call);
    return this.#keep(call, {
      latency: isLost && !isReset ? undefined : latency,
      status: 200,
      writeAfter,
      says,
      ...(isReset ? { reset: true } : {}),
      onWritten: () => {
        if (!isLost || executes) this.#execute(says);
      },
    });
  }

  #keep(call: Call, treatment: Treatment): Treatment {
    this.served.set(call.request, { call, treatment, says: treatment.says ?? {} });
    return treatment;
  }

  #execute({ created = [], ended }: Partial<Answered>): void {
    for (const { id } of created) {
      if (this.made.has(id)) continue;
      this.made.add(id);
      this.open.add(id);
    }
    if (ended) this.open.delete(ended.id);
  }

  #says(call: Call): Partial<Answered> {
    const { steps } = everyScenario(this.#workload)[call.scenario] ?? {};
    const step = steps?.[call.step];
    if (!step) throw new Error("a request of no step");
    const again = step.poll !== undefined && this.#random.next() < 0.6;
    if (again) return { again, expected: !call.isLastPoll, saved: {} };
    const allows = (steps ?? []).flatMap((later, i) =>
      later.conditional && i > call.step && this.#random.next() < 0.5 ? [i] : [],
    );
    const expected = this.#random.next() < 0.95;
    const id = call.values.id;
    if (step.creates) {
      const made = this.#madeBy(call.firstAttempt);
      const created: Thing[] = [{ way: 0, id: made }];
      return { expected, allows, created, saved: { id: made } };
    }
    const ended = step.operation === "end" && id !== undefined ? { way: 0, id } : undefined;
    return { expected, allows, saved: {}, ...(ended ? { ended } : {}) };
  }

  /** The same write makes the same thing, however often it is tried. */
  #madeBy(write: number): string {
    const id = this.#byWrite.get(write) ?? `thing-${write}`;
    this.#byWrite.set(write, id);
    return id;
  }
}
