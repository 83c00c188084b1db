import { dirname, join } from "node:path";
import { type Clock, relaxedClock } from "../base/clock.ts";
import { EXIT, type ExitCode } from "../base/errors.ts";
import { type Random, seededRandom } from "../base/random.ts";
import { type Micros, micros, milliseconds, seconds } from "../base/units.ts";
import { RequestAllowance } from "../guard/allowance.ts";
import type { ApprovedPlan } from "../guard/approval.ts";
import { highestCap } from "../guard/cap-schedule.ts";
import type { ClientCertificateFiles } from "../guard/client-certificate.ts";
import type { GuardedConnection } from "../guard/connection.ts";
import { Door, type DoorSeams } from "../guard/door.ts";
import { isKlarnaEnvironment } from "../guard/environments.ts";
import type { KeySources } from "../guard/key-source.ts";
import { KillSwitch, type StopReason } from "../guard/kill-switch.ts";
import { ConnectPacer, GuardedLane } from "../guard/lane.ts";
import { KlarnaClient } from "../klarna/client.ts";
import { idempotencyKeys } from "../klarna/idempotency.ts";
import type { Live } from "../measure/live.ts";
import { RecordWriter } from "../measure/record.ts";
import { recordIntervalUs } from "../measure/record-interval.ts";
import { Recorder } from "../measure/recorder.ts";
import { rowValues } from "../profile/data/rows.ts";
import type { Plan } from "../profile/plan.ts";
import { reportFromRecord } from "../report/from-record.ts";
import type { ComparisonRequest, RunEndRecord } from "../report/run-record.ts";
import type { Report } from "../report/schema.ts";
import { ClosedFeed } from "../workload/closed-feed.ts";
import type { FeedOf } from "../workload/course.ts";
import { OpenRun, type RunEnd } from "../workload/open-run.ts";
import type { ClosedWorkload } from "../workload/workload.ts";
import { abortWatch } from "./abort.ts";
import { AddressWatch } from "./address-watch.ts";
import { type Admitted, admit } from "./admit.ts";
import { BoundPerformer } from "./bound-performer.ts";
import { fillLanes } from "./fill.ts";
import { keepWatch } from "./keep-watch.ts";
import { leftBehind } from "./left-behind.ts";
import { runManifest } from "./manifest.ts";
import { makeOutDir, newRunId, type OutDir, writeReports } from "./out-dir.ts";
import { packageFiles } from "./package-files.ts";
import type { Prepared, Surroundings } from "./prepare.ts";
import { RateLimitWatch } from "./rate-limit-watch.ts";
import { RecordingSink } from "./recording-sink.ts";
import { hasIndex, rewriteIndex } from "./reports-index.ts";
import type { RunBook } from "./run-book.ts";
import { openStateDir } from "./state-dir.ts";
import type { ReadyTarget } from "./target.ts";
import { renderViews } from "./views.ts";
import { VirtualUsers } from "./virtual-users.ts";
import { warmUp } from "./warm-up.ts";

export interface RunOptions {
  /** The folder for the reports; default `reports/<id>` below the working directory. */
  readonly out?: string;
  /** A running emulator's address, as it was prepared for; default: one is started for the run. */
  readonly emulatorUrl?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** The command that runs the same again, for the report. */
  readonly command: string;
  readonly acceptInconclusive?: boolean;
  /** Whether the client is warmed up before the first request, without any target; default true. */
  readonly warmUp?: boolean;
  /** What the run is compared with, as `comparisonRequest` makes it. */
  readonly comparison?: ComparisonRequest;
  /** Where a key for Klarna may come from; without it no run goes there. */
  readonly keys?: KeySources;
  /** For accounts that require one of their callers; read for Klarna's environments alone. */
  readonly clientCertificate?: ClientCertificateFiles;
}

export interface RunResult {
  readonly report: Report;
  /** Where the reports are. */
  readonly dir: string;
  readonly exitCode: ExitCode;
  /** Why the page of all runs was not written, in words; undefined when it was, or when there is none to keep. */
  readonly indexProblem: string | undefined;
}

/**
 * No run against Klarna connects, or asks anything, sooner than this after it has got the right to be the one run: a second
 * that holds requests of two runs, one after the other, would hold the caps of both.
 */
const APART_US = seconds(1);

/** How long after everything is ready the first arrival is due: time for what was set in motion to come to rest. */
const SETTLE_US = milliseconds(30);

