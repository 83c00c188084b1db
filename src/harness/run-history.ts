import type { Clock } from "../base/clock.ts";
import { KlarnaPerfError } from "../base/errors.ts";
import type { Decision } from "../guard/decide.ts";
import { visible } from "../guard/foreign-text.ts";
import type { AuditHead } from "../ledger/audit-entry.ts";
import { type Ledger, openLedger } from "../ledger/ledger.ts";
import { profileHash } from "../profile/hash.ts";
import type { Report } from "../report/schema.ts";
import type { Prepared } from "./prepare.ts";
import type { StateDir } from "./state-dir.ts";

/**
 * Writes a run on the emulator down in the ledger and the audit log. Such a run goes on without them: what
 * fails becomes a warning of its report, and nothing further is tried.
 */
export class RunHistory {
  readonly #prepared: Prepared;
  readonly #run: string;
  readonly #warnings: Report["warnings"];
  #ledger: Ledger | undefined;

  /** @param warnings takes what goes wrong */
  constructor(
    prepared: Prepared,
    run: string,
    state: StateDir,
    clock: Clock,
    warnings: Report["warnings"],
  ) {
    this.#prepared = prepared;
    this.#run = run;
    this.#warnings = warnings;
    if (state.problem === undefined) {
      this.#ledger = this.#orWarn(() => openLedger(state.path, clock));
    } else {
      this.#warn(`the state directory ${visible(state.path)} can't be used: ${state.problem}`);
    }
  }

  /** Writes the guard's decision down, whatever it was. */
  decided(decision: Decision): void {
    this.#tried((ledger) => {
      const { facts } = this.#prepared;
      return ledger.appendAudit({
        event: "decision",
        ...this.#what(),
        permit: facts.permit?.label ?? null,
        requests: facts.requests,
        allowed: decision.allowed,
        code: decision.allowed ? "ALLOWED" : decision.code,
      });
    });
  }

  /** @returns the audit log's head with this run in it, for the run's report; null without a ledger */
  began(reportDir: string): AuditHead | null {
    const { run: id, ...what } = this.#what();
    return this.#tried((ledger) => ledger.beginRun({ id, ...what, reportDir })) ?? null;
  }

  ended({ verdict, totals, operations }: Report, exitCode: number): void {
    const figures = Object.fromEntries(
      operations
        .slice(0, 10)
        .flatMap(({ name, responseTime: { percentiles } }) =>
          [50, 95].map((p) => [
            `${name} p${p}Us`,
            percentiles.find((one) => one.p === p)?.valueUs ?? null,
          ]),
        ),
    );
    this.#tried((ledger) =>
      ledger.endRun(this.#run, { verdict, exitCode, sent: totals.sent, figures }),
    );
  }

  /** Does nothing the second time. */
  close(): void {
    this.#ledger?.close();
    this.#ledger = undefined;
  }

  #what() {
    const { plan } = this.#prepared;
    return {
      run: this.#run,
      profile: plan.profile.name,
      profileHash: profileHash(plan.profile),
      kind: plan.profile.kind,
      environment: plan.environment,
      // The emulator is asked with a key made for the run: neither says anything.
      key: null,
      account: null,
    };
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
