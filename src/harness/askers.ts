import type { Clock } from "../base/clock.ts";
import type { ApprovedPlan } from "../guard/approval.ts";
import type { Plan } from "../profile/plan.ts";
import type { RunEndRecord, RunManifest } from "../report/run-record.ts";
import { Clients } from "./client/clients.ts";
import type { ClientModule } from "./client/modules.ts";
import { packageFiles } from "./package-files.ts";
import type { RunOptions } from "./run-options.ts";
import type { Source } from "./source.ts";
import { VirtualUsers } from "./virtual-users.ts";

export interface AskerParts {
  readonly plan: Plan;
  readonly approved: ApprovedPlan;
  readonly account: string | undefined;
  readonly options: Pick<RunOptions, "source">;
  readonly modules: readonly ClientModule[];
  readonly clock: Clock;
  /** The run can't go on. */
  readonly onFailure: (error: Error) => void;
}

/** Whoever asks for what a plan's schedule does not: journeys whose pace none sets, and requests that are not ours to make. */
export class Askers {
  readonly source: Source | undefined;
  readonly clients: Clients | undefined;

  /** @throws Fault, Refusal or UsageError of those that can't come */
  static async start(parts: AskerParts): Promise<Askers> {
    const source = await sourceOf(parts);
    try {
      return new Askers(source, await clientsOf(parts));
    } catch (error) {
      source?.close();
      throw error;
    }
  }

  private constructor(source: Source | undefined, clients: Clients | undefined) {
    this.source = source;
    this.clients = clients;
  }

  /** Ends them in order, once the run has ended. */
  async stop(): Promise<void> {
    await this.source?.stop();
    this.clients?.close();
  }

  /** Ends them at once, for a run that never came to its end. */
  close(): void {
    this.source?.close();
    this.clients?.close();
  }

  /** What they add to the run's first record. */
  begin(): RunManifest["gate"] {
    return this.source?.record?.begin().gate ?? null;
  }

  /** The run's last record, with what they add to it. */
  end(record: RunEndRecord): RunEndRecord {
    const warnings = [...record.warnings, ...(this.clients?.warnings() ?? [])];
    return { ...record, warnings, ...this.source?.record?.end() };
  }
}

async function sourceOf({
  plan: { workload, longest },
  approved,
  options: { source },
  clock,
}: AskerParts): Promise<Source | undefined> {
  if (source) return source(approved, clock);
  if (workload.model !== "closed") return undefined;
  return VirtualUsers.start(packageFiles().usersScript, workload, longest, clock);
}

async function clientsOf({ modules, ...parts }: AskerParts): Promise<Clients | undefined> {
  const [first, ...others] = modules;
  return first && Clients.start([first, ...others], parts);
}
