import type { Stage } from "../workload/workload.ts";
import { CensoredHistogram } from "./censored.ts";
import { decodeHistogram } from "./codec.ts";
import { addRequestCounts, type Counts, emptyCounts, errorsOf } from "./counts.ts";
import type { LogEntry } from "./interval-log.ts";
import type { RecordContents } from "./read-record.ts";
import type {
  EachEvent,
  RecordEvent,
  RequestEvent,
  SlowEvent,
  StopEvent,
} from "./record-format.ts";
import { parseTag, type SeriesName, type Tag } from "./tags.ts";
import { add } from "./tally.ts";
import type { Figures } from "./threshold.ts";
import { TimelineBuilder, type TimelineRow } from "./timeline.ts";

const SLOWEST = 20;
const CORRELATION_IDS = 10;

/** One operation; its distributions are those of the steady phase. */
export interface OperationSummary {
  readonly name: string;
  readonly category: string;
  /** Whole run. */
  readonly counts: Counts;
  readonly steady: Counts;
  /** Answers by status, failures by code, whole run. */
  readonly results: Record<string, number>;
  readonly serviceTime: CensoredHistogram;
  readonly responseTime: CensoredHistogram;
  /** `responseTime` as it would be had the runner never been late itself. */
  readonly responseTimeWithoutLag: CensoredHistogram;
  /** Service times of failures other than time-outs. */
  readonly failedServiceTime: CensoredHistogram;
  /** Service times of unexpected answers. */
  readonly unexpectedServiceTime: CensoredHistogram;
  readonly phases: PhaseSummary;
}

/** What answers' time went on. */
export interface PhaseSummary {
  /** Of expected steady answers: from the request's writing to the first byte, and from there to the last. */
  readonly firstByte: CensoredHistogram;
  readonly body: CensoredHistogram;
  /** What opening each connection took, whole run. */
  readonly dns: CensoredHistogram;
  readonly connect: CensoredHistogram;
  readonly tls: CensoredHistogram;
  /** Answers to the first request on its connection, and to later ones, whole run. */
  newConnections: number;
  reusedConnections: number;
}

export interface JourneySummary {
  readonly scenario: string;
  started: number;
  completed: number;
  /** Of completed steady journeys. */
  readonly responseTime: CensoredHistogram;
}

export interface ErrorSummary {
  readonly operation: string;
  /** A status, a failure code, or `dropped: reason`. */
  readonly what: string;
  readonly errorCode: string | null;
  count: number;
  firstAtUs: number;
  readonly correlationIds: string[];
}

/** Everything that a report says of what happened, computed from the record alone. */
export interface Summary {
  /** Whole run. */
  readonly totals: Counts;
  readonly steady: Counts;
  readonly notReached: number;
  readonly notDue: number;
  /** 429 answers, whole run. */
  readonly throttled: number;
  readonly operations: readonly OperationSummary[];
  readonly journeys: readonly JourneySummary[];
  /** Steady phase, all operations. */
  readonly waits: {
    readonly capWait: CensoredHistogram;
    readonly inFlightWait: CensoredHistogram;
    readonly runnerLag: CensoredHistogram;
  };
  readonly timeline: readonly TimelineRow[];
  /** The most frequent first. */
  readonly errors: readonly ErrorSummary[];
  /** The slowest first, at most 20. */
  readonly slowest: readonly SlowEvent[];
  /** Every request, in the order in which they became due; empty for a run that made more than a record keeps. */
  readonly requests: readonly EachEvent[];
  /** Sent and not answered when the run ended; the server may have executed them. */
  readonly unfinished: readonly RequestEvent[];
  readonly gaps: readonly { readonly fromUs: number; readonly toUs: number }[];
  readonly stop: StopEvent | null;
  /** What of the record could not be read. */
  readonly problems: readonly string[];
}

