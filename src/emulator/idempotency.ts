import { hash } from "node:crypto";
import type { Clock } from "../base/clock.ts";
import { type Micros, micros } from "../base/units.ts";
import type { Answer } from "./answers.ts";
import { Recent } from "./recent.ts";

/** Klarna keeps the first answer for 24 h and promises nothing afterwards (our notes, §3.3). */
const VALID_FOR_US = 24 * 3_600_000_000;

/** Answers remembered at least; at most a quarter more. A busier emulator forgets before 24 h are over. */
const IDEMPOTENT_ANSWERS = 5_000;

interface Stored {
  readonly answer: Answer;
  readonly until: Micros;
}

export interface IdempotencyOptions {
  /** Default: `IDEMPOTENT_ANSWERS`. */
  readonly most?: number;
  /** As `Recent` tells it. */
  readonly forgot?: (count: number) => void;
}

/**
 * First answers by idempotency key: a second request with the same key, owner and route gets the first one's
 * answer, and nothing is executed. Only the key counts, not the body.
 */
export class Idempotency {
  readonly #clock: Clock;
  readonly #answers: Recent<Stored>;

  constructor(clock: Clock, { most = IDEMPOTENT_ANSWERS, forgot }: IdempotencyOptions = {}) {
    this.#clock = clock;
    this.#answers = new Recent(most, forgot);
  }

  /**
   * @param scope whatever must match beside the key: owner, method and path
   * @param execute makes the first answer, whatever its status
   */
  once(scope: string, key: string, execute: () => Answer): Answer {
    // A digest, since a caller's key may be kilobytes long and thousands are remembered.
    const digest = hash("sha256", `${scope}\n${key}`, "base64");
    const stored = this.#answers.get(digest);
    const now = this.#clock.now();
    if (stored && now < stored.until) return stored.answer;
    const answer = asText(execute());
    this.#answers.set(digest, { answer, until: micros(now + VALID_FOR_US) });
    return answer;
  }
}

/** With its body as it goes out: a text of some hundred bytes, where the object takes a kilobyte and a half. */
function asText(answer: Answer): Answer {
  const { body } = answer;
  if (typeof body !== "object" || body === null) return answer;
  return { ...answer, body: JSON.stringify(body), isJson: true };
}
