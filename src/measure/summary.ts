import { decodeHistogram } from "./codec.ts";
import type { Counts } from "./counts.ts";
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
import { type ErrorSummary, groupErrors } from "./summary/errors.ts";
import { countJourneys, type JourneySummary } from "./summary/journeys.ts";
import { countRequests, type OperationSummary } from "./summary/operations.ts";
import { parseTag, type Tag } from "./tags.ts";
import { type CourseStage, TimelineBuilder, type TimelineRow } from "./timeline.ts";

const SLOWEST = 20;

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
  /** What a gate added to the time of an application's requests; empty for other runs. */
  readonly relay: Sample;
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
    relay: samples.of("all", "relay"),
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

function everyRequest(events: readonly RecordEvent[], planned: number): EachEvent[] {
  const each = events.filter((event) => event.type === "each");
  return each.length === planned ? each.sort((a, b) => a.request - b.request) : [];
}
