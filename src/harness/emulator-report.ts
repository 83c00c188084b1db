import { join } from "node:path";
import { type Micros, micros, perSecond, seconds } from "../base/units.ts";
import { approve } from "../guard/approval.ts";
import { OPERATIONS } from "../klarna/catalogue.ts";
import type { Likeness } from "../klarna/idempotency.ts";
import { RecordWriter } from "../measure/record.ts";
import { recordIntervalUs } from "../measure/record-interval.ts";
import { Recorder } from "../measure/recorder.ts";
import type { Plan } from "../profile/plan.ts";
import { reportFromRecord } from "../report/from-record.ts";
import type { Report } from "../report/schema.ts";
import type { Outcome, Sent } from "../workload/outcome.ts";
import { type Access, REQUESTS_MAX, readAccess, type Seen } from "./access-file.ts";
import { endRecord } from "./end-record.ts";
import { prepareGate } from "./gate/prepare.ts";
import { Repeats } from "./gate/repeats.ts";
import { runManifest } from "./manifest.ts";
import { newRunId, writeReports } from "./out-dir.ts";
import type { Surroundings } from "./prepare.ts";
import { RateLimitWatch } from "./rate-limit-watch.ts";
import { renderViews } from "./views.ts";

/** What is told of an emulator beside its access record. */
export interface EmulatorFacts {
  readonly url: string;
  readonly quotas: "test" | "live";
  readonly level: Plan["level"];
  /** The command that starts it again. */
  readonly command: string;
}

/**
 * Reports on whatever client called an emulator, in the folder in which the emulator has left its access record: the
 * ordinary reports, made from an ordinary record.
 *
 * @throws Fault where the reports can't be written
 */
export async function reportOnEmulator(
  folder: string,
  facts: EmulatorFacts,
  around: Surroundings,
): Promise<Report> {
  const access = await readAccess(join(folder, "access.jsonl"));
  const { zeroMs, requests } = access;
  const origin = micros(requests[0]?.at ?? 0);
  const last = requests.reduce((end, one) => Math.max(end, one.end), origin as number);
  const { plan, approved } = planOf(micros(Math.max(seconds(1), last - origin)), facts, around);
  const startedMs = zeroMs + origin / 1000;
  const writer = await RecordWriter.create(join(folder, "record"), {
    startedWallMs: startedMs,
    intervalUs: recordIntervalUs(plan.duration),
    run: runManifest({
      id: newRunId("emulator", startedMs),
      plan,
      approved,
      quotas: facts.quotas,
      origin: facts.url,
      audit: null,
      permit: null,
      tags: {},
      command: facts.command,
      env: around.env,
      warnings: warningsOf(access),
      comparison: null,
      gate: { seenBy: "emulator", profile: null, holdUs: 0 },
    }),
  });
  const recorder = new Recorder(writer, origin, recordIntervalUs(plan.duration), true);
  const { watch, unkeyed, unrouted } = replay(requests, recorder);
  recorder.close();
  const end = {
    origin,
    endedAt: micros(last),
    neverArrived: 0,
    arrivalsFrom: origin,
    cleanUpFrom: undefined,
    setUpFailure: undefined,
    cleanUp: undefined,
  };
  const door = {
    addresses: [],
    opened: access.connections,
    failures: 0,
    failuresByKind: {},
  };
  const stops = { reason: undefined, fault: undefined };
  const addressWatch = { warnings: () => [] };
  const record = endRecord({ plan, approved, startedMs, end, stops, door, watch, addressWatch });
  const refused =
    unrouted === 0
      ? []
      : [{ code: "NO_OPERATION", text: "no operation takes the request", count: unrouted }];
  const gate = { refused, liveKeys: [], unkeyedRepeats: unkeyed };
  const { dir } = await writer.close({ ...record, gate });
  const report = reportFromRecord(dir);
  await writeReports(folder, renderViews(report), dir);
  return report;
}

/** Nothing was planned, and nothing held back. */
function planOf(lasts: Micros, { level, quotas }: EmulatorFacts, around: Surroundings) {
  const bounds = { rate: perSecond(50_000), lasts, hold: micros(0) };
  const { plan, facts } = prepareGate({ environment: "emulator", seed: 0, ...bounds }, around);
  const profile = {
    ...plan.profile,
    name: "emulator",
    description: "What came to the emulator, as it saw it itself",
    emulator: { quotas },
  };
  return { plan: { ...plan, profile, level }, approved: approve(facts) };
}

function warningsOf({ leftOut }: Access): Report["warnings"] {
  if (leftOut === 0) return [];
  const text = `the report covers the first ${REQUESTS_MAX} requests that ended, and leaves ${leftOut} out: access.jsonl has them`;
  return [{ code: "ACCESS_RECORD_LONG", text }];
}

/** Has the recorder see each request as if it passed just now. */
function replay(requests: readonly Seen[], recorder: Recorder) {
  const watch = new RateLimitWatch();
  const repeats = new Repeats();
  let unrouted = 0;
  /** Begun and not ended, by their end. */
  const open: { readonly seen: Seen; readonly sent: Sent; readonly like: Likeness }[] = [];
  const endBy = (at: number): void => {
    while (open[0] && open[0].seen.end <= at) {
      const [{ seen, sent, like }] = open.splice(0, 1) as [(typeof open)[number]];
      const outcome = outcomeOf(seen, sent, like);
      recorder.outcome(outcome);
      repeats.ended(like, outcome);
      if (seen.status !== null) {
        const { limit, remaining } = seen.client;
        watch.answered(sent.category, seen.status, {
          limit,
          limitPerSecond: limit,
          remaining,
          resetSeconds: seen.client.reset,
          policies: [],
        });
      }
    }
  };
  for (const [request, seen] of requests.entries()) {
    const operation = OPERATIONS.get(seen.operation);
    if (!operation) {
      unrouted++;
      continue;
    }
    endBy(seen.at);
    const like: Likeness = { ...seen.client, keyHash: seen.client.keyHash };
    const at = micros(seen.at);
    const sent: Sent = {
      request,
      journey: request,
      scenario: operation.name,
      operation: operation.name,
      category: operation.category,
      phase: "steady",
      due: at,
      attempt: repeats.came(like),
      poll: 1,
      start: at,
      waits: { inFlight: micros(0), cap: micros(0), steering: micros(0), runnerLag: micros(0) },
    };
    recorder.due(sent);
    recorder.started(sent);
    watch.sent(operation.category, at);
    const place = open.findIndex((one) => one.seen.end > seen.end);
    open.splice(place < 0 ? open.length : place, 0, { seen, sent, like });
  }
  endBy(Number.POSITIVE_INFINITY);
  return { watch, unkeyed: repeats.unkeyed, unrouted };
}

function outcomeOf({ status, end, client }: Seen, sent: Sent, like: Likeness): Outcome {
  const at = micros(end);
  if (status === null) {
    return { ...sent, kind: "failed", end: at, code: "connection-closed", limits: like };
  }
  const { limit, remaining, reset } = client;
  const limits = { ...like, limitPerSecond: limit, remaining, resetSeconds: reset };
  const expected = status >= 200 && status < 300;
  return { ...sent, kind: "answered", end: at, status, expected, limits };
}
