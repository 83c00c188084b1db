import { withinBursts, withinCategories, withinTotals } from "./ceiling-rules.ts";
import { isKlarnaEnvironment, servesFamily } from "./environments.ts";
import type { RelaxableStop } from "./kill-switch.ts";
import { findLiveMarkerIn } from "./live-markers.ts";
import { permitProblem } from "./permit.ts";
import type { Refused, Rule, RunFacts } from "./run-facts.ts";
import { standingProblem } from "./standing.ts";

/** All of them are asked, in this order. */
export const RUN_RULES: readonly Rule[] = [
  function noLiveSign({ profile, account }) {
    const live = findLiveMarkerIn(profile) ?? findLiveMarkerIn(account);
    return live
      ? {
          code: "GUARD_LIVE_MARKER",
          text: `the profile or the account shows a sign of live: ${live.marker}`,
          hint: "take it out: nothing of Klarna's live environment may stand in a run",
        }
      : { code: "LIVE_MARKER", text: "no sign of Klarna's live environment in profile or account" };
  },
  function operationsAllowed({ operations, environment }) {
    const refused: Refused[] = [];
    const elsewhere = operations.filter(({ family }) => !servesFamily(environment, family));
    if (elsewhere.length > 0) {
      refused.push({
        code: "GUARD_OPERATION_OTHER_HOST",
        text: `${environment} does not serve ${namesOf(elsewhere)}`,
        hint: "Klarna Network operations go to klarna-test, the older merchant APIs to a playground",
      });
    }
    const banned = operations.filter(({ allowedOn }) => allowedOn !== "everywhere");
    if (isKlarnaEnvironment(environment) && banned.length > 0) {
      refused.push({
        code: "GUARD_OPERATION_EMULATOR_ONLY",
        text: `${namesOf(banned)} may run on the emulator only`,
        hint: "run this profile with --env emulator",
      });
    }
    return refused.length > 0
      ? refused
      : { code: "OPERATIONS", text: "every operation may run here" };
  },
  function permitHolds({ environment, permit, nowMs, account, level }) {
    if (!isKlarnaEnvironment(environment))
      return { code: "PERMIT", text: "the emulator needs no permit" };
    if (!permit) {
      return {
        code: "GUARD_PERMIT_MISSING",
        text: `a run against ${environment} needs a permit`,
        hint: "name one with --permit <file>; docs/safety.md shows what it holds and who may sign it",
      };
    }
    const problem = permitProblem(permit, nowMs);
    if (problem !== undefined) {
      return {
        code: "GUARD_PERMIT_NOT_VALID",
        text: `the permit \`${permit.label}\` does not hold: ${problem}`,
        hint: "read Klarna's current guidelines and make a new one",
      };
    }
    if (permit.level !== level || (account !== undefined && permit.account !== account)) {
      return {
        code: "GUARD_PERMIT_OTHER_ACCOUNT",
        text: `the permit \`${permit.label}\` is for another account or level`,
        hint: "use the permit of the account that you name with --account",
      };
    }
    return { code: "PERMIT", text: `permit ${permit.label}, until ${permit.validUntil}` };
  },
  function consentHeld({ environment, kind, permit }) {
    if (isKlarnaEnvironment(environment) && kind === "baseline" && !permit?.klarnaReference) {
      return {
        code: "GUARD_CONSENT_MISSING",
        text: "a baseline against Klarna needs Klarna's written consent",
        hint: "put its reference in the permit as klarnaReference, or run the baseline on the emulator",
      };
    }
    return {
      code: "CONSENT",
      text: "no written consent of Klarna's is needed, or it is in the permit",
    };
  },
  function runtimeSound({ environment, weakeningSettings }) {
    if (isKlarnaEnvironment(environment) && weakeningSettings.length !== 0) {
      return {
        code: "GUARD_RUNTIME_WEAKENED",
        text: `this process runs with ${weakeningSettings.join(", ")}`,
        hint: "unset it and run again: it can see a key, weaken TLS or run code before the lock",
      };
    }
    return { code: "RUNTIME", text: "no setting of this process weakens the lock" };
  },
  function stopsKept({ environment, relaxedStops }) {
    if (relaxedStops.length === 0) return { code: "STOPS", text: "every stop is on" };
    const off = relaxedStops.map((stop) => STOPS[stop]).join(" and ");
    return isKlarnaEnvironment(environment)
      ? {
          code: "GUARD_STOPS_RELAXED",
          text: `the profile turns off the stop at ${off}`,
          hint: "every stop stays on for Klarna's environments: take it out of `stops`, or put `stops` under `environments: { emulator: … }`",
        }
      : { code: "STOPS", text: `the profile turns off the stop at ${off}; every other stop is on` };
  },
  withinTotals,
  withinCategories,
  withinBursts,
  function standingGood({ environment, permit, standing, kind, requests, nowMs }) {
    if (!isKlarnaEnvironment(environment)) {
      return { code: "LEDGER", text: "the emulator has no budget and no cool-down" };
    }
    if (!standing) {
      // Without a permit there is no account to ask about, and its rule has said so.
      if (!permit) return [];
      return {
        code: "GUARD_LEDGER_UNAVAILABLE",
        text: "the ledger was not asked for the daily budget and the cool-downs",
        hint: "give a permit with --permit: its account is what the ledger is asked about",
      };
    }
    if ("code" in standing) {
      const { code, text, hint } = standing;
      return { code, text, hint };
    }
    return (
      standingProblem(standing, { kind, environment, requests, nowMs }) ?? {
        code: "LEDGER",
        text: `within the daily budget, of which ${standing.budgetLeft} requests are left, and no cool-down runs`,
      }
    );
  },
];

/** The stops that a profile may turn off, in words. */
const STOPS: Readonly<Record<RelaxableStop, string>> = {
  throttled: "a cluster of 429 answers",
  errors: "errors in more than half of the last requests",
};

function namesOf(operations: RunFacts["operations"]): string {
  return operations.map(({ name }) => name).join(", ");
}
