import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as z from "zod";
import type { Cancel, Clock } from "../base/clock.ts";
import { Fault } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import { type Micros, micros, seconds } from "../base/units.ts";
import { ClosedFeed } from "../workload/closed-feed.ts";
import type { FeedOf } from "../workload/course.ts";
import { forwarding } from "../workload/forwarding.ts";
import type { JourneyOutcome } from "../workload/outcome.ts";
import type { Sink } from "../workload/roles.ts";
import type { ClosedWorkload } from "../workload/workload.ts";
import { firstLine } from "./first-line.ts";
import type { Loop, Source } from "./source.ts";
import { UserGate } from "./user-gate.ts";

const START_TIMEOUT_US = seconds(20);
const STOP_TIMEOUT_US = seconds(2);

const seen = z.strictObject({
  requests: z.number(),
  p50Ms: z.number().nullable(),
  p99Ms: z.number().nullable(),
});
/** What autocannon saw of the gate, milliseconds: to be held against our own figures, never in their place. */
export type SeenByUsers = z.infer<typeof seen>;

/**
 * The virtual users of a closed workload: autocannon in a process of its own, whose requests the gate turns into
 * journeys. It learns that a journey has ended and nothing else of it.
 */
export class VirtualUsers implements Source {
  readonly #workload: ClosedWorkload;
  readonly #clock: Clock;
  readonly #child: ChildProcess;
  readonly #gate: UserGate;
  /** Users who asked before there was a feed. */
  readonly #early: { readonly user: number; readonly at: Micros }[] = [];
  #feed: ClosedFeed | undefined;
  #onReady: () => void = () => {};
  readonly #thinking = new Set<Cancel>();
  readonly #result: Promise<SeenByUsers | undefined>;

  /**
   * @param script the users' program
   * @throws Fault `FAULT_VIRTUAL_USERS` when they do not come
   */
  static async start(
    script: string,
    workload: ClosedWorkload,
    mostUs: Micros,
    clock: Clock,
  ): Promise<VirtualUsers> {
    const gate = new UserGate(clock, { ready: (user, at) => users.#ready(user, at) });
    await gate.listen();
    const child = spawn(process.execPath, [script], {
      // It finds no key, no proxy and no option there.
      env: {},
      stdio: ["pipe", "pipe", "ignore"],
      detached: process.platform !== "win32",
    });
    child.on("error", () => {});
    child.stdin.on("error", () => {});
    const options = {
      socketPath: gate.path,
      users: workload.virtualUsers,
      most: Math.ceil(mostUs / 1e6) + 60,
    };
    child.stdin.write(`${JSON.stringify(options)}\n`);
    const users: VirtualUsers = new VirtualUsers(workload, clock, child, gate);
    await users.#allHere();
    return users;
  }

  private constructor(
    workload: ClosedWorkload,
    clock: Clock,
    child: ChildProcess & { readonly stdout: unknown },
    gate: UserGate,
  ) {
    this.#workload = workload;
    this.#clock = clock;
    this.#child = child;
    this.#gate = gate;
    const { stdout } = child;
    this.#result = stdout
      ? firstLine(stdout).then(
          (line) => seen.parse(JSON.parse(line)),
          () => undefined,
        )
      : Promise.resolve(undefined);
  }

  /** Hands the users to a run, who may begin with the plan. */
  feedOf(random: Random, { wake }: Pick<Loop, "wake">): FeedOf {
    return (origin, values, number) => {
      const feed = new ClosedFeed(this.#workload, random, origin, values, number);
      this.#drive(feed, wake);
      return feed;
    };
  }

  /** The same sink, by which the users also learn that a journey has ended. */
  listeningTo(sink: Sink): Sink {
    return forwarding(sink, {
      journey: (outcome) => {
        sink.journey(outcome);
        this.#ended(outcome);
      },
    });
  }

  /** Sends every user away. @returns what autocannon saw, if it could still say */
  async stop(): Promise<SeenByUsers | undefined> {
    for (const cancel of this.#thinking) cancel();
    this.#thinking.clear();
    const { stdin } = this.#child;
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, "exit");
      stdin?.end();
      const cancel = this.#clock.atCoarse(micros(this.#clock.now() + STOP_TIMEOUT_US), () =>
        this.#child.kill("SIGKILL"),
      );
      // Closed first, its requests would all fail, and count as such in what it saw.
      await ended;
      cancel();
    }
    this.#gate.close();
    return this.#result;
  }

  /** Ends at once, for a run that was stopped. */
  close(): void {
    this.#gate.close();
    this.#child.kill("SIGKILL");
  }

  #drive(feed: ClosedFeed, wake: () => void): void {
    this.#feed = feed;
    for (const { user, at } of this.#early.splice(0)) feed.ready(user, at);
    this.#onReady = wake;
  }

  #ready(user: number, at: Micros): void {
    if (this.#feed) this.#feed.ready(user, at);
    else this.#early.push({ user, at });
    this.#onReady();
  }

  /** The journey's user thinks, and is let go on then. */
  #ended({ journey }: JourneyOutcome): void {
    const user = this.#feed?.userOf(journey);
    if (user === undefined) return;
    const { thinkTime } = this.#workload;
    if (thinkTime === 0) {
      this.#gate.release(user);
      return;
    }
    const cancel = this.#clock.at(micros(this.#clock.now() + thinkTime), () => {
      this.#thinking.delete(cancel);
      this.#gate.release(user);
    });
    this.#thinking.add(cancel);
  }

  async #allHere(): Promise<void> {
    const { virtualUsers } = this.#workload;
    const here = new Promise<void>((resolve) => {
      const look = (): void => {
        if (this.#early.length >= virtualUsers) resolve();
      };
      this.#onReady = look;
      look();
    });
    const gone = once(this.#child, "exit").then(() => true);
    let cancel: Cancel = () => {};
    const late = new Promise<boolean>((resolve) => {
      const due = micros(this.#clock.now() + START_TIMEOUT_US);
      cancel = this.#clock.atCoarse(due, () => resolve(true));
    });
    const failed = await Promise.race([here.then(() => false), gone, late]);
    cancel();
    this.#onReady = () => {};
    if (!failed) return;
    this.close();
    throw new Fault("FAULT_VIRTUAL_USERS", "the virtual users' process did not come up", {
      hint: "run it again; if it fails again, report it",
    });
  }
}
