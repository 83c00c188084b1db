import { effectiveCap } from "./admission.ts";
import { checkWindows, longestBurst, timeInBursts } from "./cap-schedule.ts";
import type { BurstCeiling, CategoryCeiling } from "./ceilings.ts";
import type { Kind } from "./environments.ts";
import type { Category } from "./quotas.ts";
import type { BurstFacts, Refused, Rule } from "./run-facts.ts";

/** The rules that hold a plan against the ceilings. A figure that is no number is never within one. */

export const withinTotals: Rule = ({ requests, durationUs }, ceiling) => {
  const refused: Refused[] = [];
  if (!(requests <= ceiling.requests)) {
    refused.push({
      code: "GUARD_REQUESTS_ABOVE_CEILING",
      text: `the plan makes ${requests} requests, the ceiling is ${ceiling.requests}`,
      hint: "shorten a stage or lower its rate",
    });
  }
  if (!(durationUs <= ceiling.duration)) {
    refused.push({
      code: "GUARD_DURATION_ABOVE_CEILING",
      text: `the plan lasts ${seconds(durationUs)} s with its drain, the ceiling is ${seconds(ceiling.duration)} s`,
      hint: "shorten a stage, or drainTimeout",
    });
  }
  if (refused.length > 0) return refused;
  const text = `${requests} requests in ${seconds(durationUs)} s at most, within the ceilings`;
  return { code: "TOTALS", text };
};

export const withinCategories: Rule = ({ categories, kind, model }, ceiling) => {
  const refused = categories.flatMap(({ category, peakPerSecond, capPerSecond }): Refused[] => {
    const { peak } = ceiling.category(category);
    if (!(peak > 0)) {
      return [
        {
          code: "GUARD_QUOTA_ZERO",
          text: `the account's level may not call ${category} at all`,
          hint: "use an account of the acquiring-partner level, or the emulator",
        },
      ];
    }
    const cap = effectiveCap(Math.min(capPerSecond, peak));
    // Users who wait for their answers leave no backlog to be repaid.
    const mayReachCap = kind === "smoke" || model === "closed";
    if (peakPerSecond < cap || (mayReachCap && peakPerSecond <= cap)) return [];
    return [
      {
        code: "GUARD_PEAK_AT_CAP",
        text: `the plan's peak of ${round(peakPerSecond)}/s in ${category} is not below the cap of ${round(cap)}/s`,
        hint: belowCap(kind, peak <= capPerSecond),
      },
    ];
  });
  if (refused.length > 0) return refused;
  return { code: "CATEGORIES", text: "every category's peak is within its cap" };
};

export const withinBursts: Rule = ({ categories, kind }, ceiling) => {
  const refused: Refused[] = [];
  const told: string[] = [];
  for (const { category, bursts } of categories) {
    if (!bursts) continue;
    if (!ceiling.bursts) {
      refused.push({
        code: "GUARD_BURSTS_DRILL_ONLY",
        text: `a ${kind} run may not go above its cap in bursts, as the plan does in ${category}`,
        hint: "make it a rate-limit-drill, or lower the rate",
      });
      continue;
    }
    const problems = problemsOf(category, bursts, ceiling.bursts, ceiling.category(category));
    refused.push(...problems);
    if (problems.length === 0) told.push(inWords(category, bursts, ceiling.category(category)));
  }
  if (refused.length > 0) return refused;
  return {
    code: "BURSTS",
    text: told.length === 0 ? "no category goes above its cap in bursts" : told.join("; "),
  };
};

/** @throws RangeError for windows that are none */
function problemsOf(
  category: Category,
  { windows, peakPerSecond, capPerSecond }: BurstFacts,
  { each, inAll }: BurstCeiling,
  { burstPeak }: CategoryCeiling,
): Refused[] {
  checkWindows(windows);
  const refused: Refused[] = [];
  const hint = `stages above half the quota are bursts: at most ${seconds(each)} s each and ${seconds(inAll)} s in all, 1 s or more between two`;
  const longest = longestBurst(windows);
  if (!(longest <= each)) {
    refused.push({
      code: "GUARD_BURST_TOO_LONG",
      text: `a burst in ${category} lasts ${seconds(longest)} s, the ceiling is ${seconds(each)} s`,
      hint,
    });
  }
  const together = timeInBursts(windows);
  if (!(together <= inAll)) {
    refused.push({
      code: "GUARD_BURSTS_TOO_LONG_IN_ALL",
      text: `the bursts in ${category} last ${seconds(together)} s in all, the ceiling is ${seconds(inAll)} s`,
      hint,
    });
  }
  const cap = effectiveCap(Math.min(capPerSecond, burstPeak));
  if (!(peakPerSecond <= cap && cap > 0)) {
    refused.push({
      code: "GUARD_BURST_ABOVE_CAP",
      text: `the bursts' peak of ${round(peakPerSecond)}/s in ${category} is above their cap of ${round(cap)}/s`,
      hint:
        burstPeak <= capPerSecond
          ? "lower the rate of the burst: its cap is this environment's ceiling"
          : "lower the rate of the burst or raise `limits`",
    });
  }
  return refused;
}

function inWords(
  category: Category,
  { windows, capPerSecond }: BurstFacts,
  { burstPeak }: CategoryCeiling,
): string {
  const cap = effectiveCap(Math.min(capPerSecond, burstPeak));
  const count = `${windows.length} ${windows.length === 1 ? "burst" : "bursts"}`;
  const [longest, together] = [longestBurst(windows), timeInBursts(windows)].map(seconds);
  return `${category} goes up to ${round(cap)}/s in ${count}, ${longest} s the longest and ${together} s in all`;
}

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
