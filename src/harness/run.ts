import { access } from "node:fs/promises";
import { join } from "node:path";
import type { Cancel, Clock } from "../base/clock.ts";
import { EXIT, type ExitCode } from "../base/errors.ts";
import { seededRandom } from "../base/random.ts";
import { micros, milliseconds } from "../base/units.ts";
import { type ApprovedPlan, approve } from "../guard/approval.ts";
import type { GuardedConnection } from "../guard/connection.ts";
import { Door } from "../guard/door.ts";
import { KillSwitch, type StopReason } from "../guard/kill-switch.ts";
import { ConnectPacer, GuardedLane } from "../guard/lane.ts";
import { KlarnaClient } from "../klarna/client.ts";
import { idempotencyKeys } from "../klarna/idempotency.ts";
import type { Live } from "../measure/live.ts";
import { RecordWriter } from "../measure/record.ts";
import { Recorder, recordIntervalUs } from "../measure/recorder.ts";
import type { Plan } from "../profile/plan.ts";
import { reportFromRecord } from "../report/from-record.ts";
import type { RunEndRecord } from "../report/run-record.ts";
import type { Report } from "../report/schema.ts";
import { OpenRun, type RunEnd } from "../workload/open-run.ts";
import { BoundPerformer } from "./bound-performer.ts";
import { runManifest } from "./manifest.ts";
import { makeOutDir, newRunId, writeReports } from "./out-dir.ts";
import type { Prepared, Surroundings } from "./prepare.ts";
import { RateLimitWatch } from "./rate-limit-watch.ts";
import { RecordingSink } from "./recording-sink.ts";
import { openStateDir } from "./state-dir.ts";
import { type ReadyTarget, readyEmulator } from "./target.ts";
import { renderViews } from "./views.ts";

export interface RunOptions {
  /** The folder for the reports; default `reports/<id>` below the working directory. */
  readonly out?: string;
  /** A running emulator's address; default: one is started for the run. */
  readonly emulatorUrl?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** The command that runs the same again, for the report. */
  readonly command: string;
  readonly acceptInconclusive?: boolean;
}

export interface RunResult {
  readonly report: Report;
  /** Where the reports are. */
  readonly dir: string;
  readonly exitCode: ExitCode;
}

/** How long after everything is ready the first arrival is due: time for what was set in motion to come to rest. */
const SETTLE_US = milliseconds(30);
/** How often the stop file and the clocks are looked at. */
const WATCH_US = milliseconds(200);
/** Connections opened in each lane before the first request is due; a lane that needs more opens them as it goes. */
const FILL_MOST = 64;

/** One run, from an approved plan to its reports. */
export class Run {
  readonly plan: Plan;
  readonly #prepared: Prepared;
  readonly #options: RunOptions;
  readonly #surroundings: Surroundings;
  readonly #clock: Clock;
  readonly #approved: ApprovedPlan;
  readonly #killSwitch: KillSwitch;
  readonly #watch = new RateLimitWatch();
  readonly #warnings: Report["warnings"] = [];
  #recorder: Recorder | undefined;
  #open: OpenRun<GuardedConnection> | undefined;
  #stopped: StopReason | undefined;
  #fault: unknown;

