import type { Clock } from "../base/clock.ts";
import type { ExitCode } from "../base/errors.ts";
import type { ApprovedPlan } from "../guard/approval.ts";
import type { ClientCertificateFiles } from "../guard/client-certificate.ts";
import type { KeySources } from "../guard/key-source.ts";
import type { ComparisonRequest } from "../report/run-record.ts";
import type { Report } from "../report/schema.ts";
import type { Prepared } from "./prepare.ts";
import type { Source } from "./source.ts";

/** Makes whoever asks for a run's journeys, once the run may begin. */
export type SourceMaker = (approved: ApprovedPlan, clock: Clock) => Promise<Source>;

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
  /** Whether, once warm, the process compiles nothing until the last answer; default false: that is its owner's to say. */
  readonly holdsCompiler?: boolean;
  /** What it is warmed up with; default: the run's own plan. */
  readonly rehearsal?: Prepared;
  /** Connections opened ahead in each lane; default: as many as are sure to be needed. */
  readonly fill?: number;
  /** What the run is compared with, as `comparisonRequest` makes it. */
  readonly comparison?: ComparisonRequest;
  /** Whether functions of the profile's own may be run, where steps name any; default false. */
  readonly allowClient?: boolean;
  /** Where a key for Klarna may come from; without it no run goes there. */
  readonly keys?: KeySources;
  /** Who asks for the journeys; default: the plan's schedule, or virtual users. */
  readonly source?: SourceMaker;
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
