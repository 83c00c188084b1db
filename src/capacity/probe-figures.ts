import { SampledFigures } from "../measure/sampled-figures.ts";
import type { Figures } from "../measure/threshold.ts";
import type { JourneyOutcome, Outcome } from "../workload/outcome.ts";
import type { Sink } from "../workload/roles.ts";

/** What a probe showed in its steady phase: of journeys what the quota refused, of requests what thresholds judge. */
export class ProbeFigures implements Sink {
  readonly #operations = new Map<string, SampledFigures>();
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
    const all = new SampledFigures();
    for (const counted of this.#operations.values()) all.merge(counted);
    return all.planned === 0 ? undefined : all.figures();
  }

  outcome(outcome: Outcome): void {
    if (outcome.phase !== "steady") return;
    let counted = this.#operations.get(outcome.operation);
    if (!counted) {
      counted = new SampledFigures();
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

  #sum(of: (counted: SampledFigures) => number): number {
    let sum = 0;
    for (const counted of this.#operations.values()) sum += of(counted);
    return sum;
  }
}
