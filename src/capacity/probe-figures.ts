import type { Micros } from "../base/units.ts";
import { CensoredHistogram } from "../measure/censored.ts";
import { independent } from "../measure/samples.ts";
import type { Figures } from "../measure/threshold.ts";
import type { JourneyOutcome, Outcome } from "../workload/outcome.ts";
import type { Sink } from "../workload/roles.ts";

/** What a probe showed in its steady phase: of journeys what the quota refused, of requests what thresholds judge. */
export class ProbeFigures implements Sink {
  readonly #operations = new Map<string, Counted>();
  readonly #throttledJourneys = new Set<number>();
  readonly #throttledBy = new Map<string, number>();
  #journeys = 0;

  /** Journeys that arrived in the steady phase. */
  get journeys(): number {
    return this.#journeys;
  }

  /** Those of them of which one request at least was answered with 429, whatever became of it. */
  get throttledJourneys(): number {
    return this.#throttledJourneys.size;
  }

  /** 0 to 1. */
  get throttledShare(): number {
    return this.#journeys === 0 ? 0 : this.throttledJourneys / this.#journeys;
  }

  get requests(): number {
    return this.#sum((counted) => counted.sent);
  }

  get throttledRequests(): number {
    let sum = 0;
    for (const count of this.#throttledBy.values()) sum += count;
    return sum;
  }

  /** The category that answered 429 most often; `undefined`: none did. */
  get mostThrottled(): string | undefined {
    return [...this.#throttledBy].sort(([, a], [, b]) => b - a)[0]?.[0];
  }

  /** @param operation null: all together @returns `undefined`: nothing of it was asked */
  of(operation: string | null): Figures | undefined {
    if (operation !== null) return this.#operations.get(operation)?.figures();
    const all = new Counted();
    for (const counted of this.#operations.values()) all.merge(counted);
    return all.planned === 0 ? undefined : all.figures();
  }

  outcome(outcome: Outcome): void {
    if (outcome.phase !== "steady") return;
    let counted = this.#operations.get(outcome.operation);
    if (!counted) {
      counted = new Counted();
      this.#operations.set(outcome.operation, counted);
    }
    counted.add(outcome);
    if (outcome.kind === "answered" && outcome.status === 429) {
      this.#throttledJourneys.add(outcome.journey);
      const { category } = outcome;
      this.#throttledBy.set(category, (this.#throttledBy.get(category) ?? 0) + 1);
    }
  }

  journey({ phase }: JourneyOutcome): void {
    if (phase === "steady") this.#journeys++;
  }

  due(): void {}
  started(): void {}
  gap(): void {}
  tick(): void {}
  idle(): void {}

  #sum(of: (counted: Counted) => number): number {
    let sum = 0;
    for (const counted of this.#operations.values()) sum += of(counted);
    return sum;
  }
}

/** One operation's requests, counted as a run's report counts them. */
class Counted {
  readonly #service = new CensoredHistogram();
  readonly #response = new CensoredHistogram();
  planned = 0;
  sent = 0;
  #errors = 0;
  #dropped = 0;

  add(outcome: Outcome): void {
    this.planned++;
    if (outcome.kind === "dropped") {
      this.#dropped++;
      this.#response.recordCensored(since(outcome.due, outcome.at));
      return;
    }
    this.sent++;
    if (outcome.kind === "answered") {
      if (!outcome.expected) this.#errors++;
      else {
        this.#service.record(since(outcome.start, outcome.end));
        this.#response.record(since(outcome.due, outcome.end));
      }
      return;
    }
    if (outcome.kind === "failed") this.#errors++;
    const end = outcome.kind === "failed" ? outcome.end : outcome.at;
    this.#service.recordCensored(since(outcome.start, end));
    this.#response.recordCensored(since(outcome.due, end));
  }

  merge(other: Counted): void {
    this.planned += other.planned;
    this.sent += other.sent;
    this.#errors += other.#errors;
    this.#dropped += other.#dropped;
    this.#service.merge(other.#service);
    this.#response.merge(other.#response);
  }

  figures(): Figures {
    return {
      serviceTime: independent(this.#service),
      responseTime: independent(this.#response),
      planned: this.planned,
      sent: this.sent,
      errors: this.#errors,
      dropped: this.#dropped,
    };
  }
}

function since(from: Micros, to: Micros): number {
  return Math.max(0, to - from);
}