/** One run, from an approved plan to its reports. */
export class Run {
  readonly plan: Plan;
  readonly #prepared: Prepared;
  readonly #options: RunOptions;
  readonly #surroundings: Surroundings;
  readonly #clock: Clock;
  readonly #id: string;
  readonly #warnings: Report["warnings"];
  readonly #admitted: Admitted;
  readonly #approved: ApprovedPlan;
  readonly #book: RunBook;
  readonly #seams: DoorSeams | undefined;
  readonly #killSwitch: KillSwitch;
  readonly #watch = new RateLimitWatch();
  readonly #addressWatch = new AddressWatch();
  readonly #stopFile: string;
  readonly #admittedAt: Micros;
  #lanes: readonly GuardedLane[] = [];
  #recorder: Recorder | undefined;
  /** Ends the watch over stop file and clocks. */
  #unwatch = (): void => {};
  /** Ends the opening of the first connections. */
  #endFill = (): void => {};
  #open: OpenRun<GuardedConnection> | undefined;
  /** Of a closed workload. */
  #users: VirtualUsers | undefined;
  #stopped: StopReason | undefined;
  #fault: unknown;

  /**
   * Gets the guard's approval, which is written down, and everything that the run has to hold.
   *
   * @param seams stand in for the network in tests; no option, file or variable reaches them
   * @throws Refusal when the guard does not allow the run: no socket has been opened then
   */
  static async admit(
    prepared: Prepared,
    options: RunOptions,
    surroundings: Surroundings,
    clock: Clock,
    seams?: DoorSeams,
  ): Promise<Run> {
    const state = openStateDir(surroundings.env);
    const stopFile = join(state.path, "STOP");
    const id = newRunId(prepared.plan.profile.name, clock.wallMs());
    const warnings: Report["warnings"] = [...prepared.warnings];
    const { emulatorUrl, keys, clientCertificate } = options;
    const admitted = await admit({
      prepared,
      id,
      state,
      stopFile,
      clock,
      warnings,
      emulatorUrl,
      keys,
      clientCertificate,
    });
    const inHand = { id, stopFile, warnings, admitted, seams };
    return new Run(prepared, options, surroundings, clock, inHand);
  }

  private constructor(
    prepared: Prepared,
    options: RunOptions,
    surroundings: Surroundings,
    clock: Clock,
    inHand: {
      readonly id: string;
      readonly stopFile: string;
      readonly warnings: Report["warnings"];
      readonly admitted: Admitted;
      readonly seams: DoorSeams | undefined;
    },
  ) {
    this.plan = prepared.plan;
    this.#prepared = prepared;
    this.#options = options;
    this.#surroundings = surroundings;
    this.#clock = clock;
    this.#admittedAt = clock.now();
    this.#id = inHand.id;
    this.#stopFile = inHand.stopFile;
    this.#warnings = inHand.warnings;
    this.#admitted = inHand.admitted;
    this.#approved = inHand.admitted.approved;
    this.#book = inHand.admitted.book;
    this.#seams = inHand.seams;
    const { environment, relaxedStops } = this.#approved.bounds;
    this.#killSwitch = new KillSwitch(environment, prepared.facts.kind, relaxedStops);
  }

  /** The run as it stands; `undefined` before its first due time. */
  live(): Live | undefined {
    return this.#recorder?.live(this.#clock.now());
  }

