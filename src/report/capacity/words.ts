import { formatMicros, formatRate } from "../../base/units.ts";
import { DASH, formatCount, formatRatio } from "../figures.ts";
import type { CapacityReport } from "./schema.ts";

/** How a capacity check reads in words, the same in every view. Plain text: nothing here is encoded for a format. */

type Found = CapacityReport["cases"][number]["found"][number];

export const OUTCOME_WORDS: Readonly<Record<CapacityReport["outcome"], string>> = {
  "no-target": "Capacity found",
  met: "Target met",
  "not-met": "Target not met",
  undecided: "Undecided",
  "no-capacity": "No rate is low enough",
};

/** Stands on every view. */
export const ABOUT =
  "It says nothing about Klarna's own capacity, which Klarna forbids to look for: it says what the documented quotas and the latencies given make of these journeys.";

export const HOW_TO_READ: readonly string[] = [
  "The arithmetic bound is quota over requests per journey, and nothing can go on above it: random arrivals meet the quota earlier.",
  "A journey counts as throttled when one of its requests at least was answered with 429, whatever became of it.",
  "The limit is the highest rate at which no more journeys than the given share are throttled and every threshold is met, as the mean over the seeds; the interval is Student's over the seeds at 95 %, widened by the search's own step; its lower end goes down until as many other seeds agree with it.",
  "Searches run in virtual time against the quotas and the latencies alone; the runs in real time show whether this machine can send what was found.",
];

export function limitWords({ limit }: Found): string {
  if (!limit) return "none";
  return `${limit.isLowerBound ? "at least " : ""}${formatRate(limit.mean)}`;
}

export function rangeWords({ limit }: Found): string {
  return limit ? `${formatRate(limit.low)} to ${formatRate(limit.high)}` : DASH;
}

export function confirmationWords({ confirmation }: Found): string {
  if (!confirmation) return DASH;
  const { agrees, seeds, perSecond, throttledShare } = confirmation;
  return `${agrees ? "" : "not confirmed: "}${seeds} other seeds at ${formatRate(perSecond)}: ${formatRatio(throttledShare)} throttled`;
}

export function headroomWords({ headroom }: CapacityReport): string {
  if (!headroom) return "no target given";
  const { ratio, low, high, targetPerSecond } = headroom;
  const target = formatRate(targetPerSecond);
  if (ratio === null || low === null) return `none, to ${target}`;
  if (high === null) return `at least ${signed(ratio)} to ${target} (${signed(low)} or more)`;
  return `${signed(ratio)} to ${target} (${signed(low)} to ${signed(high)})`;
}

/** A ratio as a difference in percent: `+31 %`. */
function signed(ratio: number): string {
  const percent = Math.round(ratio * 100);
  return `${percent >= 0 ? "+" : "−"}${Math.abs(percent)} %`;
}

export function realWords({
  perSecond,
  kept,
  sent,
  throttled,
  runnerLagP99Us,
}: CapacityReport["real"]["runs"][number]): string {
  const lag = runnerLagP99Us === null ? "" : `, runner's lag p99 ${formatMicros(runnerLagP99Us)}`;
  return `${formatRate(perSecond)}: ${kept ? "kept" : "not kept"}; ${formatCount(sent)} requests, ${formatCount(throttled)} answered with 429${lag}`;
}

/** What was asked, as names and values. */
export function askedWords({ asked }: CapacityReport): (readonly [string, string])[] {
  return [
    [
      "Quotas",
      `Klarna's ${asked.quotas} quotas, ${asked.level} level${asked.forAccount ? ", for one account" : ""}`,
    ],
    ["Latency", asked.latency],
    ["Arrivals", asked.arrivals === "poisson" ? "Poisson" : "uniform"],
    [
      "Thresholds",
      asked.thresholds.length > 0 ? asked.thresholds.join("; ") : "none: quotas alone",
    ],
    ["In flight", `at most ${formatCount(asked.maxInFlight)}`],
    ["Probes", `${asked.seeds} seeds, ${formatCount(asked.probeS)} s of virtual time each`],
    ["Target", asked.targetPerSecond === null ? "none" : `${formatRate(asked.targetPerSecond)}`],
  ];
}

/** The three figures, as names and values. */
export function figureWords(report: CapacityReport): (readonly [string, string])[] {
  const [first] = report.cases;
  if (!first) return [];
  return [
    [
      "Arithmetic bound",
      `${formatRate(first.bound.journeysPerSecond)}, by ${first.bound.category}`,
    ],
    ...first.found.map(
      (found) =>
        [
          `At most ${formatRatio(found.throttledShare)} throttled`,
          found.limit ? `${limitWords(found)} (${rangeWords(found)})` : "none",
        ] as const,
    ),
    ["Headroom", headroomWords(report)],
  ];
}
