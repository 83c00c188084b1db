import type { Clock } from "../base/clock.ts";
import { KlarnaPerfError, Refusal, UsageError } from "../base/errors.ts";
import { type ApprovedPlan, approve } from "../guard/approval.ts";
import {
  type ClientCertificate,
  type ClientCertificateFiles,
  readClientCertificate,
} from "../guard/client-certificate.ts";
import { isKlarnaEnvironment, klarnaTarget } from "../guard/environments.ts";
import { fingerprint } from "../guard/fingerprint.ts";
import { type KeySources, readKey } from "../guard/key-source.ts";
import type { RunFacts } from "../guard/run-facts.ts";
import { openLedger } from "../ledger/ledger.ts";
import type { RunHold } from "../ledger/run-hold.ts";
import type { Report } from "../report/schema.ts";
import { refuseStopFile } from "./keep-watch.ts";
import { KlarnaBook } from "./klarna-book.ts";
import type { Prepared } from "./prepare.ts";
import { decisionEntry, type RunBook, type RunIdentity } from "./run-book.ts";
import { RunHistory } from "./run-history.ts";
import type { StateDir } from "./state-dir.ts";
import { type ReadyTarget, readyEmulator } from "./target.ts";

/** A run that may begin. */
export interface Clearance {
  readonly approved: ApprovedPlan;
  readonly book: RunBook;
  /** Starts the emulator, where the run needs one of its own. Opens no connection. */
  makeReady(): Promise<ReadyTarget>;
}

export interface ClearanceRequest {
  readonly prepared: Prepared;
  /** The run's id. */
  readonly id: string;
  readonly state: StateDir;
  /** No run begins while this file is there. */
  readonly stopFile: string;
  readonly clock: Clock;
  /** Takes what the run's report should warn of. */
  readonly warnings: Report["warnings"];
  readonly emulatorUrl: string | undefined;
  /** Where a key may come from; without it no run goes to Klarna. */
  readonly keys: KeySources | undefined;
  readonly clientCertificate: ClientCertificateFiles | undefined;
}

/**
 * Asks the guard whether a run may begin, and writes its answer down. Opens no socket.
 *
 * Against Klarna, in this order: what can be judged without a key; the ledger; the key; the right to be the one run;
 * what the ledger knows of key and account. A key is read only for a run that nothing else forbids.
 *
 * @throws Refusal for a run that may not begin; UsageError `KEY_…` where there is no one key
 */
export async function seekClearance(request: ClearanceRequest): Promise<Clearance> {
  const { facts, decision } = request.prepared;
  return decision.allowed && isKlarnaEnvironment(facts.environment)
    ? clearForKlarna(request)
    : clearForEmulator(request);
}

/** A run on the emulator; or one that is refused, wherever it was to go. */
async function clearForEmulator(request: ClearanceRequest): Promise<Clearance> {
  const { prepared, id, state, clock, warnings, emulatorUrl } = request;
  const { plan, facts, decision } = prepared;
  const identity: RunIdentity = { id, plan, key: null, account: null };
  const history = new RunHistory(identity, state, clock, warnings);
  try {
    history.note(decisionEntry(identity, facts.permit, decision));
    const approved = approve(facts);
    refuseStopFile(request.stopFile);
    return {
      approved,
      book: history,
      makeReady: () => readyEmulator(plan, emulatorUrl, state, clock),
    };
  } catch (error) {
    history.close();
    throw error;
  }
}

async function clearForKlarna(request: ClearanceRequest): Promise<Clearance> {
  const { prepared, id, state, clock, warnings, keys } = request;
  const { plan } = prepared;
  const { environment, permit } = prepared.facts;
  if (!isKlarnaEnvironment(environment) || permit === undefined || keys === undefined) {
    throw new UsageError(
      "USAGE_COMMAND_LINE_ONLY",
      "runs against Klarna are for the command line",
      {
        hint: "the lock is whole only in a process of its own: use klarna-perf run",
      },
    );
  }
  const account = fingerprint(permit.account);
  let identity: RunIdentity = { id, plan, key: null, account };
  const ledger = openLedger(state.path, clock);
  let hold: RunHold | undefined;
  try {
    refuseStopFile(request.stopFile);
    const { key, warning } = await readKey(keys, clock);
    if (warning !== undefined) warnings.push({ code: "KEY_FILE_OPEN", text: warning });
    const { certificate } = readCertificate(request);
    const known = { id, plan, key: key.fingerprint, account };
    identity = known;
    hold = ledger.tryHoldRun();
    if (hold === undefined) throw inProgress();
    // Asked only now: reading the key may have taken a minute, and another run may have ended meanwhile.
    const nowMs = clock.wallMs();
    const standing = ledger.standing({ key: known.key, account, environment, nowMs });
    const facts: RunFacts = { ...prepared.facts, nowMs, standing };
    const approved = approve(facts);
    ledger.appendAudit(decisionEntry(identity, permit, { allowed: true }));
    const target = klarnaTarget(environment);
    return {
      approved,
      book: new KlarnaBook(ledger, hold, known),
      makeReady: async () => ({
        target,
        key,
        ...(certificate === undefined ? {} : { clientCertificate: certificate }),
        release: async () => {},
      }),
    };
  } catch (error) {
    try {
      if (error instanceof Refusal) {
        const refused = { allowed: false, code: error.code };
        ledger.appendAudit(decisionEntry(identity, permit, refused));
      }
    } catch (unwritten) {
      // Why the run was refused matters more than that it could not be written down.
      if (!(unwritten instanceof KlarnaPerfError)) throw unwritten;
    } finally {
      hold?.release();
      ledger.close();
    }
    throw error;
  }
}

function readCertificate({ clientCertificate: files, clock, warnings }: ClearanceRequest): {
  readonly certificate?: ClientCertificate;
} {
  if (files === undefined) return {};
  const { certificate, warning } = readClientCertificate(files, clock.wallMs());
  if (warning !== undefined) warnings.push({ code: "KEY_FILE_OPEN", text: warning });
  return { certificate };
}

function inProgress(): Refusal {
  return new Refusal("GUARD_RUN_IN_PROGRESS", "another run against Klarna is under way", {
    hint: "wait for its end: one runs at a time from this state directory",
  });
}
