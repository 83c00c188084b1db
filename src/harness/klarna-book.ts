import { KlarnaPerfError, Refusal } from "../base/errors.ts";
import { BUDGET_REQUESTS } from "../guard/standing.ts";
import type { AuditHead } from "../ledger/audit-entry.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { RunBudget } from "../ledger/run-budget.ts";
import type { RunHold } from "../ledger/run-hold.ts";
import type { Report } from "../report/schema.ts";
import { type RunBook, type RunIdentity, runEnd, runStart } from "./run-book.ts";

/** What a run against Klarna is written down in: it holds the right to run, and nothing is sent that it can't write down first. */
export class KlarnaBook implements RunBook {
  readonly #ledger: Ledger;
  readonly #hold: RunHold;
  readonly #identity: RunIdentity;
  readonly #budget: RunBudget;
  #closed = false;

  /** Takes over `ledger` and `hold`: both are released by `close`. */
  constructor(
    ledger: Ledger,
    hold: RunHold,
    identity: RunIdentity & { readonly key: string; readonly account: string },
  ) {
    this.#ledger = ledger;
    this.#hold = hold;
    this.#identity = identity;
    const { id: run, key, account } = identity;
    this.#budget = new RunBudget(ledger, { run, key, account });
  }

  began(reportDir: string): AuditHead {
    return this.#ledger.beginRun(runStart(this.#identity, reportDir));
  }

  spend(): void {
    if (this.#budget.take()) return;
    throw new Refusal(
      "GUARD_BUDGET_SPENT",
      `the ${BUDGET_REQUESTS} requests a day of this key and account are spent`,
      {
        hint: "run on the emulator, or wait: each request is free again a day after it was reserved",
      },
    );
  }

  tripped(code: string): void {
    this.#ledger.tripRun(this.#identity.id, code);
  }

  ended(report: Report, exitCode: number): void {
    this.#ledger.endRun(this.#identity.id, runEnd(report, exitCode));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.#budget.close();
    } catch (error) {
      // What could not be given back stays spent, which errs on the safe side.
      if (!(error instanceof KlarnaPerfError)) throw error;
    } finally {
      this.#hold.release();
      this.#ledger.close();
    }
  }
}
