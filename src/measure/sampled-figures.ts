import { isTargets, type Outcome } from "../workload/outcome.ts";
import { CensoredHistogram } from "./censored.ts";
import type { Figure } from "./figure.ts";
import { independent } from "./samples.ts";
import type { Figures } from "./threshold.ts";

/**
 * What an outcome is to a distribution of times: a `known` sample; a `censored` one, at least so long; or none: an
 * `error`, whose time is another thing than an answer's, or one of the runner's own drops, which says nothing.
 */
export type Says = "known" | "censored" | "error" | "nothing";

/** The one place where it is decided, for the record, for what ends a run early and for capacity checks. */
export function saysOf(outcome: Outcome): Says {
  switch (outcome.kind) {
    case "answered":
      return outcome.expected ? "known" : "error";
    case "failed":
      return outcome.code === "timeout" ? "censored" : "error";
    case "dropped":
      return isTargets(outcome.reason) ? "censored" : "nothing";
    case "unfinished":
      return "censored";
  }
}

/** The figures of thresholds while they come in, as a report counts them, the samples taken to be independent. */
export class SampledFigures {
  readonly #service = new CensoredHistogram();
  readonly #response = new CensoredHistogram();
  #planned = 0;
  #sent = 0;
  #errors = 0;

  get planned(): number {
    return this.#planned;
  }

  get sent(): number {
    return this.#sent;
  }

  add(outcome: Outcome): void {
    this.#planned++;
    const says = saysOf(outcome);
    const isSent = outcome.kind !== "dropped";
    if (isSent) this.#sent++;
    // A time-out is an error and a sample.
    if (outcome.kind === "failed" || says === "error") this.#errors++;
    if (says !== "known" && says !== "censored") return;
    const end = "end" in outcome ? outcome.end : outcome.at;
    const take = (times: CensoredHistogram, us: number): void =>
      says === "known" ? times.record(us) : times.recordCensored(us);
    take(this.#response, end - outcome.due);
    if (isSent) take(this.#service, end - outcome.start);
  }

  merge(other: SampledFigures): void {
    this.#planned += other.#planned;
    this.#sent += other.#sent;
    this.#errors += other.#errors;
    this.#service.merge(other.#service);
    this.#response.merge(other.#response);
  }

  /** Forgets all, to be used again. */
  reset(): void {
    this.#service.reset();
    this.#response.reset();
    this.#planned = 0;
    this.#sent = 0;
    this.#errors = 0;
  }

  /** How many samples or trials the figure rests on. */
  countOf(figure: Figure): number {
    if (figure.kind === "percentile" || figure.kind === "max") {
      return figure.time === "serviceTime" ? this.#service.count : this.#response.count;
    }
    return figure.of === "dropRatio" || figure.of === "dropped" ? this.#planned : this.#sent;
  }

  figures(): Figures {
    return {
      serviceTime: independent(this.#service),
      responseTime: independent(this.#response),
      planned: this.#planned,
      sent: this.#sent,
      errors: this.#errors,
      dropped: this.#planned - this.#sent,
    };
  }
}
