import type { Decision } from "../guard/decide.ts";
import type { Permit } from "../guard/permit.ts";
import type { AppendedEntry, AuditHead } from "../ledger/audit-entry.ts";
import type { RunEnd, RunStart } from "../ledger/runs.ts";
import { profileHash } from "../profile/hash.ts";
import type { Plan } from "../profile/plan.ts";
import type { Report } from "../report/schema.ts";
import { historyFigures } from "./trends.ts";

/** Where a run is written down as it goes, and asked for each request's part of the daily budget. */
export interface RunBook {
  /** @returns the audit log's head with this run in it, for the run's report; null where there is none */
  began(reportDir: string): AuditHead | null;
  /** Spends one request. @throws Refusal when there is none left, or it can't be written down; the request must not be sent then */
  spend(): void;
  /** A protection rule ended the run. */
  tripped(code: string): void;
  ended(report: Report, exitCode: number): void;
  /** Lets go of everything; does nothing the second time. Nothing may be sent afterwards. */
  close(): void;
}

/** What a run is, as ledger and audit log name it. */
export interface RunIdentity {
  readonly id: string;
  readonly plan: Plan;
  /** Fingerprints; null on the emulator, which is asked with a key made for the run. */
  readonly key: string | null;
  readonly account: string | null;
}

function whatRan({ plan, key, account }: RunIdentity) {
  return {
    profile: plan.profile.name,
    profileHash: profileHash(plan.profile),
    kind: plan.profile.kind,
    environment: plan.environment,
    key,
    account,
  };
}

export function decisionEntry(
  identity: RunIdentity,
  permit: Permit | undefined,
  decision: Pick<Decision, "allowed"> & { readonly code?: string },
): AppendedEntry {
  return {
    event: "decision",
    run: identity.id,
    ...whatRan(identity),
    permit: permit?.label ?? null,
    requests: identity.plan.requestsAtMost,
    allowed: decision.allowed,
    code: decision.code ?? "ALLOWED",
  };
}

export function runStart(identity: RunIdentity, reportDir: string): RunStart {
  return { id: identity.id, ...whatRan(identity), reportDir };
}

/** A run's end with its figures. */
export function runEnd(report: Report, exitCode: number): RunEnd {
  const { verdict, totals } = report;
  return { verdict, exitCode, sent: totals.sent, figures: historyFigures(report) };
}
