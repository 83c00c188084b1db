import type { Problem } from "../../gate/problem.ts";
import type { LiveKey } from "../../gate/request.ts";
import { visible } from "../../guard/foreign-text.ts";
import type { RunEndRecord } from "../../report/run-record.ts";

type Answers = NonNullable<RunEndRecord["gate"]>;

/** Codes and keys of which an account is kept: there are a few dozen of the former, and nobody has many of the latter. */
const KINDS_MAX = 100;

/** Counts what a gate answered itself. */
export class GateTally {
  readonly #refused = new Map<string, { readonly text: string; count: number }>();
  readonly #liveKeys = new Map<string, number>();

  /** @returns whether it is the first of its kind */
  refused({ code, text }: Problem, liveKey: LiveKey | undefined): boolean {
    if (liveKey && (this.#liveKeys.size < KINDS_MAX || this.#liveKeys.has(liveKey.fingerprint))) {
      const { fingerprint } = liveKey;
      this.#liveKeys.set(fingerprint, (this.#liveKeys.get(fingerprint) ?? 0) + 1);
    }
    const known = this.#refused.get(code);
    if (known) known.count++;
    else if (this.#refused.size < KINDS_MAX)
      this.#refused.set(code, { text: visible(text), count: 1 });
    return known === undefined;
  }

  told(unkeyedRepeats: number): Answers {
    return {
      unkeyedRepeats,
      refused: [...this.#refused].map(([code, { text, count }]) => ({ code, text, count })),
      liveKeys: [...this.#liveKeys].map(([fingerprint, count]) => ({ fingerprint, count })),
    };
  }
}
