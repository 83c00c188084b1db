import { seededRandom } from "../../base/random.ts";
import { micros } from "../../base/units.ts";
import { backOff, type RetryPolicy } from "../../workload/retry.ts";
import type { Exchange } from "./exchange.ts";

const LATENCY_US = 20_000;

export const GOOD: RetryPolicy = {
  attempts: 8,
  on: [429],
  base: micros(400_000),
  max: micros(30_000_000),
  jitter: "full",
  ignoreReset: false,
  idempotencyKey: "same",
};

export interface World {
  /** A second; the server counts in windows by the clock. */
  readonly quota: number;
  /** When each intended request arises, in microseconds. */
  readonly arrivalsUs: readonly number[];
  /** Whether the client holds everything back until the reset, not the refused request alone. */
  readonly holdsAll?: boolean;
  readonly seed?: number;
}

/** What passes between a client of this policy and a server with this quota, in virtual time. */
export function exchangesOfClient(policy: RetryPolicy, world: World): Exchange[] {
  const { quota, arrivalsUs, holdsAll = !policy.ignoreReset, seed = 1 } = world;
  const random = seededRandom(seed);
  const waiting = arrivalsUs.map((readyUs, intent) => ({
    intent,
    attempt: 1,
    readyUs,
    startUs: readyUs,
  }));
  const used = new Map<number, number>();
  const seen: Exchange[] = [];
  let heldUntilUs = 0;
  for (let request = 0; waiting.length > 0; request++) {
    waiting.sort((a, b) => a.startUs - b.startUs);
    const next = waiting.shift();
    if (!next) break;
    if (holdsAll && next.startUs < heldUntilUs) {
      waiting.push({ ...next, startUs: heldUntilUs });
      continue;
    }
    const { intent, attempt, readyUs, startUs } = next;
    const window = Math.floor((startUs + LATENCY_US / 2) / 1e6);
    const count = used.get(window) ?? 0;
    const admitted = count < quota;
    if (admitted) used.set(window, count + 1);
    const end = micros(startUs + LATENCY_US);
    seen.push({
      request,
      category: "capture",
      intent: String(intent),
      write: true,
      keyHash: policy.idempotencyKey === "same" ? `key ${intent}` : `key ${intent} ${attempt}`,
      readyUs,
      startUs,
      endUs: end,
      result: admitted ? 200 : 429,
      limitPerSecond: quota,
      remaining: admitted ? quota - count - 1 : 0,
      resetS: 1,
    });
    if (admitted) continue;
    if (holdsAll) heldUntilUs = end + 1_000_000;
    if (attempt >= policy.attempts) continue;
    const answer = {
      kind: "answered",
      end,
      status: 429,
      expected: true,
      saved: {},
      resetAfter: micros(1_000_000),
    } as const;
    const again = end + backOff(policy, attempt, answer, random);
    waiting.push({ intent, attempt: attempt + 1, readyUs: again, startUs: again });
  }
  return seen;
}

/** So many a second for so long, evenly. */
export function evenly(perSecond: number, forS: number): number[] {
  return Array.from({ length: perSecond * forS }, (_, i) => Math.round((i * 1e6) / perSecond));
}
