import { visible } from "../guard/foreign-text.ts";
import { runLengthS } from "./figures.ts";
import type { Distribution, Report } from "./schema.ts";

/**
 * A report as OpenMetrics text (version 1.0.0 of the specification) that is also Prometheus' older text format (0.0.4), since
 * node_exporter's textfile collector reads that one: gauges and summaries alone, no timestamps, `# UNIT` and `# EOF` as the
 * comments that they are there. Base units in the names, seconds and ratios. A percentile that falls among censored samples has no value and is left out; how many
 * are censored is a figure of its own.
 */
export function renderOpenMetrics(report: Report): string {
  const { run, totals, operations, thresholds, verdict } = report;
  const everywhere = { profile: run.profile, environment: run.environment };
  const of = (labels: Labels, value: number | null, suffix = ""): Sample[] =>
    value === null ? [] : [{ suffix, labels: { ...everywhere, ...labels }, value }];
  const times = (distributionOf: (one: Operation) => Distribution): Sample[] =>
    operations.flatMap((one) =>
      summary(distributionOf(one), (labels, value, suffix) =>
        of({ operation: one.name, ...labels }, value, suffix),
      ),
    );
  const families: Family[] = [
    {
      name: "klarna_perf_run_info",
      type: "gauge",
      help: "The run that these figures are of.",
      samples: of(
        { run: run.id, kind: run.kind, tool: run.tool.version, profile_hash: run.profileHash },
        1,
      ),
    },
    {
      name: "klarna_perf_run_started_timestamp_seconds",
      type: "gauge",
      unit: "seconds",
      help: "When the first request was due, since the Unix epoch.",
      samples: of({}, Date.parse(run.startedAt) / 1000),
    },
    {
      name: "klarna_perf_run_duration_seconds",
      type: "gauge",
      unit: "seconds",
      help: "From the first due time to the run's end.",
      samples: of({}, runLengthS(run)),
    },
    {
      name: "klarna_perf_verdict",
      type: "gauge",
      help: "The run's verdict.",
      samples: VERDICTS.flatMap((one) => of({ klarna_perf_verdict: one }, one === verdict ? 1 : 0)),
    },
    {
      name: "klarna_perf_threshold_state",
      type: "gauge",
      help: "What became of each threshold of the profile.",
      samples: [...new Map(thresholds.map((one) => [one.text, one])).values()].flatMap(
        ({ text, outcome }) =>
          OUTCOMES.flatMap((one) =>
            of({ threshold: text, klarna_perf_threshold_state: one }, one === outcome ? 1 : 0),
          ),
      ),
    },
    {
      name: "klarna_perf_requests_planned",
      type: "gauge",
      help: "Requests that became due, whole run.",
      samples: of({}, totals.planned),
    },
    {
      name: "klarna_perf_requests",
      type: "gauge",
      help: "Requests by what became of them, whole run; they add up to those planned.",
      samples: operations.flatMap(({ name, counts }) =>
        (["answered", "failed", "unfinished", "dropped"] as const).flatMap((outcome) =>
          of({ operation: name, outcome }, counts[outcome]),
        ),
      ),
    },
    {
      name: "klarna_perf_error_ratio",
      type: "gauge",
      unit: "ratio",
      help: "Failed and unexpected of those sent, steady phase.",
      samples: operations.flatMap(({ name, errorRatio }) =>
        of({ operation: name }, errorRatio.value),
      ),
    },
    {
      name: "klarna_perf_response_time_seconds",
      type: "summary",
      unit: "seconds",
      help: "From due to end, expected answers of the steady phase.",
      samples: times(({ responseTime }) => responseTime),
    },
    {
      name: "klarna_perf_service_time_seconds",
      type: "summary",
      unit: "seconds",
      help: "From start to end, expected answers of the steady phase.",
      samples: times(({ serviceTime }) => serviceTime),
    },
    {
      name: "klarna_perf_response_times_censored",
      type: "gauge",
      help: "Response times known only to be at least so long: time-outs, drops that the runner did not cause, and what the run's end cut short.",
      samples: operations.flatMap(({ name, responseTime }) =>
        of({ operation: name }, responseTime.censored),
      ),
    },
  ];
  return `${families.flatMap(familyLines).join("\n")}\n# EOF\n`;
}

type Operation = Report["operations"][number];
type Labels = Readonly<Record<string, string>>;

interface Sample {
  readonly suffix: string;
  readonly labels: Labels;
  readonly value: number;
}

interface Family {
  readonly name: string;
  readonly type: "gauge" | "summary";
  readonly unit?: "seconds" | "ratio";
  readonly help: string;
  readonly samples: readonly Sample[];
}

const VERDICTS = ["stopped", "invalid", "failed", "inconclusive", "passed"] as const;
const OUTCOMES = ["met", "missed", "undecided", "no-data"] as const;

/** Quantiles that are known, and the count and sum of the samples that have a value. */
function summary(
  { percentiles, count, censored, meanUs }: Distribution,
  of: (labels: Labels, value: number | null, suffix?: string) => Sample[],
): Sample[] {
  const known = count - censored;
  return [
    ...percentiles.flatMap((one) =>
      of({ quantile: String(one.p / 100) }, one.censored ? null : inSeconds(one.valueUs)),
    ),
    ...of({}, known, "_count"),
    ...of({}, meanUs === null ? 0 : (meanUs * known) / 1e6, "_sum"),
  ];
}

function inSeconds(us: number | null): number | null {
  return us === null ? null : us / 1e6;
}

function familyLines({ name, type, unit, help, samples }: Family): string[] {
  if (samples.length === 0) return [];
  return [
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${escaped(help)}`,
    ...samples.map(
      ({ suffix, labels, value }) => `${name}${suffix}{${labelText(labels)}} ${value}`,
    ),
  ];
}

function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(visible(value))}"`)
    .join(",");
}

function escaped(text: string): string {
  return text.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n");
}
