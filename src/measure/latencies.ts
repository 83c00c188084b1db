import { MICROS_PER_SECOND } from "../base/units.ts";
import type { Answered, Due, JourneyOutcome, Outcome } from "../workload/outcome.ts";
import { CensoredHistogram } from "./censored.ts";
import { formatLogEntry } from "./interval-log.ts";
import { saysOf } from "./sampled-figures.ts";
import { formatTag, type SeriesName } from "./tags.ts";

/** What nobody looks at over time is written this often: encoding it every second would cost more than it says. */
const SELDOM_US = 60 * MICROS_PER_SECOND;

/** One series of latencies: a tag in the log and the histogram that is filling. */
interface Series {
  readonly subject: string;
  readonly name: SeriesName;
  readonly steady: boolean;
  /** An entry of the log covers at least so much; 0: one interval. */
  readonly everyUs: number;
  /** Null while it has no sample. */
  filling: CensoredHistogram | null;
  /** The start of the interval in which it got its first one. */
  sinceUs: number | null;
}

/** The series that an operation's outcomes go to, looked up once a request. */
interface OperationSeries {
  readonly service: Series;
  readonly response: Series;
  readonly responseWithoutLag: Series | null;
  readonly failed: Series;
  readonly unexpected: Series;
  readonly firstByte: Series;
  readonly body: Series;
  readonly dns: Series;
  readonly connect: Series;
  readonly tls: Series;
}

interface Filled {
  readonly series: Series;
  readonly startUs: number;
  readonly lengthUs: number;
  readonly histogram: CensoredHistogram;
}

/**
 * The histograms of the interval that is filling, by series, and those set aside to be written. Each is reset and
 * used again, so that their number is that of the series, twice, whatever the length of the run.
 */
export class Latencies {
  readonly #intervalUs: number;
  readonly #series: Series[] = [];
  readonly #operations = new Map<string, readonly [OperationSeries, OperationSeries]>();
  readonly #journeys = new Map<string, readonly [Series, Series]>();
  readonly #capWait = this.#addSeries("all", "cap-wait", true);
  readonly #inFlightWait = this.#addSeries("all", "in-flight-wait", true);
  readonly #runnerLag = this.#addSeries("all", "runner-lag", true);
  readonly #steeringWait = this.#addSeries("all", "steering-wait", true);
  readonly #relay = this.#addSeries("all", "relay", true);
  readonly #spare: CensoredHistogram[] = [];
  readonly #filled: Filled[] = [];

  constructor(intervalUs: number = MICROS_PER_SECOND) {
    this.#intervalUs = intervalUs;
  }

  /** @returns the response time, or what it is at least; null for an outcome that says nothing of it */
  outcome(outcome: Outcome): number | null {
    const says = saysOf(outcome);
    if (says === "nothing") return null;
    const series = this.#operation(outcome);
    if (outcome.kind === "dropped") {
      const waited = outcome.at - outcome.due;
      this.#fill(series.response).recordCensored(waited);
      if (series.responseWithoutLag) this.#fill(series.responseWithoutLag).recordCensored(waited);
      return waited;
    }
    const { inFlight, cap, steering, runnerLag } = outcome.waits;
    if (outcome.phase === "steady") {
      this.#fill(this.#capWait).record(cap);
      this.#fill(this.#inFlightWait).record(inFlight);
      this.#fill(this.#runnerLag).record(runnerLag);
      if (steering > 0) this.#fill(this.#steeringWait).record(steering);
    }
    if (outcome.kind === "answered") this.#phases(outcome, series);
    const end = outcome.kind === "unfinished" ? outcome.at : outcome.end;
    const service = end - outcome.start;
    if (says === "error") {
      this.#fill(outcome.kind === "answered" ? series.unexpected : series.failed).record(service);
      return null;
    }
    const response = end - outcome.due;
    if (says === "known") {
      this.#fill(series.service).record(service);
      this.#fill(series.response).record(response);
      if (series.responseWithoutLag) {
        this.#fill(series.responseWithoutLag).record(response - runnerLag);
      }
    } else {
      this.#fill(series.service).recordCensored(service);
      this.#fill(series.response).recordCensored(response);
      if (series.responseWithoutLag) {
        this.#fill(series.responseWithoutLag).recordCensored(response - runnerLag);
      }
    }
    return response;
  }

