import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import type { Micros } from "../base/units.ts";
import { RequestAllowance } from "../guard/allowance.ts";
import type { ApprovedPlan } from "../guard/approval.ts";
import type { GuardedConnection } from "../guard/connection.ts";
import type { KillSwitch } from "../guard/kill-switch.ts";
import type { GuardedLane } from "../guard/lane.ts";
import { KlarnaClient } from "../klarna/client.ts";
import { idempotencyKeys } from "../klarna/idempotency.ts";
import type { Recorder } from "../measure/recorder.ts";
import { rowValues } from "../profile/data/rows.ts";
import type { Plan } from "../profile/plan.ts";
import { OpenRun, type RunEnd } from "../workload/open-run.ts";
import { abortWatch } from "./abort.ts";
import type { AddressWatch } from "./address-watch.ts";
import { BoundPerformer } from "./bound-performer.ts";
import type { Clients } from "./client/clients.ts";
import type { RateLimitWatch } from "./rate-limit-watch.ts";
import { RecordingSink } from "./recording-sink.ts";
import type { RunBook } from "./run-book.ts";
import { Sender } from "./sender.ts";
import type { Source } from "./source.ts";
import type { Stops } from "./stops.ts";

export interface LoopParts {
  readonly plan: Plan;
  readonly approved: ApprovedPlan;
  /** The account of an acquiring partner's paths. */
  readonly account: string | undefined;
  readonly target: { readonly origin: string };
  readonly lanes: readonly GuardedLane[];
  readonly killSwitch: KillSwitch;
  readonly stops: Stops;
  readonly book: Pick<RunBook, "spend">;
  readonly watch: RateLimitWatch;
  readonly addressWatch: AddressWatch;
  readonly clock: Clock;
  /** Keeps due times, perhaps more loosely. */
  readonly pacing: Clock;
  readonly random: Random;
  readonly recorder: Recorder;
  /** `undefined`: the plan's own schedule. */
  readonly source: Source | undefined;
  /** Make the steps that are not ours to make; `undefined`: the plan has none. */
  readonly clients: Clients | undefined;
  /** When the first request may be due. */
  readonly origin: Micros;
}

/** The run loop of a plan, with all that makes its requests and writes down what came of them. */
export function makeLoop(parts: LoopParts): OpenRun<GuardedConnection> {
  const { plan, lanes, stops, clock, random, recorder, source, clients, origin } = parts;
  const sender = new Sender({
    environment: plan.environment,
    kind: plan.profile.kind,
    lanes: new Map<string, GuardedLane>(lanes.map((lane) => [lane.category, lane])),
    killSwitch: parts.killSwitch,
    allowance: new RequestAllowance(parts.approved),
    book: parts.book,
    watch: parts.watch,
    addressWatch: parts.addressWatch,
    clock,
    random: random.fork("steering"),
    onStop: (reason) => stops.stop(reason),
  });
  const ours = source?.performer?.(sender) ?? planned(sender, parts);
  const aborts = abortWatch(
    plan.profile.thresholds,
    () => open.awaitsSteady,
    (reason) => stops.stop(reason),
  );
  const recording = new RecordingSink(recorder, clock, aborts);
  const sink = clients?.listeningTo(recording) ?? recording;
  const open: OpenRun<GuardedConnection> = new OpenRun({
    workload: plan.workload,
    clock: parts.pacing,
    random,
    lanes,
    performer: clients?.performer(sender, ours) ?? ours,
    outside: clients,
    sink: source?.listeningTo(sink) ?? sink,
    origin,
    arrivalValues: rowValues(plan, random),
    ...(source && {
      feedOf: source.feedOf(random, { wake: () => open.wake(), stop: () => open.stop() }),
    }),
  });
  clients?.attach(() => open.wake());
  return open;
}

/** Makes the requests that the plan's steps describe. */
function planned(sender: Sender, { plan, account, target }: LoopParts): BoundPerformer {
  const client = new KlarnaClient(account, target.origin);
  return new BoundPerformer({ plan, client, sender, idempotencyKey: idempotencyKeys() });
}

/** Runs to the end, unless something stopped the run before it began. A fault ends it and is told to `stops`. */
export async function untilEnd(
  open: OpenRun<GuardedConnection>,
  { plan, origin, stops, clock }: Pick<LoopParts, "plan" | "origin" | "stops" | "clock">,
): Promise<RunEnd> {
  const nothing: RunEnd = {
    origin,
    endedAt: origin,
    neverArrived: plan.requests,
    arrivalsFrom: undefined,
    cleanUpFrom: undefined,
    setUpFailure: undefined,
    cleanUp: undefined,
  };
  if (stops.isOver) return nothing;
  try {
    return await open.run();
  } catch (error) {
    stops.fail(error);
    return { ...nothing, endedAt: clock.now(), neverArrived: 0 };
  }
}
