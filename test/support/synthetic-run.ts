import { build, encodeIntoCompressedBase64 } from "hdr-histogram-js";
import type {
  Counts,
  Distribution,
  Percentile,
  Phases,
  Proportion,
  Report,
  RequestReport,
  TimelineRow,
} from "../../src/report/schema.ts";

/**
 * Made-up requests turned into the parts of a report, so that the parts of a fixture agree with each other.
 * Not a reference for src/measure: the intervals are rough.
 */

export interface MadeRequest {
  readonly operation: string;
  readonly category: string;
  readonly phase: "warm-up" | "ramp" | "steady";
  readonly dueUs: number;
  /** null: dropped. */
  readonly startUs: number | null;
  readonly endUs: number;
  readonly end:
    | { readonly kind: "answered"; readonly status: number; readonly expected: boolean }
    | { readonly kind: "failed"; readonly code: string }
    | { readonly kind: "dropped"; readonly reason: keyof Counts["drops"] }
    | { readonly kind: "unfinished" };
  readonly errorCode?: string;
  readonly correlationId?: string;
}

export function countsOf(requests: readonly MadeRequest[]): Counts {
  const of = (kind: MadeRequest["end"]["kind"]): number =>
    requests.filter(({ end }) => end.kind === kind).length;
  const drops = { "in-flight": 0, cap: 0, "quota-steering": 0, runner: 0, "run-ended": 0 };
  for (const { end } of requests) if (end.kind === "dropped") drops[end.reason] += 1;
  const [answered, failed, unfinished, dropped] = [
    of("answered"),
    of("failed"),
    of("unfinished"),
    of("dropped"),
  ];
  const unexpected = requests.filter(({ end }) => end.kind === "answered" && !end.expected).length;
  const sent = answered + failed + unfinished;
  return {
    planned: sent + dropped,
    sent,
    answered,
    failed,
    unfinished,
    dropped,
    drops,
    unexpected,
  };
}

export function proportionOf(part: number, whole: number): Proportion {
  if (whole === 0) return { value: null, low: null, high: null };
  const value = part / whole;
  const half = 2 * Math.sqrt((value * (1 - value) + 1 / whole) / whole);
  return { value, low: Math.max(0, value - half), high: Math.min(1, value + half) };
}

interface Sample {
  readonly us: number;
  readonly censored: boolean;
}

const PERCENTILES = [50, 90, 95, 99];
/** Samples from which a one-sided 95 % upper bound of the percentile exists: the smallest n with p^n <= 0.05. */
const BOUND_FROM: Readonly<Record<number, number>> = { 50: 5, 90: 29, 95: 59, 99: 299 };

function sorted(samples: readonly Sample[]): Sample[] {
  return [...samples].sort((a, b) => a.us - b.us);
}

export function distributionOf(samples: readonly Sample[]): Distribution {
  const ascending = sorted(samples);
  const known = ascending.filter(({ censored }) => !censored).map(({ us }) => us);
  const total = known.reduce((sum, us) => sum + us, 0);
  return {
    count: ascending.length,
    censored: ascending.length - known.length,
    minUs: known[0] ?? null,
    meanUs: known.length > 0 ? total / known.length : null,
    maxUs: known.at(-1) ?? null,
    percentiles: PERCENTILES.map((p) => percentileOf(ascending, p)),
    histogram: encoded(known),
    censoredHistogram: encoded(ascending.filter(({ censored }) => censored).map(({ us }) => us)),
  };
}