/** @param stages the plan's, for the phases of the timeline */
export function summarise(
  record: RecordContents,
  stages: readonly Pick<Stage, "phase" | "duration">[],
): Summary {
  const problems = [...record.problems];
  const timeline = new TimelineBuilder(record.counts, record.manifest.intervalUs);
  const series = new SteadySeries();
  const problem = (text: string): void => {
    problems.push(text);
  };
  for (const entry of record.intervals(problem)) {
    const trouble = takeEntry(entry, series, timeline);
    if (trouble) problem(`intervals.hlog: ${entry.tag} at ${entry.startUs / 1e6} s: ${trouble}`);
  }
  const counted = countRequests(record, series);
  const gaps = record.events.filter((event) => event.type === "gap");
  return {
    ...counted,
    throttled: counted.operations.reduce((sum, { results }) => sum + (results["429"] ?? 0), 0),
    ...countJourneys(record, series),
    waits: {
      capWait: series.get("all", "cap-wait"),
      inFlightWait: series.get("all", "in-flight-wait"),
      runnerLag: series.get("all", "runner-lag"),
    },
    timeline: timeline.rows(stages, gaps),
    errors: groupErrors(record.events),
    slowest: record.events
      .filter((event) => event.type === "slow")
      .sort((a, b) => b.responseTimeUs - a.responseTimeUs)
      .slice(0, SLOWEST),
    requests: everyRequest(record.events, counted.totals.planned),
    unfinished: record.events
      .filter((event) => event.type === "request")
      .filter(({ what }) => what === "unfinished"),
    gaps: gaps.map(({ fromUs, toUs }) => ({ fromUs, toUs })),
    stop: record.events.find((event) => event.type === "stop") ?? null,
    problems,
  };
}

/** What thresholds judge. @returns a lookup; `undefined` for an operation of which nothing became due */
export function steadyFigures(
  summary: Summary,
  lag: "with-lag" | "without-lag" = "with-lag",
): (operation: string | null) => Figures | undefined {
  const response = (operation: OperationSummary): CensoredHistogram =>
    lag === "with-lag" ? operation.responseTime : operation.responseTimeWithoutLag;
  const all = {
    serviceTime: merged(summary.operations.map(({ serviceTime }) => serviceTime)),
    responseTime: merged(summary.operations.map(response)),
    ...trials(summary.steady),
  };
  return (name) => {
    if (name === null) return all;
    const operation = summary.operations.find((one) => one.name === name);
    if (!operation) return undefined;
    const { serviceTime, steady } = operation;
    return { serviceTime, responseTime: response(operation), ...trials(steady) };
  };
}

function trials(counts: Counts) {
  const { planned, sent, dropped } = counts;
  return { planned, sent, errors: errorsOf(counts), dropped };
}

/** The steady phase's histograms, merged over all intervals. */
class SteadySeries {
  readonly #histograms = new Map<string, CensoredHistogram>();

  get(subject: string, series: SeriesName): CensoredHistogram {
    const key = `${series} ${subject}`;
    let histogram = this.#histograms.get(key);
    if (!histogram) {
      histogram = new CensoredHistogram();
      this.#histograms.set(key, histogram);
    }
    return histogram;
  }
}

/** Connections are opened before the steady phase as a rule, and used in all of them. */
const OF_CONNECTIONS: ReadonlySet<SeriesName> = new Set(["dns", "connect", "tls"]);