  /** A completed journey has a time, one that was cut short at least its own; one that an error ended has none, as a request. */
  journey(journey: JourneyOutcome): void {
    if (!journey.completed && !journey.cutShort) return;
    let series = this.#journeys.get(journey.scenario);
    if (!series) {
      series = [
        this.#addSeries(journey.scenario, "journey", true),
        this.#addSeries(journey.scenario, "journey", false),
      ];
      this.#journeys.set(journey.scenario, series);
    }
    const [steady, other] = series;
    const histogram = this.#fill(journey.phase === "steady" ? steady : other);
    const lasted = journey.end - journey.due;
    if (journey.completed) histogram.record(lasted);
    else histogram.recordCensored(lasted);
  }

  /** Ends the interval that began at `startUs`. @param last no interval comes after it */
  setAside(startUs: number, last = false): void {
    for (const series of this.#series) {
      const { filling: histogram } = series;
      if (histogram === null) continue;
      series.sinceUs ??= startUs;
      const lengthUs = startUs + this.#intervalUs - series.sinceUs;
      if (lengthUs < series.everyUs && !last) continue;
      this.#filled.push({ series, startUs: series.sinceUs, lengthUs, histogram });
      series.filling = null;
      series.sinceUs = null;
    }
  }

  get waiting(): number {
    return this.#filled.length;
  }

  /** Encodes one that was set aside. @returns lines of the interval log; empty when none is waiting */
  encodeOne(): string {
    const filled = this.#filled.shift();
    if (!filled) return "";
    const { series, startUs, lengthUs, histogram } = filled;
    const line = (censored: boolean, maxUs: number, encoded: string): string => {
      const tag = formatTag({
        subject: series.subject,
        series: series.name,
        steady: series.steady,
        censored,
      });
      return formatLogEntry({ tag, startUs, lengthUs, maxUs, histogram: encoded });
    };
    let lines = "";
    if (histogram.maxUs !== null) lines += line(false, histogram.maxUs, histogram.encodeKnown());
    if (histogram.censoredMaxUs !== null) {
      lines += line(true, histogram.censoredMaxUs, histogram.encodeCensored());
    }
    histogram.reset();
    this.#spare.push(histogram);
    return lines;
  }

  #operation({ operation, phase }: Due): OperationSeries {
    let both = this.#operations.get(operation);
    if (!both) {
      const make = (steady: boolean): OperationSeries => ({
        service: this.#addSeries(operation, "service", steady),
        response: this.#addSeries(operation, "response", steady),
        responseWithoutLag: steady
          ? this.#addSeries(operation, "response-without-lag", steady)
          : null,
        failed: this.#addSeries(operation, "failed", steady),
        unexpected: this.#addSeries(operation, "unexpected", steady),
        firstByte: this.#addSeries(operation, "first-byte", steady, SELDOM_US),
        body: this.#addSeries(operation, "body", steady, SELDOM_US),
        dns: this.#addSeries(operation, "dns", steady, SELDOM_US),
        connect: this.#addSeries(operation, "connect", steady, SELDOM_US),
        tls: this.#addSeries(operation, "tls", steady, SELDOM_US),
      });
      both = [make(true), make(false)];
      this.#operations.set(operation, both);
    }
    const [steady, other] = both;
    return phase === "steady" ? steady : other;
  }

  #phases({ phases, expected, waits }: Answered, series: OperationSeries): void {
    if (phases === undefined) return;
    if (phases.relayUs !== undefined) {
      this.#fill(this.#relay).record(waits.runnerLag + phases.relayUs);
    }
    // As in service time, of which they are parts: answers as expected and no others.
    if (expected) {
      this.#fill(series.firstByte).record(phases.waitUs);
      this.#fill(series.body).record(phases.bodyUs);
    }
    const { dnsUs, connectUs, tlsUs } = phases;
    if (dnsUs !== undefined) this.#fill(series.dns).record(dnsUs);
    if (connectUs !== undefined) this.#fill(series.connect).record(connectUs);
    if (tlsUs !== undefined) this.#fill(series.tls).record(tlsUs);
  }

  #addSeries(subject: string, name: SeriesName, steady: boolean, everyUs = 0): Series {
    const series: Series = { subject, name, steady, everyUs, filling: null, sinceUs: null };
    this.#series.push(series);
    return series;
  }

  #fill(series: Series): CensoredHistogram {
    series.filling ??= this.#spare.pop() ?? new CensoredHistogram();
    return series.filling;
  }
}
