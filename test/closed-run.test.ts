import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Clock, systemClock } from "../src/base/clock.ts";
import { seededRandom } from "../src/base/random.ts";
import { micros, milliseconds, perSecond, seconds } from "../src/base/units.ts";
import { Admission } from "../src/guard/admission.ts";
import { VirtualUsers } from "../src/harness/virtual-users.ts";
import { OpenRun } from "../src/workload/open-run.ts";
import type { Call, CallEvents, Line, Performer } from "../src/workload/roles.ts";
import type { ClosedWorkload } from "../src/workload/workload.ts";
import { CAME_TO_ITS_END, cli, ROOT, readReport, start, until, workspace } from "./support/cli.ts";
import { KeepingSink } from "./support/simulated-target.ts";

/** 4 users on the emulator, whose quotas they don't reach. */
const PROFILE = `name: users
kind: capacity
workload: { model: closed, virtualUsers: 4, thinkTime: 400ms, rampUp: 1s, for: 3s }
scenarios:
  - name: create
    steps: [{ operation: payment-request.create }]
thresholds: [{ figure: errors, max: 0 }]
limits: { rate: 20/s }
`;

describe("a closed run", () => {
  it("has each user start its next journey after the last one and its think time", async ({
    onTestFinished,
  }) => {
    const at = workspace();
    onTestFinished(at.remove);
    writeFileSync(at.path("users.yaml"), PROFILE);
    const ended = await cli(at, ["run", "users.yaml", "--out", "out", "--seed", "3"]);
    expect(CAME_TO_ITS_END).toContain(ended.code);
    const { totals } = readReport(at.path("out"));
    expect([totals.answered, totals.planned]).toEqual([totals.sent, totals.sent]);
    // At most 4 users for 4 s at one journey in 400 ms each, and the first ones; the answers' latency makes it less.
    expect(totals.sent).toBeGreaterThan(8);
    expect(totals.sent).toBeLessThanOrEqual(44);
  });

  it("that is interrupted leaves its reports, and no process", async ({ onTestFinished }) => {
    const at = workspace();
    onTestFinished(at.remove);
    writeFileSync(at.path("users.yaml"), PROFILE.replace("for: 3s", "for: 60s"));
    const running = start(at, ["run", "users.yaml", "--out", "out"]);
    await until(() => (/s left/.test(running.said()) ? true : undefined), 20_000);
    running.child.kill("SIGINT");
    // It ends only when its children have: they hold its output open.
    expect((await running.ended).code).toBe(130);
    expect(readReport(at.path("out")).interrupted).toBe(true);
  });
});

/** Answers every request after a while. */
class AnswersAfter implements Performer {
  readonly #clock: Clock;
  readonly #us: number;
  constructor(clock: Clock, us: number) {
    this.#clock = clock;
    this.#us = us;
  }
  perform(_call: Call, _line: unknown, { written, done }: CallEvents): void {
    const begun = this.#clock.now();
    this.#clock.at(begun, () => written(begun));
    this.#clock.at(micros(begun + this.#us), () => {
      const end = this.#clock.now();
      done({ kind: "answered", end, status: 200, expected: true, saved: {} });
    });
  }
  abort(): void {}
}

it("autocannon's own figures agree with ours where they can be right: no think time, no stall", async () => {
  const rate = perSecond(500);
  const step = { operation: "read", category: "dispute", thinkTime: micros(0) };
  const workload: ClosedWorkload = {
    model: "closed",
    virtualUsers: 3,
    thinkTime: micros(0),
    rampUp: micros(0),
    stages: [{ phase: "steady", from: rate, to: rate, duration: seconds(2) }],
    scenarios: [{ name: "read", weight: 1, steps: [step] }],
    maxInFlight: 3,
    maxLateness: undefined,
    requestTimeout: seconds(10),
    drainTimeout: seconds(2),
  };
  const clock = systemClock();
  const script = join(ROOT, "dist", "users-process.js");
  const users = await VirtualUsers.start(script, workload, seconds(4), clock);
  const origin = clock.now();
  const random = seededRandom(1);
  const performer = new AnswersAfter(clock, milliseconds(100));
  const sink = new KeepingSink();
  const run: OpenRun<Line> = new OpenRun({
    workload,
    feedOf: users.feedOf(random, { wake: () => run.wake() }),
    clock,
    random,
    lanes: [
      {
        category: "dispute",
        cap: new Admission({ capPerSecond: rate }),
        shadowCap: new Admission({ capPerSecond: rate }),
        hasLine: () => true,
        freeSince: micros(0),
        takeLine: () => ({ freeSince: micros(0) }),
        wantLine() {},
      },
    ],
    performer,
    sink: users.listeningTo(sink),
    origin,
  });
  await run.run();
  const seen = await users.stop();
  const ours = sink.outcomes
    .flatMap((outcome) => (outcome.kind === "answered" ? [outcome.end - outcome.due] : []))
    .sort((a, b) => a - b);
  expect(ours.length).toBeGreaterThan(20);
  const median = (ours[Math.floor(ours.length / 2)] ?? 0) / 1000;
  // autocannon counts whole milliseconds, and the way to the gate and back.
  expect(Math.abs((seen?.p50Ms ?? 0) - median)).toBeLessThan(15);
});