function percentileOf(sorted: readonly Sample[], p: number): Percentile {
  const n = sorted.length;
  const at = (rank: number): Sample | undefined => sorted[Math.min(n, Math.max(1, rank)) - 1];
  const sample = at(Math.ceil((p / 100) * n));
  if (!sample) {
    return {
      p,
      valueUs: null,
      censored: false,
      interval: null,
      reason: "no sample in the steady phase",
    };
  }
  const { us: valueUs, censored } = sample;
  const needed = BOUND_FROM[p] ?? 0;
  if (n < needed) {
    const reason = `no interval for p${p}: it needs ${needed} samples, there are ${n}`;
    return { p, valueUs, censored, interval: null, reason };
  }
  const half = 1.96 * Math.sqrt(n * (p / 100) * (1 - p / 100));
  const low = at(Math.floor((p / 100) * n - half));
  const high = at(Math.ceil((p / 100) * n + half));
  const highUs = high && !high.censored ? high.us : null;
  return { p, valueUs, censored, interval: { lowUs: low?.us ?? valueUs, highUs } };
}

function encoded(values: readonly number[]): string {
  if (values.length === 0) return "";
  const histogram = build({
    highestTrackableValue: 3_600_000_000,
    numberOfSignificantValueDigits: 3,
  });
  for (const value of values) histogram.recordValue(value);
  return encodeIntoCompressedBase64(histogram);
}

const TARGETS_DROPS = new Set(["in-flight", "cap", "quota-steering"]);

function samplesOf(
  requests: readonly MadeRequest[],
  from: (request: MadeRequest) => number | null,
): Sample[] {
  return requests.flatMap((request): Sample[] => {
    const { end } = request;
    const origin = from(request);
    if (origin === null) return [];
    const us = request.endUs - origin;
    if (end.kind === "answered") return end.expected ? [{ us, censored: false }] : [];
    const censored =
      (end.kind === "failed" && end.code === "timeout") ||
      (end.kind === "dropped" && TARGETS_DROPS.has(end.reason));
    return censored ? [{ us, censored }] : [];
  });
}

export const responseTimesOf = (requests: readonly MadeRequest[]): Distribution =>
  distributionOf(samplesOf(requests, ({ dueUs }) => dueUs));
export const serviceTimesOf = (requests: readonly MadeRequest[]): Distribution =>
  distributionOf(samplesOf(requests, ({ startUs }) => startUs));

export function operationsOf(requests: readonly MadeRequest[]): Report["operations"] {
  const names = [...new Set(requests.map(({ operation }) => operation))];
  return names.map((name) => {
    const own = requests.filter(({ operation }) => operation === name);
    const steady = own.filter(({ phase }) => phase === "steady");
    const counts = countsOf(steady);
    const results: Record<string, number> = {};
    for (const { end } of own) {
      if (end.kind !== "answered" && end.kind !== "failed") continue;
      const what = end.kind === "answered" ? String(end.status) : end.code;
      results[what] = (results[what] ?? 0) + 1;
    }
    return {
      name,
      category: own[0]?.category ?? "unknown",
      counts: countsOf(own),
      steady: counts,
      errorRatio: proportionOf(counts.failed + counts.unexpected, counts.sent),
      serviceTime: serviceTimesOf(steady),
      responseTime: responseTimesOf(steady),
      phases: phasesOf(own),
      results,
    };
  });
}

/** Four connections an operation, and a sixth of each answer's time for its body. */
function phasesOf(requests: readonly MadeRequest[]): Phases | null {
  const answered = requests.filter(({ end }) => end.kind === "answered");
  if (answered.length === 0) return null;
  const service = samplesOf(
    answered.filter(({ phase }) => phase === "steady"),
    ({ startUs }) => startUs,
  ).map(({ us }) => us);
  const known = (values: readonly number[]): Distribution =>
    distributionOf(values.map((us) => ({ us, censored: false })));
  const body = service.map((us) => Math.round(us / 6));
  const opened = answered.slice(0, 4);
  return {
    firstByte: known(service.map((us, i) => us - (body[i] ?? 0))),
    body: known(body),
    dns: known([]),
    connect: known(opened.map((_, i) => 900 + 110 * i)),
    tls: known(opened.map((_, i) => 7_200 + 640 * i)),
    newConnections: opened.length,
    reusedConnections: answered.length - opened.length,
  };
}

