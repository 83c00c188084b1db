import { dirname, join } from "node:path";
import { type Clock, relaxedClock } from "../base/clock.ts";
import { holdCompiler, letCompile } from "../base/compiler.ts";
import { seededRandom } from "../base/random.ts";
import { type Micros, micros, milliseconds } from "../base/units.ts";
import type { DoorSeams } from "../guard/door.ts";
import { KillSwitch } from "../guard/kill-switch.ts";
import type { GuardedLane } from "../guard/lane.ts";
import type { Live } from "../measure/live.ts";
import { RecordWriter } from "../measure/record.ts";
import { recordIntervalUs } from "../measure/record-interval.ts";
import { Recorder } from "../measure/recorder.ts";
import type { Plan } from "../profile/plan.ts";
import { reportFromRecord } from "../report/from-record.ts";
import type { Report } from "../report/schema.ts";
import { AddressWatch } from "./address-watch.ts";
import { Askers } from "./askers.ts";
import { type Clearance, seekClearance } from "./clearance.ts";
import { type ClientModule, clientModules } from "./client/modules.ts";
import { endRecord } from "./end-record.ts";
import { exitCodeOf } from "./exit-code.ts";
import { fillLanes } from "./fill.ts";
import { keepWatch } from "./keep-watch.ts";
import { makeWayOut } from "./lanes.ts";
import { makeLoop, untilEnd } from "./loop.ts";
import { runManifest } from "./manifest.ts";
import { makeOutDir, newRunId, type OutDir, writeReports } from "./out-dir.ts";
import type { Prepared, Surroundings } from "./prepare.ts";
import { RateLimitWatch } from "./rate-limit-watch.ts";
import { hasIndex, rewriteIndex } from "./reports-index.ts";
import type { RunOptions, RunResult } from "./run-options.ts";
import { openStateDir } from "./state-dir.ts";
import { Stops } from "./stops.ts";
import type { ReadyTarget } from "./target.ts";
import { renderViews } from "./views.ts";
import { warmUp } from "./warm-up.ts";

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
  readonly #clearance: Clearance;
  readonly #modules: readonly ClientModule[];
  readonly #seams: DoorSeams | undefined;
  readonly #killSwitch: KillSwitch;
  readonly #stops: Stops;
  readonly #stopFile: string;
  readonly #clearedAt: Micros;
  #lanes: readonly GuardedLane[] = [];
  #recorder: Recorder | undefined;
  /** Has the run loop look again. */
  #wake = (): void => {};
  /** Ends the watch over stop file and clocks. */
  #unwatch = (): void => {};
  #askers: Askers | undefined;

  /**
   * Gets the guard's approval, which is written down, and everything that the run has to hold.
   *
   * @param seams stand in for the network in tests; no option, file or variable reaches them
   * @throws Refusal when the guard does not allow the run: no socket has been opened then
   */
  static async withClearance(
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
    const modules = clientModules(prepared, options.allowClient ?? false);
    const { emulatorUrl, keys, clientCertificate } = options;
    const clearance = await seekClearance({
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
    const inHand = { id, stopFile, warnings, clearance, modules, seams };
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
      readonly clearance: Clearance;
      readonly modules: readonly ClientModule[];
      readonly seams: DoorSeams | undefined;
    },
  ) {
    this.plan = prepared.plan;
    this.#prepared = prepared;
    this.#options = options;
    this.#surroundings = surroundings;
    this.#clock = clock;
    this.#clearedAt = clock.now();
    this.#id = inHand.id;
    this.#stopFile = inHand.stopFile;
    this.#warnings = inHand.warnings;
    this.#clearance = inHand.clearance;
    this.#modules = inHand.modules;
    this.#seams = inHand.seams;
    const { approved, book } = inHand.clearance;
    this.#stops = new Stops(book);
    const { environment, relaxedStops } = approved.bounds;
    this.#killSwitch = new KillSwitch(environment, prepared.facts.kind, relaxedStops);
  }

  /** The run as it stands; `undefined` before its first due time. */
  live(): Live | undefined {
    return this.#recorder?.live(this.#clock.now());
  }

  /** Ends the run at once and in order: reports are written. */
  interrupt(): void {
    this.#stops.interrupt();
  }

  /**
   * Runs the plan and writes the reports.
   *
   * @throws UsageError for a folder that can't be used, before anything is opened; Fault where this program or the machine failed
   */
  async execute(): Promise<RunResult> {
    const { book } = this.#clearance;
    let out: OutDir | undefined;
    let ready: ReadyTarget | undefined;
    try {
      out = makeOutDir(this.#options.out, this.#id, this.#surroundings.cwd);
      const { dir } = out;
      ready = await this.#makeReady();
      const recordDir = await this.#record(dir, ready);
      const report = reportFromRecord(recordDir);
      await writeReports(dir, renderViews(report), recordDir);
      const isFault = this.#stops.fault !== undefined;
      const exitCode = exitCodeOf(report, isFault, this.#options.acceptInconclusive ?? false);
      book.ended(report, exitCode);
      // What failed first is what explains the rest.
      if (this.#stops.fault !== undefined) throw this.#stops.fault;
      this.#recorder?.checkAccounting();
      return { report, dir, exitCode, indexProblem: this.#listed(dir) };
    } finally {
      this.#letCompile();
      this.#unwatch();
      for (const lane of this.#lanes) lane.close();
      this.#askers?.close();
      book.close();
      await ready?.release();
      out?.removeEmpty();
    }
  }

  /** The target, and a client that is warm by the time it is there: starting an emulator takes a while itself. */
  async #makeReady(): Promise<ReadyTarget> {
    const readying = this.#clearance.makeReady();
    // Told below; until then nobody is there to be told.
    readying.catch(() => {});
    try {
      const { warmUp: warms = true, rehearsal = this.#prepared, holdsCompiler } = this.#options;
      // Requests of a client's can't be like the plan's before there are any.
      if (warms && this.#modules.length === 0) {
        await warmUp(rehearsal, this.#clock);
        // Only now: what has never run would be interpreted from the first request to the last.
        if (holdsCompiler) holdCompiler();
      }
    } catch (error) {
      this.#stops.fail(error);
    }
    return await readying;
  }

  /** Has the program compile again what it runs often, if that was held. */
  #letCompile(): void {
    if (this.#options.holdsCompiler) letCompile();
  }

  /** Lists the run beside the others of its folder: in `reports/`, and wherever such a list is kept already. */
  #listed(dir: string): string | undefined {
    const folder = dirname(dir);
    const kept = this.#options.out === undefined || hasIndex(folder);
    return kept ? rewriteIndex(folder) : undefined;
  }

  /** Runs the plan into a record. */
  async #record(dir: string, ready: ReadyTarget): Promise<string> {
    const clock = this.#clock;
    const stops = this.#stops;
    const random = seededRandom(this.plan.seed);
    const { door, lanes } = makeWayOut({
      ready,
      approved: this.#clearance.approved,
      clearedAt: this.#clearedAt,
      killSwitch: this.#killSwitch,
      stops,
      clock,
      random,
      seams: this.#seams,
      onLine: () => this.#wake(),
    });
    this.#lanes = lanes;
    this.#unwatch = keepWatch(this.#stopFile, this.#killSwitch, clock, (reason) =>
      stops.stop(reason),
    );
    if (!stops.isOver) {
      const fill = fillLanes(lanes, this.#options.fill);
      stops.endBy(fill.end);
      await fill.done;
    }
    // Due times alone are kept loosely: deadlines and connects cost nothing to keep as they are.
    const pacing = this.plan.profile.workload.pacing === "relaxed" ? relaxedClock(clock) : clock;
    const { plan } = this;
    const { approved, book } = this.#clearance;
    const { account } = this.#prepared;
    const [options, modules] = [this.#options, this.#modules];
    const onFailure = (error: Error): void => stops.fail(error);
    const planned = { plan, approved, account };
    const asked = { ...planned, options, modules, clock: pacing, onFailure };
    if (!stops.isOver) this.#askers = await Askers.start(asked);

    const startedMs = clock.wallMs() + SETTLE_US / 1000;
    const writer = await this.#beginRecord(dir, ready, startedMs);
    // Only now: writing to the ledger and making the record can take longer than the run has to settle.
    const origin = micros(clock.now() + SETTLE_US);
    const recorder = this.#recorderFor(writer, origin);
    const [watch, addressWatch] = [new RateLimitWatch(), new AddressWatch()];
    const { source, clients } = this.#askers ?? {};
    const made = { ...planned, target: ready.target, source, clients };
    const told = { killSwitch: this.#killSwitch, stops, book, watch, addressWatch, recorder };
    const loop = { ...made, ...told, lanes, clock, pacing, random, origin };
    const open = makeLoop(loop);
    this.#wake = () => open.wake();
    stops.endBy(() => open.stop());
    const end = await untilEnd(open, loop);
    this.#letCompile();
    this.#unwatch();
    if (end.setUpFailure !== undefined) stops.setUpFailed(end.setUpFailure);
    for (const lane of lanes) lane.close();
    await this.#askers?.stop();
    if (stops.reason) recorder.stop({ at: end.endedAt, ...stops.reason });
    recorder.close();
    const parts = { plan, approved, startedMs, end, stops, door, watch, addressWatch };
    const last = endRecord(parts);
    const closed = await writer.close(this.#askers?.end(last) ?? last);
    await ready.release();
    return closed.dir;
  }

  /** Writes the run down, in the ledger and in a new record. */
  async #beginRecord(dir: string, { target }: ReadyTarget, startedWallMs: number) {
    const { approved, book } = this.#clearance;
    const options = this.#options;
    const manifest = runManifest({
      id: this.#id,
      plan: this.plan,
      approved,
      quotas: this.#prepared.quotas,
      origin: target.origin,
      audit: book.began(dir),
      permit: this.#prepared.facts.permit?.label ?? null,
      tags: options.tags ?? {},
      command: options.command,
      env: this.#surroundings.env,
      warnings: this.#warnings,
      comparison: options.comparison ?? null,
      gate: this.#askers?.begin() ?? null,
    });
    return RecordWriter.create(join(dir, "record"), {
      startedWallMs,
      intervalUs: recordIntervalUs(this.plan.duration),
      run: manifest,
    });
  }

  #recorderFor(writer: RecordWriter, origin: Micros): Recorder {
    const isJudged =
      this.plan.profile.kind === "rate-limit-drill" || !!this.#askers?.source?.record;
    const intervalUs = recordIntervalUs(this.plan.duration);
    this.#recorder = new Recorder(writer, origin, intervalUs, isJudged);
    return this.#recorder;
  }
}
