import type { Clock } from "../base/clock.ts";
import { KlarnaPerfError } from "../base/errors.ts";
import { visible } from "../guard/foreign-text.ts";
import type { AppendedEntry, AuditHead } from "../ledger/audit-entry.ts";
import { type Ledger, openLedger } from "../ledger/ledger.ts";
import type { Report } from "../report/schema.ts";
import { type RunBook, type RunIdentity, runEnd, runStart } from "./run-book.ts";
import type { StateDir } from "./state-dir.ts";

/**
 * Writes down what never reaches Klarna: runs on the emulator, and refusals. Goes on without a ledger: what fails
 * becomes a warning of the run's report, and nothing further is tried.
 */
export class RunHistory implements RunBook {
  readonly #identity: RunIdentity;
  readonly #warnings: Report["warnings"];
  #ledger: Ledger | undefined;

  /** @param warnings takes what goes wrong */
  constructor(identity: RunIdentity, state: StateDir, clock: Clock, warnings: Report["warnings"]) {
    this.#identity = identity;
    this.#warnings = warnings;
    if (state.problem === undefined) {
      this.#ledger = this.#orWarn(() => openLedger(state.path, clock));
    } else {
      this.#warn(`the state directory ${visible(state.path)} can't be used: ${state.problem}`);
    }
  }

  note(entry: AppendedEntry): void {
    this.#tried((ledger) => ledger.appendAudit(entry));
  }

  began(reportDir: string): AuditHead | null {
    return this.#tried((ledger) => ledger.beginRun(runStart(this.#identity, reportDir))) ?? null;
  }

  /** The emulator has no daily budget. */
  spend(): void {}

  tripped(code: string): void {
    this.#tried((ledger) => ledger.tripRun(this.#identity.id, code));
  }

  ended(report: Report, exitCode: number): void {
    this.#tried((ledger) => ledger.endRun(this.#identity.id, runEnd(report, exitCode)));
  }

  close(): void {
    this.#ledger?.close();
    this.#ledger = undefined;
  }

  #tried<T>(work: (ledger: Ledger) => T): T | undefined {
    const ledger = this.#ledger;
    return ledger && this.#orWarn(() => work(ledger));
  }

  #orWarn<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof KlarnaPerfError)) throw error;
      this.close();
      this.#warn(`${error.code}: ${error.message}`);
      return undefined;
    }
  }

  #warn(why: string): void {
    this.#warnings.push({ code: "NO_HISTORY", text: `this run is in no history: ${why}` });
  }
}
