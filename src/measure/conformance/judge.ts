import { attemptsOf, byStart, type Exchange, isThrottled, retriesOf } from "./exchange.ts";
import {
  episodesOf,
  recovers,
  recoveryUs,
  shopperErrors,
  sparesShoppers,
} from "./outcome-points.ts";
import { POINT_TEXTS, type Point } from "./point.ts";
import { firstThrottled, headersRead, heedsReset, ON_ITS_WAY_US } from "./quota-points.ts";
import { backsOff, jitters, keepsKey } from "./retry-points.ts";

/** What a client was seen to do at a rate limit. */
export interface Conformance {
  /** `fails`: a point failed; `untold`: nothing was throttled, so that nothing was shown. */
  readonly outcome: "conforms" | "fails" | "untold";
  /** The one that was throttled first, or else that most was sent in; null: nothing was sent. */
  readonly category: string | null;
  readonly quotaPerSecond: number | null;
  readonly sent: number;
  readonly throttled: number;
  /** Of each burst, in order: from its first 429 until all that it refused was through or given up; null: never. */
  readonly recoveriesUs: readonly (number | null)[];
  readonly shopperErrors: number;
  readonly points: readonly Point[];
  /** The category's, by start. */
  readonly exchanges: readonly Exchange[];
}

/**
 * Judges a client by what was seen of its exchanges, and by nothing else: whose it is, and in which language it is
 * written, makes no difference. A quota is a category's, so one category is judged.
 *
 * @param quotaOf the documented quota of a category in requests a second; null where none is known, and the answers' own figure is taken
 * @param onItsWayUs after an answer of 429, for so long what is sent is taken to have been on its way
 */
export function judgeConformance(
  exchanges: readonly Exchange[],
  quotaOf: (category: string) => number | null,
  onItsWayUs = ON_ITS_WAY_US,
): Conformance {
  const all = byStart(exchanges);
  const category = all.find(isThrottled)?.category ?? mostFrequent(all);
  const ordered = all.filter((one) => one.category === category);
  const quota =
    (category === null ? null : quotaOf(category)) ??
    ordered.findLast(({ limitPerSecond }) => limitPerSecond !== null)?.limitPerSecond ??
    null;
  const attempts = attemptsOf(ordered);
  const retries = retriesOf(attempts);
  const throttled = ordered.filter(isThrottled).length;
  const episodes = episodesOf(ordered, attempts);
  const points = [
    firstThrottled(ordered, quota),
    headersRead(ordered, quota),
    heedsReset(ordered, attempts, onItsWayUs),
    backsOff(retries),
    jitters(retries),
    keepsKey(retries),
    recovers(ordered, episodes),
    sparesShoppers(attempts, throttled),
  ];
  const failed = points.some(({ outcome }) => outcome === "fail");
  return {
    outcome: failed ? "fails" : throttled === 0 ? "untold" : "conforms",
    category,
    quotaPerSecond: quota,
    sent: ordered.length,
    throttled,
    recoveriesUs: episodes.map(recoveryUs),
    shopperErrors: shopperErrors(attempts).length,
    points,
    exchanges: ordered,
  };
}

/** Why the outcome is what it is; null where the client conforms. */
export function conformanceReason({
  outcome,
  points,
}: {
  readonly outcome: Conformance["outcome"];
  readonly points: readonly Omit<Point, "shownBy">[];
}): string | null {
  if (outcome === "conforms") return null;
  if (outcome === "untold") {
    return "no answer was 429, so the drill shows nothing of the client at the limit";
  }
  const [first, ...others] = points.filter((one) => one.outcome === "fail");
  if (!first) return null;
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  return `conformance: ${POINT_TEXTS[first.code]}: ${first.evidence}${more}`;
}

function mostFrequent(exchanges: readonly Exchange[]): string | null {
  const counts = new Map<string, number>();
  for (const { category } of exchanges) counts.set(category, (counts.get(category) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? null;
}
