import { UsageError } from "../../base/errors.ts";
import type { Micros } from "../../base/units.ts";
import { type PerSecond, parseDuration, parseRate, RATE_FORM, seconds } from "../../base/units.ts";
import { visible } from "../../guard/foreign-text.ts";
import { LEVELS, type Level, type QuotaTable } from "../../guard/quotas.ts";
import type { RunRequest } from "../prepare.ts";
import type { LatencyRequest } from "./latency.ts";

/** What is asked of a capacity check, as the command line gives it. */
export interface CapacityRequest extends RunRequest, LatencyRequest {
  readonly quotas?: string;
  readonly level?: string;
  readonly target?: string;
  readonly arrivals?: string;
  readonly seeds?: number;
  /** For the runs in real time. */
  readonly budget?: string;
}

/** The same, read; what the profile decides is `undefined`. */
export interface CapacityQuestion {
  readonly quotas: QuotaTable | undefined;
  readonly level: Level;
  readonly target: PerSecond | undefined;
  readonly arrivals: "uniform" | "poisson";
  readonly seeds: number;
  readonly budget: Micros;
}

const SEEDS = { default: 5, most: 50 };
const BUDGET = seconds(120);

/** @throws UsageError `USAGE_…`, each with the accepted form */
export function readQuestion(request: CapacityRequest): CapacityQuestion {
  const { account } = request;
  const level = oneOf(LEVELS, request.level, "USAGE_LEVEL", "a level");
  if (account !== undefined && level === "partner") {
    throw new UsageError("USAGE_LEVEL", "--account goes with --level acquiring-partner", {
      hint: "leave one of the two out: a partner's own key names no account",
    });
  }
  return {
    quotas: oneOf(["test", "live"], request.quotas, "USAGE_QUOTAS", "a table of quotas"),
    level: level ?? (account === undefined ? "partner" : "acquiring-partner"),
    target: targetOf(request.target),
    arrivals:
      oneOf(["uniform", "poisson"], request.arrivals, "USAGE_ARRIVALS", "a way of arriving") ??
      "poisson",
    seeds: seedsOf(request.seeds),
    budget: budgetOf(request.budget),
  };
}

function oneOf<Word extends string>(
  words: readonly Word[],
  given: string | undefined,
  code: string,
  what: string,
): Word | undefined {
  if (given === undefined) return undefined;
  const word = words.find((one) => one === given);
  if (word !== undefined) return word;
  throw new UsageError(code, `\`${visible(given)}\` is not ${what}`, {
    hint: `give ${words.join(" or ")}`,
  });
}

function targetOf(text: string | undefined): PerSecond | undefined {
  if (text === undefined) return undefined;
  const rate = parseRate(text);
  if (rate !== undefined && rate > 0) return rate;
  throw new UsageError("USAGE_TARGET", `\`${visible(text)}\` can't be read as a target`, {
    hint: `give the journeys that you need: ${RATE_FORM}`,
  });
}

function seedsOf(given: number | undefined): number {
  if (given === undefined) return SEEDS.default;
  if (Number.isInteger(given) && given >= SEEDS.default && given <= SEEDS.most) return given;
  throw new UsageError("USAGE_SEEDS", "that many seeds can't be searched over", {
    hint: `give a whole number from ${SEEDS.default} to ${SEEDS.most}: an interval over fewer says little`,
  });
}

function budgetOf(text: string | undefined): Micros {
  if (text === undefined) return BUDGET;
  const budget = parseDuration(text);
  if (budget !== undefined && budget > 0) return budget;
  throw new UsageError("USAGE_BUDGET", `\`${visible(text)}\` can't be read as a time`, {
    hint: "give a number and a unit, such as 90s or 10min; --no-real leaves the runs in real time out",
  });
}
