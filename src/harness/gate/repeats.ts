import type { Likeness } from "../../klarna/idempotency.ts";
import type { Outcome } from "../../workload/outcome.ts";

/** Keys and bodies that are remembered, the oldest forgotten first: an application that tries again does so soon. */
const KEPT_MAX = 20_000;

/** Recognises what an application sends again. */
export class Repeats {
  /** Attempts so far, by idempotency key. */
  readonly #attempts = new Map<string, number>();
  /** Writes without a key that may have been executed though nobody said so. */
  readonly #doubtful = new Map<string, true>();
  /** Writes without a key that were sent again when the first may have been executed. */
  #unkeyed = 0;

  get unkeyed(): number {
    return this.#unkeyed;
  }

  /** @returns which attempt it is, from 1: told by its idempotency key alone */
  came({ intent, write, keyHash }: Likeness): number {
    if (!write) return 1;
    if (keyHash === undefined) {
      if (this.#doubtful.has(intent)) this.#unkeyed++;
      return 1;
    }
    const attempt = (this.#attempts.get(keyHash) ?? 0) + 1;
    remember(this.#attempts, keyHash, attempt);
    return attempt;
  }

  ended({ intent, write, keyHash }: Likeness, outcome: Outcome): void {
    if (!write || keyHash !== undefined) return;
    if (isDoubtful(outcome)) remember(this.#doubtful, intent, true);
    else this.#doubtful.delete(intent);
  }
}

/** A 429, a refusal and what was never sent have had no effect; a failure and a 5xx may have had one. */
function isDoubtful(outcome: Outcome): boolean {
  switch (outcome.kind) {
    case "answered":
      return outcome.status >= 500;
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