  /** Ends the run at once and in order: reports are written. */
  interrupt(): void {
    this.#stop({
      code: "STOP_SIGNAL",
      text: "the run was interrupted",
      advice: "run it again to the end: these figures cover a part of the plan",
      verdict: "interrupted",
    });
  }

  /**
   * Runs the plan and writes the reports.
   *
   * @throws UsageError for a folder that can't be used, before anything is opened; Fault where this program or the machine failed
   */
  async execute(): Promise<RunResult> {
    let out: OutDir | undefined;
    let ready: ReadyTarget | undefined;
    try {
      out = makeOutDir(this.#options.out, this.#id, this.#surroundings.cwd);
      const { dir } = out;
      ready = await this.#makeReady();
      const recordDir = await this.#record(dir, ready);
      const report = reportFromRecord(recordDir);
      await writeReports(dir, renderViews(report), recordDir);
      const exitCode = this.#exitCode(report);
      this.#book.ended(report, exitCode);
      // What failed first is what explains the rest.
      if (this.#fault !== undefined) throw this.#fault;
      this.#recorder?.checkAccounting();
      return { report, dir, exitCode, indexProblem: this.#listed(dir) };
    } finally {
      this.#unwatch();
      for (const lane of this.#lanes) lane.close();
      this.#users?.close();
      this.#book.close();
      await ready?.release();
      out?.removeEmpty();
    }
  }

  /** The target, and a client that is warm by the time it is there: starting an emulator takes a while itself. */
  async #makeReady(): Promise<ReadyTarget> {
    const readying = this.#admitted.makeReady();
    // Told below; until then nobody is there to be told.
    readying.catch(() => {});
    try {
      if (this.#options.warmUp ?? true) await warmUp(this.#prepared, this.#clock);
    } catch (error) {
      this.#fail(error);
    }
    return await readying;
  }

  /** Lists the run beside the others of its folder: in `reports/`, and wherever such a list is kept already. */
  #listed(dir: string): string | undefined {
    const folder = dirname(dir);
    const kept = this.#options.out === undefined || hasIndex(folder);
    return kept ? rewriteIndex(folder) : undefined;
  }

  /** Runs the plan into a record. */
  async #record(dir: string, { target, key, clientCertificate, release }: ReadyTarget) {
    const clock = this.#clock;
    const random = seededRandom(this.plan.seed);
    const door = new Door(target, this.#approved, clock, this.#seams, clientCertificate);
    const { bounds } = this.#approved;
    const pacer = new ConnectPacer(
      bounds.connectsPerSecond,
      clock,
      random.fork("connect"),
      isKlarnaEnvironment(bounds.environment) ? micros(this.#admittedAt + APART_US) : undefined,
    );
    const lanes = bounds.categories.map(
      (category) =>
        new GuardedLane(
          category,
          bounds,
          {
            door,
            origin: target.origin,
            key,
            clock,
            onConnect: (result) => {
              if (result.kind === "open") this.#killSwitch.observeConnected();
              else
                this.#stop(this.#killSwitch.observeConnectFailure(result.failure, result.detail));
            },
            onError: (error) => this.#fail(error),
            onLine: () => this.#open?.wake(),
          },
          pacer,
        ),
    );
    this.#lanes = lanes;
    this.#unwatch = keepWatch(this.#stopFile, this.#killSwitch, clock, (reason) =>
      this.#stop(reason),
    );
    if (!this.#stopped && this.#fault === undefined) {
      const fill = fillLanes(lanes);
      this.#endFill = fill.end;
      await fill.done;
    }

    const { workload } = this.plan;
    // Due times alone are kept loosely: deadlines and connects cost nothing to keep as they are.
    const pacing = this.plan.profile.workload.pacing === "relaxed" ? relaxedClock(clock) : clock;
    if (workload.model === "closed" && !this.#stopped && this.#fault === undefined) {
      this.#users = await VirtualUsers.start(
        packageFiles().usersScript,
        workload,
        this.plan.longest,
        pacing,
      );
    }

    const startedMs = clock.wallMs() + SETTLE_US / 1000;
    const intervalUs = recordIntervalUs(this.plan.duration);
    const manifest = runManifest({
      id: this.#id,
      plan: this.plan,
      approved: this.#approved,
      quotas: this.#prepared.quotas,
      origin: target.origin,
      audit: this.#book.began(dir),
      permit: this.#prepared.facts.permit?.label ?? null,
      tags: this.#options.tags ?? {},
      command: this.#options.command,
      env: this.#surroundings.env,
      warnings: this.#warnings,
      comparison: this.#options.comparison ?? null,
    });
    const writer = await RecordWriter.create(join(dir, "record"), {
      startedWallMs: startedMs,
      intervalUs,
      run: manifest,
    });
    // Only now: writing to the ledger and making the record can take longer than the run has to settle.
    const origin = micros(clock.now() + SETTLE_US);
    const recorder = new Recorder(
      writer,
      origin,
      intervalUs,
      this.plan.profile.kind === "rate-limit-drill",
    );
    this.#recorder = recorder;

    const performer = new BoundPerformer({
      plan: this.plan,
      client: new KlarnaClient(this.#prepared.account, target.origin),
      lanes: new Map<string, GuardedLane>(lanes.map((lane) => [lane.category, lane])),
      killSwitch: this.#killSwitch,
      allowance: new RequestAllowance(this.#approved),
      book: this.#book,
      watch: this.#watch,
      addressWatch: this.#addressWatch,
      clock,
      random: random.fork("steering"),
      idempotencyKey: idempotencyKeys(),
      onStop: (reason) => this.#stop(reason),
    });
    const aborts = abortWatch(
      this.plan.profile.thresholds,
      () => this.#open?.awaitsSteady ?? false,
      (reason) => this.#stop(reason),
    );
    const sink = new RecordingSink(recorder, clock, aborts);
    const arrivalValues = rowValues(this.plan, random);
    const open = new OpenRun({
      workload,
      clock: pacing,
      random,
      lanes,
      performer,
      sink: this.#users?.listeningTo(sink) ?? sink,
      origin,
      arrivalValues,
      ...(workload.model === "closed" ? { feedOf: this.#closedFeed(workload, random) } : {}),
    });
    this.#open = open;
    const end = await this.#untilEnd(open, origin);
    this.#unwatch();
    if (end.setUpFailure !== undefined) this.#stopped ??= setUpFailed(end.setUpFailure);
    for (const lane of lanes) lane.close();
    await this.#users?.stop();
    if (this.#stopped) recorder.stop({ at: end.endedAt, ...this.#stopped });
    recorder.close();
    const closed = await writer.close(this.#endRecord(startedMs, end, door));
    await release();
    return closed.dir;
  }

  /** Journeys of the virtual users, who may begin with the plan. */
  #closedFeed(workload: ClosedWorkload, random: Random): FeedOf {
    return (origin, values, number) => {
      const feed = new ClosedFeed(workload, random, origin, values, number);
      this.#users?.drive(feed, () => this.#open?.wake());
      return feed;
    };
  }

  /** Runs to the end, unless something stopped the run before it began. A fault ends it and is thrown once the record is safe. */
  async #untilEnd(open: OpenRun<GuardedConnection>, origin: RunEnd["origin"]): Promise<RunEnd> {
    const nothing: RunEnd = {
      origin,
      endedAt: origin,
      neverArrived: this.plan.requests,
      arrivalsFrom: undefined,
      cleanUpFrom: undefined,
      setUpFailure: undefined,
      cleanUp: undefined,
    };
    if (this.#stopped || this.#fault !== undefined) return nothing;
    try {
      return await open.run();
    } catch (error) {
      this.#fail(error);
      return { ...nothing, endedAt: this.#clock.now(), neverArrived: 0 };
    }
  }

  #endRecord(startedMs: number, end: RunEnd, door: Door): RunEndRecord {
    const caps = new Map(
      this.#approved.bounds.categories.map((bounds) => [
        String(bounds.category),
        highestCap(bounds),
      ]),
    );
    const endedMs = startedMs + (end.endedAt - end.origin) / 1000;
    return {
      startedAt: new Date(startedMs).toISOString(),
      endedAt: new Date(Math.max(startedMs, endedMs)).toISOString(),
      interrupted: this.#stopped?.verdict === "interrupted",
      invalid: this.#invalidReason(),
      neverArrived: end.neverArrived,
      arrivalsFromUs: (end.arrivalsFrom ?? end.endedAt) - end.origin,
      cleanUpFromUs: end.cleanUpFrom === undefined ? null : end.cleanUpFrom - end.origin,
      cleanUp: end.cleanUp === undefined ? null : leftBehind(end.cleanUp, this.#waysToCleanUp()),
      rateLimits: this.#watch
        .seen()
        .map((seen) => ({ ...seen, capPerSecond: caps.get(seen.category) ?? 0 })),
      guard: {
        addresses: [...door.addresses],
        connectionsOpened: door.opened,
        connectFailures: door.failures,
        connectFailureKinds: { ...door.failuresByKind },
      },
      warnings: this.#addressWatch.warnings(),
    };
  }

  #waysToCleanUp(): string[] {
    const ways = this.plan.workload.cleanUp?.ways ?? [];
    return ways.map(({ steps: [step] }) => step.operation);
  }

  #invalidReason(): string | null {
    if (this.#fault !== undefined)
      return "the program failed while it ran: its figures mean nothing";
    return this.#stopped?.verdict === "invalid" ? this.#stopped.text : null;
  }

  #stop(reason: StopReason | undefined): void {
    if (!reason) return;
    const first = this.#stopped === undefined;
    this.#stopped ??= reason;
    if (first) this.#endNow();
    if (reason.code !== "STOP_PROTECTION_RULE") return;
    try {
      // At once: the cool-down must outlive whatever happens to this process next.
      this.#book.tripped(reason.code);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#fault ??= error;
    this.#endNow();
  }

  #endNow(): void {
    if (this.#open) this.#open.stop();
    else this.#endFill();
  }

  #exitCode({ verdict, interrupted }: Report): ExitCode {
    if (this.#fault !== undefined) return EXIT.fault;
    if (interrupted) return EXIT.interrupted;
    if (verdict === "inconclusive" && this.#options.acceptInconclusive) return EXIT.passed;
    return EXIT[verdict];
  }
}

function setUpFailed(why: string): StopReason {
  return {
    code: "STOP_SET_UP",
    text: `the set-up did not succeed, and nothing was measured: ${why}`,
    advice:
      "the report lists its requests; run the same steps in a scenario of their own to see more",
    verdict: "invalid",
  };
}
