import { formatMicros, MICROS_PER_SECOND, micros } from "../../base/units.ts";
import { type Attempts, type Exchange, isThrottled, succeeded } from "./exchange.ts";
import { counted, type Point, point } from "./point.ts";

/** Between 429s this far apart it had recovered: they are of different bursts. */
const APART_US = 5 * MICROS_PER_SECOND;

/** A stretch of throttling, from its first 429 to when all was well again. */
export interface Episode {
  readonly first: Exchange;
  readonly last: Exchange;
  /** The answer to the last of what it had refused, or the first success after it, whichever came later; null: never. */
  readonly recoveredUs: number | null;
}

/** @param ordered one category's, by start @param attempts of the same */
export function episodesOf(ordered: readonly Exchange[], attempts: readonly Attempts[]): Episode[] {
  const stretches: [Exchange, ...Exchange[]][] = [];
  for (const one of ordered.filter(isThrottled)) {
    const current = stretches.at(-1);
    const last = current?.at(-1);
    if (current && last && one.startUs - last.startUs < APART_US) current.push(one);
    else stretches.push([one]);
  }
  return stretches.map((refused) => {
    const [first] = refused;
    const last = refused.at(-1) ?? first;
    const after = ordered.find((one) => one.startUs > last.startUs && succeeded(one));
    const hit = new Set(refused);
    const ends = attempts.flatMap((all) => {
      const end = all.at(-1);
      return end && succeeded(end) && all.some((one) => hit.has(one)) ? [end.endUs] : [];
    });
    return { first, last, recoveredUs: after ? Math.max(after.endUs, ...ends) : null };
  });
}

/** A success can be answered before the 429 that came first is. */
export function recoveryUs({ first, recoveredUs }: Episode): number | null {
  return recoveredUs === null ? null : Math.max(0, recoveredUs - first.endUs);
}

/** How long it takes is told, and not judged: that depends on how much was asked for beyond the quota. */
export function recovers(ordered: readonly Exchange[], episodes: readonly Episode[]): Point {
  if (episodes.length === 0) return point("recovery", "untold", "no answer was 429");
  const never = episodes.find(({ recoveredUs }) => recoveredUs === null);
  if (never) {
    const watched = ordered.reduce((most, one) => Math.max(most, one.endUs), 0) - never.last.endUs;
    const sent = ordered.filter(({ startUs }) => startUs > never.last.endUs).length;
    const after =
      watched > 0
        ? `${sent} sent in the ${formatMicros(micros(watched))} that followed`
        : "it was the last answer";
    const seen = `nothing succeeded after the 429 to request ${never.last.request}: ${after}`;
    return point("recovery", watched >= APART_US ? "fail" : "untold", seen, [never.last]);
  }
  const times = episodes.map((one) => formatMicros(micros(recoveryUs(one) ?? 0)));
  return point(
    "recovery",
    "pass",
    `${times.join(" and ")} from the first 429 of ${episodes.length === 1 ? "the burst" : "each burst"} until all that it had refused was through, or given up`,
    episodes.map(({ last }) => last),
  );
}

/** Things that a shopper wanted and did not get: the last attempt was refused, failed, or had no answer. */
export function shopperErrors(attempts: readonly Attempts[]): Exchange[] {
  return attempts.flatMap((all) => {
    const last = all.at(-1) ?? all[0];
    const { result } = last;
    const lost =
      result === "failed" || result === 429 || (result !== "unfinished" && result >= 500);
    return lost ? [last] : [];
  });
}

export function sparesShoppers(attempts: readonly Attempts[], throttled: number): Point {
  const lost = shopperErrors(attempts);
  const intended = counted(attempts.length, "intended request");
  if (lost.length > 0) {
    return point(
      "shopper-errors",
      "fail",
      `${lost.length} of ${intended} ended in a 429, a 5xx or no answer`,
      lost,
    );
  }
  if (throttled === 0) return point("shopper-errors", "untold", "no answer was 429");
  const lasts = attempts.map((all) => all.at(-1) ?? all[0]);
  const well = lasts.filter(succeeded).length;
  const of = well === attempts.length ? "all" : String(well);
  return point(
    "shopper-errors",
    "pass",
    `${of} of ${intended} succeeded in the end, ${counted(throttled, "429")} notwithstanding${othersThan(lasts)}`,
  );
}

/** What those came to that neither succeeded nor are errors of the limit, in words. */
function othersThan(lasts: readonly Exchange[]): string {
  const unfinished = lasts.filter(({ result }) => result === "unfinished").length;
  const answered = lasts.flatMap((one) =>
    typeof one.result === "number" && !succeeded(one) ? [one.result] : [],
  );
  const statuses = [...new Set(answered)].sort((a, b) => a - b).join(", ");
  const parts = [
    ...(answered.length > 0
      ? [`${counted(answered.length, "was", "were")} otherwise answered (${statuses})`]
      : []),
    ...(unfinished > 0
      ? [`${counted(unfinished, "was", "were")} unfinished when watching ended`]
      : []),
  ];
  return parts.length === 0 ? "" : `; ${parts.join(", ")}`;
}
