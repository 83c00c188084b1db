import type { Clock } from "../../base/clock.ts";
import type { DoorSeams } from "../../guard/door.ts";
import { isKlarnaEnvironment } from "../../guard/environments.ts";
import type { Surroundings } from "../prepare.ts";
import { Run } from "../run.ts";
import type { RunOptions, RunResult } from "../run-options.ts";
import { Application, type ApplicationParts } from "./application.ts";
import { permissionOf } from "./permission.ts";
import type { PreparedGate } from "./prepare.ts";

export type GateSettings = Pick<ApplicationParts, "profile" | "port" | "idle" | "news">;

/** Connections of each category that are open before anybody comes: on the emulator, where they cost nothing. */
const FILL = 4;

/** A run whose requests are an application's own. */
export class Gate {
  readonly #run: Run;
  readonly #application: { current: Application | undefined };
  #finished = false;

  /**
   * As `Run.withClearance` does it.
   *
   * @throws Refusal when the guard does not allow it: nothing listens then
   */
  static async withClearance(
    prepared: PreparedGate,
    options: RunOptions,
    around: Surroundings,
    clock: Clock,
    settings: GateSettings,
    seams?: DoorSeams,
  ): Promise<Gate> {
    const { plan, account } = prepared;
    const permission = permissionOf(plan, account, settings.profile);
    const application: { current: Application | undefined } = { current: undefined };
    const source: NonNullable<RunOptions["source"]> = async (approved, pacing) => {
      const parts = { ...settings, plan, approved, permission, clock: pacing };
      application.current = await Application.start(parts);
      return application.current;
    };
    const { rehearsal } = prepared;
    const fill = isKlarnaEnvironment(plan.environment) ? 0 : FILL;
    const own = { ...options, source, rehearsal, fill };
    const run = await Run.withClearance(prepared, own, around, clock, seams);
    return new Gate(run, application);
  }

  private constructor(run: Run, application: { current: Application | undefined }) {
    this.#run = run;
    this.#application = application;
  }

  /** Until it is finished, idle, or has passed on all that it may; then its reports are written. */
  execute(): Promise<RunResult> {
    return this.#run.execute();
  }

  /** Passes nothing new on, and lets what is under way end. Before anything could come, it ends the run. */
  finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    if (this.#application.current) this.#application.current.finish("it was stopped");
    else this.#run.interrupt();
  }
}
