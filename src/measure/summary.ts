import type { ExchangePhase } from "../workload/outcome.ts";
import type { CensoredHistogram } from "./censored.ts";
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
import { type Sample, SteadySamples } from "./samples.ts";
import { parseTag, type Tag } from "./tags.ts";
import { add } from "./tally.ts";
import type { Figures } from "./threshold.ts";
import { type CourseStage, TimelineBuilder, type TimelineRow } from "./timeline.ts";

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
  readonly serviceTime: Sample;
  readonly responseTime: Sample;
  /** `responseTime` as it would be had the runner never been late itself. */
  readonly responseTimeWithoutLag: Sample;
  /** Service times of failures other than time-outs. */
  readonly failedServiceTime: CensoredHistogram;
  /** Service times of unexpected answers. */
  readonly unexpectedServiceTime: CensoredHistogram;
  readonly phases: PhaseSummary;
}

/** What answers' time went on. */
export interface PhaseSummary {
  /** Of expected steady answers: from the request's writing to the first byte, and from there to the last. */
  readonly firstByte: Sample;
  readonly body: Sample;
  /** What opening each connection took, whole run. */
  readonly dns: Sample;
  readonly connect: Sample;
  readonly tls: Sample;
  /** Answers to the first request on its connection, and to later ones, whole run. */
  newConnections: number;
  reusedConnections: number;
}

export interface JourneySummary {
  readonly scenario: string;
  started: number;
  completed: number;
  /** Of completed steady journeys. */
  readonly responseTime: Sample;
}

export interface ErrorSummary {
  readonly operation: string;
  /** A status, a failure code, or `dropped: reason`. */
  readonly what: string;
  readonly errorCode: string | null;
  /** How far the exchange of a failed request had come. */
  readonly during: ExchangePhase | null;
  count: number;
  firstAtUs: number;
  readonly correlationIds: string[];
}

