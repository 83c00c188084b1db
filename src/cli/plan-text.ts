import { RELAXED_LATENESS } from "../base/clock.ts";
import { formatMicros, formatRate } from "../base/units.ts";
import { visible } from "../guard/foreign-text.ts";
import { type CapForecast, forecastCapWait } from "../harness/forecast.ts";
import type { Prepared } from "../harness/prepare.ts";
import { INTERVALS_LEAST } from "../measure/record-interval.ts";
import { shownClient } from "../profile/client-reference.ts";
import type { DataTable } from "../profile/data/table.ts";
import type { EmulatorSection } from "../profile/emulator-section.ts";
import type { CategoryPlan, Plan } from "../profile/plan.ts";

/** The bill of a run, for a person, in 80 columns. */
export function planText(prepared: Prepared): string {
  const { plan, decision, file } = prepared;
  const { profile } = plan;
  const about = COUNTED[plan.counts];
  const lines = [
    `${profile.name} (${profile.kind}) on ${plan.environment}, from ${file}`,
    ...(profile.description === "" ? [] : [visible(profile.description.trim())]),
    "",
    `  ${about}${plan.journeys} journeys, ${about}${plan.requests} requests in ${formatMicros(plan.duration)}; seed ${plan.seed}`,
    ...atMostLines(plan),
    `  webhooks that Klarna would send, were a receiver registered: ${plan.webhooks}`,
    ...(profile.workload.pacing === "relaxed" ? [`  relaxed pacing: ${RELAXED_LATENESS}`] : []),
    ...profile.data.map(tableText),
    ...clientLines(plan),
    ...(plan.environment === "emulator" ? emulatorLines(profile.emulator) : []),
    "",
    ...(plan.workload.model === "closed" ? [usersText(plan.workload)] : []),
    `  stage      ${plan.workload.model === "closed" ? "arrivals at most" : "arrivals        "}        for`,
    ...plan.stages.map(
      ({ phase, from, to, duration }) =>
        `  ${phase.padEnd(10)} ${(from === to ? formatRate(from) : `${formatRate(from)} to ${formatRate(to)}`).padEnd(23)} ${formatMicros(duration)}`,
    ),
    "",
    "  category                          requests   peak      cap",
    ...plan.categories.flatMap((planned) => categoryLines(planned, prepared)),
    "",
    "  operation                         requests   steady    percentiles that can be stated",
    ...plan.operations.map(({ operation, requests, steadySamples, percentiles }) => {
      const stated = percentiles.filter(({ canBeStated }) => canBeStated).map(({ p }) => `p${p}`);
      return `  ${operation.padEnd(33)} ${String(requests).padStart(8)}   ${String(steadySamples).padEnd(9)} ${stated.join(" ") || "none at this size"}`;
    }),
    ...statedText(plan),
    "",
    `  ${inFlightText(prepared)}`,
    ...(decision.allowed ? [`  ${capText(forecastCapWait(prepared, decision.bounds))}`] : []),
    "",
    ...decisionLines(prepared),
  ];
  return `${lines.join("\n")}\n`;
}

/** Functions of the user's own, which make some of the requests. */
function clientLines({ bindings }: Plan): string[] {
  const clients = bindings.flatMap(({ steps }) => steps.flatMap(({ client }) => client ?? []));
  if (clients.length === 0) return [];
  const named = [...new Set(clients.map(shownClient))].join(", ");
  return [`  made by functions of the profile's own, with --allow-client: ${named}`];
}

function atMostLines({ requests, requestsAtMost, cleanUp }: Plan): string[] {
  return [
    ...(cleanUp
      ? [
          `  clean-up: ${cleanUp.requests} requests if all goes well, ${cleanUp.requestsAtMost} at most, in ${formatMicros(cleanUp.timeout)} at most`,
        ]
      : []),
    ...(requestsAtMost > requests
      ? [`  with every retry and poll, and the clean-up, at most ${requestsAtMost} requests`]
      : []),
  ];
}

/** What keeps a percentile from being stated beside the number of samples. */
function statedText({ operations }: Plan): string[] {
  const short = operations.some(({ steadyIntervals }) => steadyIntervals < INTERVALS_LEAST);
  return [
    ...(short
      ? [
          `  a percentile takes answers in ${INTERVALS_LEAST} intervals of a steady stage, a second each as a rule`,
        ]
      : []),
    "  fewer are stated where answers turn out to depend on one another; the report says",
  ];
}

