import { effectiveCap } from "./admission.ts";
import { checkWindows, longestBurst, timeInBursts } from "./cap-schedule.ts";
import type { RunCeiling } from "./ceilings.ts";
import { isKlarnaEnvironment, type Kind, servesFamily } from "./environments.ts";
import type { RelaxableStop } from "./kill-switch.ts";
import { findLiveMarkerIn } from "./live-markers.ts";
import { permitProblem } from "./permit.ts";
import type { Check, RunFacts } from "./run-facts.ts";
import { standingProblem } from "./standing.ts";

/** Why a run may not start. */
export type Refused = { readonly code: string; readonly text: string; readonly hint: string };
/** Judges facts by one thing. Pure. */
export type Rule = (facts: RunFacts, ceiling: RunCeiling) => Refused | Check;

/** In the order in which they are asked; the first refusal is the answer. */
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
    const banned = isKlarnaEnvironment(environment)
      ? operations.filter(({ allowedOn }) => allowedOn !== "everywhere")
      : [];
    const elsewhere = operations.filter(({ family }) => !servesFamily(environment, family));
    if (elsewhere.length > 0) {
      return {
        code: "GUARD_OPERATION_OTHER_HOST",
        text: `${environment} does not serve ${elsewhere.map(({ name }) => name).join(", ")}`,
        hint: "Klarna Network operations go to klarna-test, the older merchant APIs to a playground",
      };
    }
    return banned.length > 0
      ? {
          code: "GUARD_OPERATION_EMULATOR_ONLY",
          text: `${banned.map(({ name }) => name).join(", ")} may run on the emulator only`,
          hint: "run this profile with --env emulator",
        }
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
  function withinTotals({ requests, durationUs }, ceiling) {
    if (!(requests <= ceiling.requests)) {
      return {
        code: "GUARD_REQUESTS_ABOVE_CEILING",
        text: `the plan makes ${requests} requests, the ceiling is ${ceiling.requests}`,
        hint: "shorten a stage or lower its rate",
      };
    }
    if (!(durationUs <= ceiling.duration)) {
      return {
        code: "GUARD_DURATION_ABOVE_CEILING",
        text: `the plan lasts ${durationUs / 1e6} s with its drain, the ceiling is ${ceiling.duration / 1e6} s`,
        hint: "shorten a stage, or drainTimeout",
      };
    }
    return {
      code: "TOTALS",
      text: `${requests} requests in ${durationUs / 1e6} s at most, within the ceilings`,
    };
  },
  function withinCategories({ categories, kind, model }, ceiling) {
    for (const { category, peakPerSecond, capPerSecond } of categories) {
      const { peak } = ceiling.category(category);
      const cap = effectiveCap(Math.min(capPerSecond, peak));
      if (!(peak > 0)) {
        return {
          code: "GUARD_QUOTA_ZERO",
          text: `the account's level may not call ${category} at all`,
          hint: "use an account of the acquiring-partner level, or the emulator",
        };
      }
      // Users who wait for their answers leave no backlog to be repaid.
      const mayReachCap = kind === "smoke" || model === "closed";
      if (!(peakPerSecond < cap || (mayReachCap && peakPerSecond <= cap))) {
        return {
          code: "GUARD_PEAK_AT_CAP",
          text: `the plan's peak of ${round(peakPerSecond)}/s in ${category} is not below the cap of ${round(cap)}/s`,
          hint: belowCap(kind, peak <= capPerSecond),
        };
      }
    }
    return { code: "CATEGORIES", text: "every category's peak is within its cap" };
  },
  function withinBursts({ categories, kind }, ceiling) {
    const told: string[] = [];
    for (const { category, bursts } of categories) {
      if (!bursts) continue;
      if (!ceiling.bursts) {
        return {
          code: "GUARD_BURSTS_DRILL_ONLY",
          text: `a ${kind} run may not go above its cap in bursts, as the plan does in ${category}`,
          hint: "make it a rate-limit-drill, or lower the rate",
        };
      }
      checkWindows(bursts.windows);
      const { each, inAll } = ceiling.bursts;
      const { burstPeak } = ceiling.category(category);
      const form = `at most ${seconds(each)} s each and ${seconds(inAll)} s in all, 1 s or more between two`;
      const longest = longestBurst(bursts.windows);
      if (!(longest <= each)) {
        return {
          code: "GUARD_BURST_TOO_LONG",
          text: `a burst in ${category} lasts ${seconds(longest)} s, the ceiling is ${seconds(each)} s`,
          hint: `stages above half the quota are bursts: ${form}`,
        };
      }
      const together = timeInBursts(bursts.windows);
      if (!(together <= inAll)) {
        return {
          code: "GUARD_BURSTS_TOO_LONG_IN_ALL",
          text: `the bursts in ${category} last ${seconds(together)} s in all, the ceiling is ${seconds(inAll)} s`,
          hint: `stages above half the quota are bursts: ${form}`,
        };
      }
      const cap = effectiveCap(Math.min(bursts.capPerSecond, burstPeak));
      if (!(bursts.peakPerSecond <= cap && cap > 0)) {
        return {
          code: "GUARD_BURST_ABOVE_CAP",
          text: `the bursts' peak of ${round(bursts.peakPerSecond)}/s in ${category} is above their cap of ${round(cap)}/s`,
          hint:
            burstPeak <= bursts.capPerSecond
              ? "lower the rate of the burst: its cap is this environment's ceiling"
              : "lower the rate of the burst or raise `limits`",
        };
      }
      const count = bursts.windows.length;
      told.push(
        `${category} goes up to ${round(cap)}/s in ${count} ${count === 1 ? "burst" : "bursts"}, ${seconds(longest)} s the longest and ${seconds(together)} s in all`,
      );
    }
    return {
      code: "BURSTS",
      text: told.length === 0 ? "no category goes above its cap in bursts" : told.join("; "),
    };
  },
  function standingGood({ environment, standing, kind, requests, nowMs }) {
    if (!isKlarnaEnvironment(environment)) {
      return { code: "LEDGER", text: "the emulator has no budget and no cool-down" };
    }
    if (!standing) {
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

function belowCap(kind: Kind, isCeiling: boolean): string {
  if (kind === "rate-limit-drill")
    return "lower the rate: outside its bursts a drill stays below half the quota, and below `limits`";
  return isCeiling
    ? "lower the rate: the cap is this environment's ceiling"
    : "lower the rate or raise `limits`: with no room above the peak a backlog is never repaid";
}

/** Microseconds as seconds, for a message: to the last digit, since a ceiling may be missed by it. */
function seconds(us: number): number {
  return us / 1e6;
}

/** A figure for a message. */
export function round(n: number): number {
  return Number(n.toPrecision(4));
}