export function requestsOf(requests: readonly MadeRequest[]): RequestReport[] {
  return requests.map(({ operation, phase, dueUs, startUs, endUs, end }) => ({
    operation,
    phase,
    outcome: end.kind,
    what: whatOf(end),
    expected: end.kind === "answered" && end.expected,
    dueS: dueUs / 1e6,
    responseTimeUs: endUs - dueUs,
    serviceTimeUs: startUs === null ? null : endUs - startUs,
  }));
}

function whatOf(end: MadeRequest["end"]): string {
  switch (end.kind) {
    case "answered":
      return String(end.status);
    case "failed":
      return end.code;
    case "dropped":
      return end.reason;
    case "unfinished":
      return "unfinished";
  }
}

/** One row a second. `phaseAt` and `gapAt` take the second. */
export function timelineOf(
  requests: readonly MadeRequest[],
  lengthS: number,
  phaseAt: (second: number) => TimelineRow["phase"],
  gapAt: (second: number) => boolean = () => false,
): TimelineRow[] {
  return Array.from({ length: lengthS }, (_, second) => {
    const within = (us: number | null): boolean => us !== null && Math.floor(us / 1e6) === second;
    const ended = requests.filter(({ endUs }) => within(endUs));
    const kinds = countsOf(ended);
    const expected = ended.filter(({ end }) => end.kind === "answered" && end.expected);
    const response = sorted(samplesOf(expected, ({ dueUs }) => dueUs));
    const service = sorted(samplesOf(expected, ({ startUs }) => startUs));
    const value = (of: readonly Sample[], p: number): number | null => percentileOf(of, p).valueUs;
    return {
      atS: second,
      lengthS: 1,
      phase: phaseAt(second),
      planned: requests.filter(({ dueUs }) => within(dueUs)).length,
      started: requests.filter(({ startUs }) => within(startUs)).length,
      answered: kinds.answered,
      unexpected: kinds.unexpected,
      failed: kinds.failed,
      dropped: kinds.dropped,
      responseP50Us: value(response, 50),
      responseP95Us: value(response, 95),
      responseP99Us: value(response, 99),
      responseMaxUs: response.at(-1)?.us ?? null,
      serviceP50Us: value(service, 50),
      serviceP99Us: value(service, 99),
      gap: gapAt(second),
    };
  });
}

export function errorsOf(requests: readonly MadeRequest[]): Report["errors"] {
  const byKind = new Map<string, MadeRequest[]>();
  for (const request of requests) {
    const what = errorOf(request);
    if (what === null) continue;
    const key = `${request.operation} ${what}`;
    byKind.set(key, [...(byKind.get(key) ?? []), request]);
  }
  return [...byKind.values()].flatMap((same) => {
    const [first] = same;
    if (!first) return [];
    return {
      operation: first.operation,
      what: errorOf(first) ?? "",
      errorCode: first.errorCode ?? null,
      during: first.end.kind === "failed" ? "waiting" : null,
      count: same.length,
      firstAtS: first.dueUs / 1e6,
      correlationIds: same.flatMap(({ correlationId }) => correlationId ?? []).slice(0, 3),
    };
  });
}

function errorOf({ end }: MadeRequest): string | null {
  if (end.kind === "failed") return end.code;
  if (end.kind === "dropped") return `dropped: ${end.reason}`;
  return end.kind === "answered" && !end.expected ? String(end.status) : null;
}

export function slowestOf(requests: readonly MadeRequest[], most: number): Report["slowest"] {
  return requests
    .flatMap(({ end, startUs, dueUs, endUs, operation, correlationId }) =>
      end.kind !== "answered" || startUs === null
        ? []
        : {
            operation,
            atS: dueUs / 1e6,
            responseTimeUs: endUs - dueUs,
            serviceTimeUs: endUs - startUs,
            status: end.status,
            correlationId: correlationId ?? null,
          },
    )
    .sort((a, b) => b.responseTimeUs - a.responseTimeUs)
    .slice(0, most);
}