/** Everything that a report says of what happened, computed from the record alone. */
export interface Summary {
  /** Whole run. */
  readonly totals: Counts;
  readonly steady: Counts;
  /** Planned by the clean-up, retries and further polls aside. */
  readonly cleanUpRequests: number;
  readonly notReached: number;
  readonly notDue: number;
  /** 429 answers, whole run. */
  readonly throttled: number;
  readonly operations: readonly OperationSummary[];
  /** All operations together. */
  readonly pooled: Pick<
    OperationSummary,
    "serviceTime" | "responseTime" | "responseTimeWithoutLag"
  >;
  readonly journeys: readonly JourneySummary[];
  /** Steady phase, all operations. */
  readonly waits: {
    readonly capWait: Sample;
    readonly inFlightWait: Sample;
    readonly runnerLag: Sample;
    /** Of the requests that were held back for the quota's sake, and of no others. */
    readonly steeringWait: Sample;
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

/** @param stages as the run went through them, for the phases of the timeline */
export function summarise(record: RecordContents, stages: readonly CourseStage[]): Summary {
  const problems = [...record.problems];
  const timeline = new TimelineBuilder(record.counts, record.manifest.intervalUs);
  const samples = readTwice(record, timeline, (text) => problems.push(text));
  const counted = countRequests(record, samples);
  const gaps = record.events.filter((event) => event.type === "gap");
  return {
    ...counted,
    throttled: counted.operations.reduce((sum, { results }) => sum + (results["429"] ?? 0), 0),
    ...countJourneys(record, samples),
    pooled: {
      serviceTime: samples.pooled("service"),
      responseTime: samples.pooled("response"),
      responseTimeWithoutLag: samples.pooled("response-without-lag"),
    },
    waits: {
      capWait: samples.of("all", "cap-wait"),
      inFlightWait: samples.of("all", "in-flight-wait"),
      runnerLag: samples.of("all", "runner-lag"),
      steeringWait: samples.of("all", "steering-wait"),
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
  const response = (
    of: Pick<OperationSummary, "responseTime" | "responseTimeWithoutLag">,
  ): Sample => (lag === "with-lag" ? of.responseTime : of.responseTimeWithoutLag);
  const { pooled, steady } = summary;
  const all = {
    serviceTime: pooled.serviceTime,
    responseTime: response(pooled),
    ...trials(steady),
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

/** @param problem is told what of the log can't be read, once */
function readTwice(
  record: RecordContents,
  timeline: TimelineBuilder,
  problem: (text: string) => void,
): SteadySamples {
  const { intervalUs } = record.manifest;
  const samples = new SteadySamples();
  /** The places of entries that can't be read. */
  const broken = new Set<number>();
  let place = 0;
  for (const entry of record.intervals(problem)) {
    const tell = (what: string): void => {
      problem(`intervals.hlog: ${entry.tag} at ${entry.startUs / 1e6} s: ${what}`);
    };
    try {
      if (!takeEntry(entry, samples, timeline)) tell("out of order, and so not on the timeline");
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      tell(error.message);
      broken.add(place);
    }
    place++;
  }
  place = 0;
  for (const entry of record.intervals(() => {})) {
    const tag = broken.has(place++) ? undefined : parseTag(entry.tag);
    if (!tag) continue;
    const at = Math.floor(entry.startUs / intervalUs);
    samples.lookAgain(tag, entry.histogram, at);
  }
  return samples;
}

/** @returns false for an entry that has no place on the timeline @throws RangeError for one that can't be read */
function takeEntry(entry: LogEntry, samples: SteadySamples, timeline: TimelineBuilder): boolean {
  const tag = parseTag(entry.tag);
  if (!tag) throw new RangeError("a tag that this version does not know");
  const decoded = decodeHistogram(entry.histogram);
  samples.add(tag, decoded, entry.maxUs);
  const row = timelineSeries(tag);
  return row === null || timeline.add(row, entry.startUs, decoded, entry.maxUs);
}

function timelineSeries({ series, censored }: Tag): "response" | "service" | null {
  return !censored && (series === "response" || series === "service") ? series : null;
}

function countRequests(record: RecordContents, samples: SteadySamples) {
  const totals = emptyCounts();
  const steady = emptyCounts();
  let cleanUpRequests = 0;
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
          serviceTime: samples.of(name, "service"),
          responseTime: samples.of(name, "response"),
          responseTimeWithoutLag: samples.of(name, "response-without-lag"),
          failedServiceTime: samples.of(name, "failed").times,
          unexpectedServiceTime: samples.of(name, "unexpected").times,
          phases: {
            firstByte: samples.of(name, "first-byte"),
            body: samples.of(name, "body"),
            dns: samples.of(name, "dns"),
            connect: samples.of(name, "connect"),
            tls: samples.of(name, "tls"),
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
        if (phase === "clean-up") cleanUpRequests += counts.planned - counts.retries - counts.polls;
        for (const tally of [counts.answered, counts.failed]) {
          for (const [what, count] of Object.entries(tally)) add(operation.results, what, count);
        }
      }
    }
  }
  return { totals, steady, cleanUpRequests, operations: [...operations.values()] };
}

function countJourneys(record: RecordContents, samples: SteadySamples) {
  const journeys = new Map<string, JourneySummary>();
  let notReached = 0;
  let notDue = 0;
  for (const line of record.counts) {
    for (const [scenario, { "set-up": setUp, "clean-up": cleanUp, ...planned }] of Object.entries(
      line.journeys,
    )) {
      for (const counts of [setUp, cleanUp]) {
        notReached += counts?.notReached ?? 0;
        notDue += counts?.notDue ?? 0;
      }
      if (Object.keys(planned).length === 0) continue;
      let journey = journeys.get(scenario);
      if (!journey) {
        const responseTime = samples.of(scenario, "journey");
        journey = { scenario, started: 0, completed: 0, responseTime };
        journeys.set(scenario, journey);
      }
      for (const counts of Object.values(planned)) {
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
    const { operation, what, errorCode, during, atUs } = event;
    const key = `${operation}\n${what}\n${errorCode ?? ""}\n${during ?? ""}`;
    let group = groups.get(key);
    if (!group) {
      const same = { operation, what, errorCode, during };
      group = { ...same, count: 0, firstAtUs: atUs, correlationIds: [] };
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
