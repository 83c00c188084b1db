import { MICROS_PER_SECOND, type Micros } from "../base/units.ts";
import type { Due, JourneyOutcome, Outcome, Sent } from "../workload/outcome.ts";
import { EventLog } from "./event-log.ts";
import { ExchangeLog } from "./exchange-log.ts";
import { FirstRequests } from "./first-requests.ts";
import { Latencies } from "./latencies.ts";
import { type Live, LiveView } from "./live.ts";
import type { RecordEvent, RecordSink } from "./record-format.ts";
import { IntervalTally, Ledger } from "./tally.ts";

/** Why the run was stopped, as it is reported. */
export interface StopMark {
  readonly at: Micros;
  readonly code: string;
  readonly text: string;
  readonly advice: string;
}

/**
 * Takes outcomes from the run loop and turns them into the lines of a record, one interval after the other. What it
 * holds does not grow with the run: two histograms a series, one filling and one being written, used in turn.
 *
 * Encoding a histogram takes about 0.1 ms, which would disturb pacing, so closing an interval only sets the full
 * histograms aside; `flushOne` encodes one at a time, for the loop to call when it is idle. What is left when the
 * next interval closes is encoded then, so that memory stays bounded even if the loop is never idle. Even the setting
 * aside is some tenths of a millisecond, and at even rates a request is due just then: what becomes due and starts past
 * the interval's end is held until that request is on its way.
 */
export class Recorder {
  readonly #sink: RecordSink;
  readonly #origin: Micros;
  readonly #intervalUs: number;
  readonly #tally = new IntervalTally();
  /** Requests whose due time lies in an interval that is already closed, by its number. */
  readonly #late = new Map<number, IntervalTally>();
  readonly #ledger = new Ledger();
  readonly #latencies: Latencies;
  readonly #live = new LiveView();
  readonly #events = new EventLog();
  readonly #first = new FirstRequests();
  readonly #exchanges: ExchangeLog | undefined;
  #open = 0;
  /** What became due or started after the open interval's end, in order; recorded as soon as nothing waits for it. */
  readonly #held: (() => void)[] = [];
  #heldSinceTick = false;

  /**
   * @param origin the run's first due time
   * @param intervalUs a whole number of milliseconds, as in the record's manifest
   * @param drill whether to write down each exchange, for judging the client
   */
  constructor(
    sink: RecordSink,
    origin: Micros,
    intervalUs: number = MICROS_PER_SECOND,
    drill = false,
  ) {
    this.#sink = sink;
    this.#origin = origin;
    this.#intervalUs = intervalUs;
    this.#latencies = new Latencies(intervalUs);
    this.#exchanges = drill ? new ExchangeLog() : undefined;
  }

