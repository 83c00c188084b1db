import type { Likeness } from "../../klarna/idempotency.ts";
import type { Outcome } from "../../workload/outcome.ts";

/** Keys and bodies that are remembered, the oldest forgotten first: an application that tries again does so soon. */
const KEPT_MAX = 20_000;

/** Whoever made a request, before it has its answer. */
export interface Asker {
  /** Whether they left without one. */
  readonly isGone: boolean;
}

/** Recognises what an application sends again. */
export class Repeats {
  /** Attempts so far, by idempotency key. */
  readonly #attempts = new Map<string, number>();
  /** Writes without a key that may have been executed though nobody said so. */
  readonly #doubtful = new Map<string, true>();
  /** Who made each write without a key that is under way, by what it asks. */
  readonly #underWay = new Map<string, Set<Asker>>();
  /** Writes without a key that were sent again when the first may have been executed. */
  #unkeyed = 0;

  get unkeyed(): number {
    return this.#unkeyed;
  }

  /** @returns which attempt it is, from 1: told by its idempotency key alone */
  came({ intent, write, keyHash }: Likeness): number {
    if (!write) return 1;
    if (keyHash === undefined) {
      if (this.#leftOne(intent) || this.#doubtful.has(intent)) this.#unkeyed++;
      return 1;
    }
    const attempt = (this.#attempts.get(keyHash) ?? 0) + 1;
    remember(this.#attempts, keyHash, attempt);
    return attempt;
  }

  /** Is on its way to the target. */
  sent({ intent, write, keyHash }: Likeness, asker: Asker): void {
    if (!write || keyHash !== undefined) return;
    const others = this.#underWay.get(intent);
    if (others) others.add(asker);
    else this.#underWay.set(intent, new Set([asker]));
  }

  /** @param asker whom `sent` was told of */
  ended({ intent, write, keyHash }: Likeness, outcome: Outcome, asker?: Asker): void {
    if (!write || keyHash !== undefined) return;
    const unread = asker !== undefined && this.#take(intent, asker) && asker.isGone;
    if (isDoubtful(outcome, unread)) remember(this.#doubtful, intent, true);
    else this.#doubtful.delete(intent);
  }

  /** Whether a sender of the same gave one up that is still under way: each is told once. */
  #leftOne(intent: string): boolean {
    for (const asker of this.#underWay.get(intent) ?? []) {
      if (asker.isGone) return this.#take(intent, asker);
    }
    return false;
  }

  #take(intent: string, asker: Asker): boolean {
    const askers = this.#underWay.get(intent);
    const was = askers?.delete(asker) ?? false;
    if (askers?.size === 0) this.#underWay.delete(intent);
    return was;
  }
}

/**
 * A 429, a refusal and what was never sent have had no effect; a failure and a 5xx may have had one.
 *
 * @param unread nobody was there any more to read the answer
 */
function isDoubtful(outcome: Outcome, unread: boolean): boolean {
  switch (outcome.kind) {
    case "answered":
      return outcome.status >= 500 || (unread && outcome.status < 300);
    case "failed":
      return outcome.code !== "not-sent";
    default:
      return false;
  }
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > KEPT_MAX && oldest !== undefined) map.delete(oldest);
}
