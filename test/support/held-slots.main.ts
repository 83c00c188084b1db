import { connect } from "node:net";
import { systemClock } from "../../src/base/clock.ts";
import { seededRandom } from "../../src/base/random.ts";
import { micros, milliseconds, perSecond, seconds } from "../../src/base/units.ts";
import { generateEmulatorKey } from "../../src/guard/api-key.ts";
import { approve } from "../../src/guard/approval.ts";
import { ConnectPacer } from "../../src/guard/connect-pacer.ts";
import type { GuardedConnection } from "../../src/guard/connection.ts";
import { Door } from "../../src/guard/door.ts";
import { klarnaTarget } from "../../src/guard/environments.ts";
import { klarnaFacts } from "../../src/guard/facts.support.ts";
import { GuardedLane } from "../../src/guard/lane.ts";
import { OpenRun } from "../../src/workload/open-run.ts";
import type { Performer } from "../../src/workload/roles.ts";
import type { Scenario } from "../../src/workload/workload.ts";
import { CAP_LANES, RATE } from "./cap-lanes.ts";
import type { HeldSlotsOptions, HeldSlotsResult } from "./held-slots.ts";
import { KeepingSink } from "./simulated-target.ts";

/**
 * A program of its own: the run loop and the guard as they go to Klarna (a request holds its slot until 1 s after its
 * answer, five connects a second at most), put together by hand, since no environment has quotas for these caps. Nothing
 * stops it: no kill switch, no pause after a 429. Reads its options as JSON from its argument and writes its result.
 */

const { port, caPem, resolveMs, lastsS, seed }: HeldSlotsOptions = JSON.parse(
  process.argv[2] ?? "",
);
/** Connections of each lane; all of them take 2.4 s to open. */
const PLACES = [1, 2, 3, 6];

const clock = systemClock();
const random = seededRandom(seed);
const target = klarnaTarget("klarna-test");
const approved = approve(klarnaFacts());
const door = new Door(target, approved, clock, {
  resolve: async () => {
    await new Promise((resolve) => setTimeout(resolve, resolveMs));
    return ["198.20.0.1"];
  },
  connect: () => connect({ host: "127.0.0.1", port, noDelay: true }),
  roots: [caPem],
});
const errors: unknown[] = [];
const pacer = new ConnectPacer(approved.bounds.connectsPerSecond, clock, random.fork("connect"));
const parts = {
  door,
  origin: target.origin,
  key: generateEmulatorKey().key,
  clock,
  onConnect: () => {},
  onError: (error: unknown) => errors.push(error),
  onLine: () => run?.wake(),
};
const lanes = CAP_LANES.map(
  ({ category, cap }, i) =>
    new GuardedLane(
      { category, capPerSecond: perSecond(cap), inFlight: PLACES[i] ?? 1 },
      { holdsSlotUntilAnswered: true },
      parts,
      pacer,
    ),
);
const closeAll = (): void => {
  for (const lane of lanes) lane.close();
};

const performer: Performer<GuardedConnection> = {
  perform: ({ scenario }, line, { written, done }) => {
    const [method = "", path = ""] = CAP_LANES[scenario]?.route.split(" ") ?? [];
    const body = method === "POST" ? { body: "{}" } : {};
    const request = {
      method: method === "POST" ? "POST" : "GET",
      path,
      headers: {},
      ...body,
    } as const;
    line.send(request, seconds(10), {
      written: () => written(clock.now()),
      done: (exchange) => {
        lanes[scenario]?.giveBack(line);
        if (exchange.kind === "failed") {
          return done({ kind: "failed", end: exchange.end, code: exchange.code });
        }
        const { end, status } = exchange;
        done({ kind: "answered", end, status, expected: true, saved: {} });
      },
    });
  },
  abort: closeAll,
};

const [first, ...rest] = CAP_LANES.map(
  ({ category, operation, rate }): Scenario => ({
    name: category,
    weight: rate,
    steps: [{ operation, category, thinkTime: micros(0) }],
  }),
);
if (!first) throw new Error("no lanes");

await Promise.all(lanes.map((lane) => lane.fill(Number.POSITIVE_INFINITY)));
const sink = new KeepingSink();
const run = new OpenRun({
  workload: {
    model: "open",
    arrivals: "uniform",
    stages: [
      { phase: "steady", from: perSecond(RATE), to: perSecond(RATE), duration: seconds(lastsS) },
    ],
    scenarios: [first, ...rest],
    maxInFlight: PLACES.reduce((sum, places) => sum + places),
    maxLateness: undefined,
    requestTimeout: seconds(10),
    drainTimeout: seconds(2),
  },
  clock,
  random,
  lanes,
  performer,
  sink,
  origin: micros(clock.now() + milliseconds(100)),
});
await run.run();
closeAll();
const count = (kind: string): number => sink.outcomes.filter((one) => one.kind === kind).length;
const result: HeldSlotsResult = {
  sent: sink.sents.length,
  answered: count("answered"),
  failed: count("failed"),
  unfinished: count("unfinished"),
  opened: door.opened,
  connectFailures: door.failures,
  errors: errors.map(String),
};
process.stdout.write(JSON.stringify(result));