  /** A request became due. Its due time may lie in the past, as after a gap. */
  due(due: Due): void {
    const at = this.#since(due.due);
    const interval = Math.floor(at / this.#intervalUs);
    if (this.#isToHold(interval)) this.#hold(() => this.#due(due, at, interval));
    else this.#due(due, at, interval);
  }

  #due(due: Due, at: number, interval: number): void {
    this.#advanceTo(interval);
    if (interval === this.#open) this.#tally.due(due);
    else this.#lateTally(interval).due(due);
    this.#ledger.due(due);
    this.#live.planned(at);
  }

  /** A request was sent: it has been written, or will never be. */
  started(sent: Sent): void {
    const at = this.#since(sent.start);
    const interval = Math.floor(at / this.#intervalUs);
    if (this.#isToHold(interval)) this.#hold(() => this.#started(sent, at, interval));
    else this.#started(sent, at, interval);
  }

  #started(sent: Sent, at: number, interval: number): void {
    this.#advanceTo(interval);
    this.#tally.started(sent);
    this.#ledger.started(sent);
    this.#live.started(at);
  }

  /** A request ended. For one that was sent, `started` came before. */
  outcome(outcome: Outcome): void {
    this.#release();
    const ended =
      outcome.kind === "answered" || outcome.kind === "failed" ? outcome.end : outcome.at;
    const at = this.#since(ended);
    this.#advanceTo(Math.floor(at / this.#intervalUs));
    this.#tally.outcome(outcome);
    this.#ledger.outcome(outcome);
    const responseUs = this.#latencies.outcome(outcome);
    if (responseUs !== null) this.#live.response(at, responseUs);
    const event = this.#events.outcome(outcome, at);
    if (event) this.#writeEvent(event);
    const each = this.#first.outcome(outcome, (time) => this.#since(time));
    if (each) this.#writeEvent(each);
    const exchange = this.#exchanges?.outcome(outcome, (time) => this.#since(time));
    if (exchange) this.#writeEvent(exchange);
    if (outcome.kind === "answered") this.#events.offerSlow(outcome, at);
  }

  /** A journey ended. */
  journey(journey: JourneyOutcome): void {
    this.#release();
    this.#advanceTo(Math.floor(this.#since(journey.end) / this.#intervalUs));
    this.#tally.journey(journey);
    this.#latencies.journey(journey);
  }

  /** The runner was frozen or starved for longer than it may be. */
  gap(from: Micros, to: Micros): void {
    this.#writeEvent({ type: "gap", fromUs: this.#since(from), toUs: this.#since(to) });
  }

  /** The kill switch ended the run. */
  stop({ at, code, text, advice }: StopMark): void {
    this.#writeEvent({ type: "stop", atUs: this.#since(at), code, text, advice });
  }

  /** Closes the intervals that have passed; to be called at the end of each turn of the loop, cheap at any time. */
  tick(now: Micros): void {
    // In the turn that holds something, a request has just been handed over and is not on the wire yet.
    if (this.#heldSinceTick) {
      this.#heldSinceTick = false;
      return;
    }
    this.#release();
    this.#advanceTo(Math.floor(this.#since(now) / this.#intervalUs));
  }

  /** Encodes and hands on one set-aside histogram: about 0.1 ms. @returns whether more are waiting */
  flushOne(): boolean {
    const lines = this.#latencies.encodeOne();
    if (lines !== "") this.#sink.append("intervals", lines);
    return this.#latencies.waiting > 0;
  }

  /** The run as it stands. */
  live(now: Micros): Live {
    this.#release();
    return this.#live.look(this.#since(now), this.#ledger.run, this.#ledger.inFlight);
  }

  /** Hands on all that is left. Nothing may be recorded afterwards. */
  close(): void {
    this.#release();
    this.#closeInterval(true);
    while (this.flushOne());
  }

  /**
   * Every request ended exactly once, for each operation. Apart from `close`, so that the record is on disk first.
   * @throws Fault FAULT_ACCOUNTING otherwise
   */
  checkAccounting(): void {
    this.#ledger.check();
  }

  /** Whether recording it now would close an interval, or come before what is held. */
  #isToHold(interval: number): boolean {
    return interval > this.#open || this.#held.length > 0;
  }

  #hold(record: () => void): void {
    this.#held.push(record);
    this.#heldSinceTick = true;
  }

  #release(): void {
    for (const record of this.#held) record();
    this.#held.length = 0;
    this.#heldSinceTick = false;
  }

  #advanceTo(interval: number): void {
    if (interval <= this.#open) return;
    this.#closeInterval();
    this.#open = interval;
  }

  #closeInterval(last = false): void {
    while (this.flushOne());
    this.#latencies.setAside(this.#open * this.#intervalUs, last);
    for (const [interval, tally] of this.#late) this.#writeCounts(interval, tally);
    this.#late.clear();
    this.#writeCounts(this.#open, this.#tally);
    for (const event of this.#events.takeInterval()) this.#writeEvent(event);
    this.#sink.retry();
  }

  #lateTally(interval: number): IntervalTally {
    let tally = this.#late.get(interval);
    if (!tally) {
      tally = new IntervalTally();
      this.#late.set(interval, tally);
    }
    return tally;
  }

  #writeCounts(interval: number, tally: IntervalTally): void {
    const line = tally.take(interval);
    if (line) this.#sink.append("counts", `${JSON.stringify(line)}\n`);
  }

  #writeEvent(event: RecordEvent): void {
    this.#sink.append("events", `${JSON.stringify(event)}\n`);
  }

  #since(time: Micros): number {
    return Math.max(0, time - this.#origin);
  }
}
