import type { Clock } from "../base/clock.ts";
import { seededRandom } from "../base/random.ts";
import { micros, milliseconds, perSecond } from "../base/units.ts";
import { RequestAllowance } from "../guard/allowance.ts";
import { generateEmulatorKey } from "../guard/api-key.ts";
import { approve } from "../guard/approval.ts";
import { ConnectPacer } from "../guard/connect-pacer.ts";
import type { GuardedConnection } from "../guard/connection.ts";
import { KillSwitch } from "../guard/kill-switch.ts";
import { GuardedLane } from "../guard/lane.ts";
import { MemoryDoor } from "../guard/memory-door.ts";
import type { RunFacts } from "../guard/run-facts.ts";
import { KlarnaClient } from "../klarna/client.ts";
import { idempotencyKeys } from "../klarna/idempotency.ts";
import type { Live } from "../measure/live.ts";
import { Recorder } from "../measure/recorder.ts";
import { rowValues } from "../profile/data/rows.ts";
import type { Plan } from "../profile/plan.ts";
import { OpenRun } from "../workload/open-run.ts";
import type { Call, CallEvents, Performer } from "../workload/roles.ts";
import type { OpenWorkload } from "../workload/workload.ts";
import { AddressWatch } from "./address-watch.ts";
import { BoundPerformer } from "./bound-performer.ts";
import type { Prepared } from "./prepare.ts";
import { RateLimitWatch } from "./rate-limit-watch.ts";
import { RecordingSink } from "./recording-sink.ts";
import { SAVED, sampleAnswers } from "./sample-answers.ts";
import { Sender } from "./sender.ts";

/** Enough for the compiler to have seen what it needs: more makes the first requests no quicker (`bench/warm-up.mjs`). */
const REQUESTS = 600;
/** The longest that it may take, on however slow a machine. */
const MOST_US = milliseconds(400);
const IN_FLIGHT = 8;
/** As many as come: what is warmed up is the path of a request, not the waiting for one. */
const REQUESTS_PER_SECOND = 10_000;

/**
 * Sends requests like the plan's through everything that stands between its schedule and a socket (run loop, cap,
 * performer, client, connection, recorder), so that all of it is loaded and compiled before the first due time. They
 * end in memory: no socket is opened, no target is asked, and the key is made for this and thrown away.
 *
 * @returns what came of them
 */
export async function warmUp(
  { plan, facts, account }: Prepared,
  clock: Clock,
): Promise<Live["totals"]> {
  const workload = warmWorkload(plan);
  const setUp = plan.profile.setUp.flatMap(({ save }) => Object.keys(save));
  const shared = Object.fromEntries(setUp.map((name) => [name, SAVED]));
  const approved = approve(warmFacts(plan, facts));
  const { bounds } = approved;
  const random = seededRandom(plan.seed).fork("warm-up");
  const answers = sampleAnswers(plan.bindings);
  const rows = rowValues(plan, random);
  const written: Call[] = [];
  const door = new MemoryDoor(() => answers(written.shift()), clock);
  const pacer = new ConnectPacer(undefined, clock, random);
  let failure: unknown;
  const lanes = bounds.categories.map(
    (category) =>
      new GuardedLane(
        { ...category, inFlight: IN_FLIGHT },
        bounds,
        {
          door,
          origin: ORIGIN,
          key: generateEmulatorKey().key,
          clock,
          onConnect: () => {},
          onError: (error) => {
            failure ??= error;
          },
          onLine: () => open.wake(),
        },
        pacer,
      ),
  );
  const origin = clock.now();
  const recorder = new Recorder({ append: () => {}, retry: () => {} }, origin);
  const sender = new Sender({
    environment: "emulator",
    kind: plan.profile.kind,
    lanes: new Map<string, GuardedLane>(lanes.map((lane) => [lane.category, lane])),
    killSwitch: new KillSwitch("emulator", "capacity"),
    allowance: new RequestAllowance(approved),
    book: { spend: () => {} },
    watch: new RateLimitWatch(),
    addressWatch: new AddressWatch(),
    clock,
    random,
    onStop: () => {},
  });
  const client = new KlarnaClient(account, ORIGIN);
  const performer = new BoundPerformer({
    plan: { ...plan, environment: "emulator" },
    client,
    sender,
    idempotencyKey: idempotencyKeys(),
  });
  const open: OpenRun<GuardedConnection> = new OpenRun({
    workload,
    clock,
    random,
    lanes,
    performer: noting(performer, written),
    sink: new RecordingSink(recorder, clock),
    origin,
    arrivalValues: (scenario) => ({ ...shared, ...rows(scenario) }),
  });
  try {
    const { endedAt } = await open.run();
    if (failure !== undefined) throw failure;
    const { totals } = recorder.live(endedAt);
    recorder.close();
    return totals;
  } finally {
    for (const lane of lanes) lane.close();
  }
}

/** Never resolved and never connected to: a door that leads nowhere is behind it. */
const ORIGIN = "https://127.0.0.1";

/** Notes calls in the order in which they are written, which is that of their answers: each gets what its step expects. */
function noting(
  performer: Performer<GuardedConnection>,
  written: Call[],
): Performer<GuardedConnection> {
  return {
    perform(call: Call, line: GuardedConnection, events: CallEvents): void {
      performer.perform(call, line, {
        written: (at) => {
          written.push(call);
          events.written(at);
        },
        done: (answer, judge) => events.done(answer, judge),
      });
    },
    abort: () => performer.abort(),
  };
}

/** The plan's own journeys, one after the other without thinking. */
function warmWorkload({ workload }: Plan): OpenWorkload {
  const [first, ...others] = workload.scenarios.map((scenario) => {
    const [step, ...steps] = scenario.steps;
    const atOnce = { thinkTime: micros(0), retry: undefined };
    return {
      ...scenario,
      steps: [{ ...step, ...atOnce }, ...steps.map((one) => ({ ...one, ...atOnce }))] as const,
    };
  });
  if (!first) throw new TypeError("a workload has a scenario");
  const steps = Math.max(...workload.scenarios.map((scenario) => scenario.steps.length));
  const rate = perSecond(REQUESTS_PER_SECOND / steps);
  return {
    model: "open",
    arrivals: "uniform",
    scenarios: [first, ...others],
    stages: [
      {
        phase: "warm-up",
        from: rate,
        to: rate,
        duration: micros(Math.ceil((REQUESTS / REQUESTS_PER_SECOND) * 1e6)),
      },
    ],
    maxInFlight: IN_FLIGHT,
    maxLateness: undefined,
    requestTimeout: MOST_US,
    drainTimeout: MOST_US,
  };
}

/** A run on an emulator, to be approved as such: whatever the plan is for, this is none of it. */
function warmFacts(plan: Plan, facts: RunFacts): RunFacts {
  const rate = perSecond(REQUESTS_PER_SECOND);
  return {
    ...facts,
    environment: "emulator",
    kind: "capacity",
    model: "open",
    permit: undefined,
    standing: undefined,
    durationUs: 2 * MOST_US,
    requests: REQUESTS,
    maxInFlight: IN_FLIGHT,
    categories: plan.categories.map(({ category }) => ({
      category,
      requests: REQUESTS,
      peakPerSecond: rate,
      capPerSecond: perSecond(2 * REQUESTS_PER_SECOND),
    })),
    // Searched when the run itself was approved, and as large as its data.
    profile: null,
  };
}