type ClosedWorkload = Extract<Plan["workload"], { readonly model: "closed" }>;

/** How sure the number of requests is. */
export const COUNTED = { exact: "", expected: "about ", "at-most": "at most " } as const;

function usersText({ virtualUsers, thinkTime, rampUp }: ClosedWorkload): string {
  const joining = rampUp > 0 ? `, joining over ${formatMicros(rampUp)}` : "";
  return `  ${virtualUsers} virtual users, thinking ${formatMicros(thinkTime)} between journeys${joining}`;
}

function tableText({ name, file, rows, order, columns }: DataTable): string {
  const typed = columns.map((column) => `${column.name} ${column.type}`).join(", ");
  return `  data ${name}: ${rows.length} rows of ${file}, ${order}; ${visible(typed)}`;
}

/** The words of the profile, which are those of `klarna-perf emulator`. */
function emulatorLines(section: EmulatorSection = {}): string[] {
  return Object.entries(section).flatMap(([key, value]) =>
    [value].flat().map((one) => `  emulator ${key}: ${visible(String(one))}`),
  );
}

function categoryLines(planned: CategoryPlan, { decision }: Prepared): string[] {
  const { category, requests, peakPerSecond, bursts } = planned;
  const approved = decision.allowed
    ? decision.bounds.categories.find((one) => one.category === category)
    : undefined;
  const { capPerSecond, bursts: approvedBursts } = approved ?? planned;
  const row = (what: string, count: string, peak: number, cap: number): string =>
    `  ${what.padEnd(33)} ${count.padStart(8)}   ${formatRate(peak).padEnd(9)} ${formatRate(cap)}`;
  const line = row(category, String(requests), peakPerSecond, capPerSecond);
  if (!bursts) return [line];
  const burstCap = (approvedBursts ?? bursts).capPerSecond;
  return [
    line,
    row("  in bursts", "", bursts.peakPerSecond, burstCap),
    ...bursts.windows.map(
      ({ fromUs, toUs }) => `      from ${formatMicros(fromUs)} to ${formatMicros(toUs)}`,
    ),
  ];
}

function inFlightText({ plan }: Prepared): string {
  const bound = `at most ${plan.workload.maxInFlight} in flight`;
  const ms = plan.inFlightBindsAboveMeanMs;
  return ms === undefined
    ? bound
    : `${bound}: binds at the peak when the mean answer takes longer than ${formatMicros(ms * 1000)}`;
}

function capText(forecast: CapForecast): string {
  if (forecast.kind === "too-large") {
    return `the wait that the cap makes is not forecast above ${forecast.requestsMax} requests`;
  }
  if (forecast.kind === "closed")
    return "answers set the pace: users wait for the cap where it is lower";
  return forecast.longestUs === 0
    ? "the cap itself makes no request wait"
    : `the cap itself makes ${forecast.waiting} of ${forecast.requests} requests wait, ${formatMicros(forecast.longestUs)} at most`;
}

function decisionLines({ decision, warnings }: Prepared): string[] {
  if (!decision.allowed) {
    return [decision, ...decision.also].flatMap(({ code, text, hint }) => [
      `the guard refuses: ${code}: ${text}`,
      `  ${hint}`,
    ]);
  }
  return [
    "the guard allows it:",
    ...decision.checks.map(({ text }) => `  - ${text}`),
    ...[...decision.warnings, ...warnings].map(({ text }) => `  warning: ${text}`),
  ];
}

/** The same for a script. */
export function planSummary({ plan, decision, file }: Prepared) {
  const { profile, stages, workload, bindings, ...rest } = plan;
  return {
    file,
    profile: profile.name,
    kind: profile.kind,
    ...rest,
    stages,
    maxInFlight: workload.maxInFlight,
    data: profile.data.map(({ rows, ...table }) => ({ ...table, rows: rows.length })),
    steps: bindings.map(({ scenario, steps }) => ({
      scenario,
      operations: steps.map(({ operation }) => operation),
    })),
    decision,
  };
}