  /**
   * @throws Refusal when the guard does not allow the run; nothing has been opened or written then
   */
  constructor(prepared: Prepared, options: RunOptions, surroundings: Surroundings, clock: Clock) {
    this.#approved = approve(prepared.facts);
    this.plan = prepared.plan;
    this.#prepared = prepared;
    this.#options = options;
    this.#surroundings = surroundings;
    this.#clock = clock;
    this.#killSwitch = new KillSwitch(prepared.facts.environment, prepared.facts.kind);
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
    const id = newRunId(this.plan.profile.name, this.#clock.wallMs());
    const out = makeOutDir(this.#options.out, id, this.#surroundings.cwd);
    try {
      return await this.#executeInto(out.dir, id);
    } finally {
      out.removeEmpty();
    }
  }

  async #executeInto(dir: string, id: string): Promise<RunResult> {
    const state = openStateDir(this.#surroundings.env);
    if (state.problem !== undefined) {
      const text = `the state directory ${state.path} can't be used (${state.problem}): the run goes on without it`;
      this.#warnings.push({ code: "STATE_UNUSABLE", text });
    }
    const ready = await readyEmulator(
      this.#prepared,
      this.#options.emulatorUrl,
      state,
      this.#clock,
    );
    try {
      const { recordDir, warnings } = await this.#record(id, dir, ready, state.path);
      const report = reportFromRecord(recordDir);
      report.warnings.push(...warnings);
      await writeReports(dir, renderViews(report));
      this.#recorder?.checkAccounting();
      if (this.#fault !== undefined) throw this.#fault;
      return { report, dir, exitCode: this.#exitCode(report) };
    } finally {
      await ready.release();
    }
  }

  /** Runs the plan into a record. */
  async #record(id: string, dir: string, { target, key, release }: ReadyTarget, stateDir: string) {
    const clock = this.#clock;
    const random = seededRandom(this.plan.seed);
    const door = new Door(target, this.#approved, clock);
    const { bounds } = this.#approved;
    const pacer = new ConnectPacer(bounds.connectsPerSecond, clock, random.fork("connect"));
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
    await Promise.all(lanes.map((lane) => lane.fill(FILL_MOST)));

    const origin = micros(clock.now() + SETTLE_US);
    const startedMs = clock.wallMs() + SETTLE_US / 1000;
    const intervalUs = recordIntervalUs(this.plan.duration);
    const manifest = runManifest({
      id,
      plan: this.plan,
      approved: this.#approved,
      origin: target.origin,
      permit: this.#prepared.facts.permit?.label ?? null,
      tags: this.#options.tags ?? {},
      command: this.#options.command,
      env: this.#surroundings.env,
      warnings: this.#warnings,
    });
    const writer = await RecordWriter.create(join(dir, "record"), {
      startedWallMs: startedMs,
      intervalUs,
      run: manifest,
    });
    const recorder = new Recorder(writer, origin, intervalUs);
    this.#recorder = recorder;

    const byCategory = new Map<string, GuardedLane>(lanes.map((lane) => [lane.category, lane]));
    const performer = new BoundPerformer({
      plan: this.plan,
      client: new KlarnaClient(this.#prepared.account),
      lanes: byCategory,
      killSwitch: this.#killSwitch,
      watch: this.#watch,
      clock,
      random: random.fork("steering"),
      idempotencyKey: idempotencyKeys(),
      onStop: (reason) => this.#stop(reason),
    });
    const open = new OpenRun({
      workload: this.plan.workload,
      clock,
      random,
      lanes,
      performer,
      sink: new RecordingSink(recorder, clock),
      origin,
    });
    this.#open = open;
    const unwatch = this.#keepWatch(join(stateDir, "STOP"));
    const end = await this.#untilEnd(open, origin);
    unwatch();
    for (const lane of lanes) lane.close();
    if (this.#stopped) recorder.stop({ at: end.endedAt, ...this.#stopped });
    recorder.close();
    const closed = await writer.close(this.#endRecord(startedMs, end, door));
    await release();
    return { recordDir: closed.dir, warnings: closed.warnings.map((one) => ({ ...one })) };
  }

  /** Runs to the end, unless something stopped the run before it began. A fault ends it and is thrown once the record is safe. */
  async #untilEnd(open: OpenRun<GuardedConnection>, origin: RunEnd["origin"]): Promise<RunEnd> {
    const nothing = { origin, endedAt: origin, neverArrived: this.plan.requests };
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
      this.#approved.bounds.categories.map(({ category, capPerSecond }) => [
        String(category),
        capPerSecond,
      ]),
    );
    const endedMs = startedMs + (end.endedAt - end.origin) / 1000;
    return {
      startedAt: new Date(startedMs).toISOString(),
      endedAt: new Date(Math.max(startedMs, endedMs)).toISOString(),
      interrupted: this.#stopped?.verdict === "interrupted",
      invalid: this.#stopped?.verdict === "invalid" ? this.#stopped.text : null,
      neverArrived: end.neverArrived,
      rateLimits: this.#watch
        .seen()
        .map((seen) => ({ ...seen, capPerSecond: caps.get(seen.category) ?? 0 })),
      guard: {
        addresses: [...door.addresses],
        connectionsOpened: door.opened,
        connectFailures: door.failures,
      },
      warnings: [],
    };
  }

  /** Looks at the stop file and the clocks while the run goes on. */
  #keepWatch(stopFile: string): Cancel {
    const clock = this.#clock;
    let cancel: Cancel = () => {};
    const look = (): void => {
      this.#stop(this.#killSwitch.observeClocks(clock.now(), clock.wallMs()));
      access(stopFile).then(
        () =>
          this.#stop({
            code: "STOP_FILE",
            text: "the stop file is there",
            advice: `remove ${stopFile} when runs may go on`,
            verdict: "stopped",
          }),
        () => {},
      );
      cancel = clock.atCoarse(micros(clock.now() + WATCH_US), look);
    };
    look();
    return () => cancel();
  }

  #stop(reason: StopReason | undefined): void {
    if (!reason || this.#stopped) return;
    this.#stopped = reason;
    this.#open?.stop();
  }

  #fail(error: unknown): void {
    this.#fault ??= error;
    this.#open?.stop();
  }

  #exitCode({ verdict, interrupted }: Report): ExitCode {
    if (interrupted) return EXIT.interrupted;
    if (verdict === "inconclusive" && this.#options.acceptInconclusive) return EXIT.passed;
    return EXIT[verdict];
  }
}