/** @returns what is wrong with the entry, if anything is */
function takeEntry(
  entry: LogEntry,
  series: SteadySeries,
  timeline: TimelineBuilder,
): string | null {
  const tag = parseTag(entry.tag);
  if (!tag) return "a tag that this version does not know";
  try {
    const decoded = decodeHistogram(entry.histogram);
    if (tag.steady || OF_CONNECTIONS.has(tag.series)) {
      series.get(tag.subject, tag.series).add(decoded, tag.censored, entry.maxUs);
    }
    const row = timelineSeries(tag);
    if (row && !timeline.add(row, entry.startUs, decoded, entry.maxUs)) return "out of order";
    return null;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

function timelineSeries({ series, censored }: Tag): "response" | "service" | null {
  return !censored && (series === "response" || series === "service") ? series : null;
}

function countRequests(record: RecordContents, series: SteadySeries) {
  const totals = emptyCounts();
  const steady = emptyCounts();
  const operations = new Map<string, OperationSummary>();
  for (const line of record.counts) {
    for (const [name, { category, phases }] of Object.entries(line.operations)) {
      let operation = operations.get(name);
      if (!operation) {
        operation = {
          name,
          category,
          counts: emptyCounts(),
          steady: emptyCounts(),
          results: {},
          serviceTime: series.get(name, "service"),
          responseTime: series.get(name, "response"),
          responseTimeWithoutLag: series.get(name, "response-without-lag"),
          failedServiceTime: series.get(name, "failed"),
          unexpectedServiceTime: series.get(name, "unexpected"),
          phases: {
            firstByte: series.get(name, "first-byte"),
            body: series.get(name, "body"),
            dns: series.get(name, "dns"),
            connect: series.get(name, "connect"),
            tls: series.get(name, "tls"),
            newConnections: 0,
            reusedConnections: 0,
          },
        };
        operations.set(name, operation);
      }
      for (const [phase, counts] of Object.entries(phases)) {
        addRequestCounts(totals, counts);
        addRequestCounts(operation.counts, counts);
        operation.phases.newConnections += counts.newConnections;
        operation.phases.reusedConnections += counts.reusedConnections;
        if (phase === "steady") {
          addRequestCounts(steady, counts);
          addRequestCounts(operation.steady, counts);
        }
        for (const tally of [counts.answered, counts.failed]) {
          for (const [what, count] of Object.entries(tally)) add(operation.results, what, count);
        }
      }
    }
  }
  return { totals, steady, operations: [...operations.values()] };
}

function countJourneys(record: RecordContents, series: SteadySeries) {
  const journeys = new Map<string, JourneySummary>();
  let notReached = 0;
  let notDue = 0;
  for (const line of record.counts) {
    for (const [scenario, phases] of Object.entries(line.journeys)) {
      let journey = journeys.get(scenario);
      if (!journey) {
        const responseTime = series.get(scenario, "journey");
        journey = { scenario, started: 0, completed: 0, responseTime };
        journeys.set(scenario, journey);
      }
      for (const counts of Object.values(phases)) {
        journey.started += counts.ended;
        journey.completed += counts.completed;
        notReached += counts.notReached;
        notDue += counts.notDue;
      }
    }
  }
  return { journeys: [...journeys.values()], notReached, notDue };
}

function everyRequest(events: readonly RecordEvent[], planned: number): EachEvent[] {
  const each = events.filter((event) => event.type === "each");
  return each.length === planned ? each.sort((a, b) => a.request - b.request) : [];
}

function groupErrors(events: readonly RecordEvent[]): ErrorSummary[] {
  const groups = new Map<string, ErrorSummary>();
  for (const event of events) {
    if (event.type !== "request" && event.type !== "more") continue;
    const { operation, what, errorCode, atUs } = event;
    const key = `${operation}\n${what}\n${errorCode ?? ""}`;
    let group = groups.get(key);
    if (!group) {
      group = { operation, what, errorCode, count: 0, firstAtUs: atUs, correlationIds: [] };
      groups.set(key, group);
    }
    group.count += event.type === "more" ? event.count : 1;
    group.firstAtUs = Math.min(group.firstAtUs, atUs);
    if (event.type === "request" && event.correlationId !== null) {
      if (group.correlationIds.length < CORRELATION_IDS) {
        group.correlationIds.push(event.correlationId);
      }
    }
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}

function merged(histograms: readonly CensoredHistogram[]): CensoredHistogram {
  const all = new CensoredHistogram();
  for (const histogram of histograms) all.merge(histogram);
  return all;
}
