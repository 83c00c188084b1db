import { expect, it } from "vitest";
import { seededRandom } from "../src/base/random.ts";
import { micros, perSecond, seconds } from "../src/base/units.ts";
import { VirtualClock } from "../src/base/virtual-clock.ts";
import type { StopReason } from "../src/guard/kill-switch.ts";
import { abortWatch } from "../src/harness/abort.ts";
import { RecordingSink } from "../src/harness/recording-sink.ts";
import { MemoryRecord } from "../src/measure/record.support.ts";
import { Recorder } from "../src/measure/recorder.ts";
import { summarise } from "../src/measure/summary.ts";
import { parseProfile } from "../src/profile/read.ts";
import { OpenRun } from "../src/workload/open-run.ts";
import type { OpenWorkload } from "../src/workload/workload.ts";
import { SimulatedLane, SimulatedTarget } from "./support/simulated-target.ts";

const rate = perSecond(20);
const STAGES: Stages = [{ phase: "steady", from: rate, to: rate, duration: seconds(300) }];

type Stages = OpenWorkload["stages"];

/** At 20/s, in virtual time, against a server that becomes slow. @param latency in seconds, by the second of a request's start */
function run(
  abort: boolean,
  stages: Stages = STAGES,
  latency: (at: number) => number = (at) => (at > 60 ? 0.4 : 0.02),
) {
  const { thresholds } = parseProfile(
    `name: watched
kind: baseline
workload: { model: open, stages: [{ rate: 20/s, for: 300s }] }
scenarios: [{ name: one, steps: [{ operation: payment-request.create }] }]
thresholds: [{ figure: responseTime.p95, max: 100ms, abort: ${abort} }]
`,
    "watched.yaml",
  );
  const clock = new VirtualClock();
  const target = new SimulatedTarget(clock, seconds(10), (_, at) => ({
    latency: seconds(latency(at / 1e6)),
    status: 200,
  }));
  const record = new MemoryRecord();
  const recorder = new Recorder(record, micros(0));
  let stopped: StopReason | undefined;
  const watch = abortWatch(
    thresholds,
    () => loop.awaitsSteady,
    (reason) => {
      expect(stopped).toBeUndefined();
      stopped = reason;
      recorder.stop({ at: clock.now(), ...reason });
      loop.stop();
    },
  );
  const loop = new OpenRun({
    workload: {
      model: "open",
      arrivals: "uniform",
      stages,
      scenarios: [{ name: "one", weight: 1, steps: [step("payment-request.create")] }],
      maxInFlight: 200,
      maxLateness: undefined,
      requestTimeout: seconds(10),
      drainTimeout: seconds(10),
    },
    clock,
    random: seededRandom(1),
    lanes: [new SimulatedLane("a", { capPerSecond: perSecond(50) }, 200)],
    performer: target,
    sink: new RecordingSink(recorder, clock, watch),
    origin: micros(0),
  });
  void loop.run();
  while (clock.step());
  recorder.close();
  recorder.checkAccounting();
  return { stopped, summary: summarise(record.contents(), stages) };
}

function step(operation: string) {
  return { operation, category: "a", thinkTime: micros(0) };
}

it("a threshold with `abort: true` ends the run within two windows of becoming missed", () => {
  const { stopped, summary } = run(true);
  expect(stopped).toMatchObject({ code: "STOP_THRESHOLD", verdict: "failed" });
  // Slow from the 60th second on; a window of five seconds may have begun just before.
  expect(summary.stop?.atUs).toBeGreaterThan(70e6);
  expect(summary.stop?.atUs).toBeLessThan(76e6);
  expect(summary.totals.planned).toBeLessThan(20 * 76);
  // Which is not yet enough of the run for the whole of it to have missed: the stop decides the verdict.
  expect(summary.totals.unfinished).toBeGreaterThan(0);
});

it("without it the run goes on to its end", () => {
  const { stopped, summary } = run(false);
  expect([stopped, summary.stop, summary.totals.planned]).toEqual([undefined, null, 6000]);
});

const SHORT: Stages = [{ phase: "steady", from: rate, to: rate, duration: seconds(11) }];

it.each<[string, Stages]>([
  ["the drain", SHORT],
  ["a ramp down", [...SHORT, { phase: "ramp", from: rate, to: rate, duration: seconds(15) }]],
])("nor is a run ended in %s, when its steady phase is over", (_, stages) => {
  // Answered after 8 s, the second window is full 18 s in.
  const { stopped, summary } = run(true, stages, (at) => (at < 11 ? 8 : 0.02));
  expect([stopped, summary.stop, summary.totals.unfinished]).toEqual([undefined, null, 0]);
  expect(summary.steady.answered).toBe(220);
});
