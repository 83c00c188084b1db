import type { Exchange } from "./exchange.ts";

/** What a client is judged by at a rate limit. */
export const POINT_TEXTS = {
  "first-429": "The first 429 comes where the quota says",
  headers: "Each 429 says limit, remaining and reset, and they are read",
  "back-off": "The wait after a 429 grows with each attempt",
  jitter: "The wait has jitter",
  reset: "Nothing is sent before the reset",
  "idempotency-key": "No write is repeated with a new idempotency key",
  recovery: "It recovers after the last 429",
  "shopper-errors": "No error reaches a shopper",
} as const;

export type PointCode = keyof typeof POINT_TEXTS;

/** `untold`: what was seen does not tell. */
export type PointOutcome = "pass" | "fail" | "untold";

export interface Point {
  readonly code: PointCode;
  readonly outcome: PointOutcome;
  /** What was seen, and why that decides it or does not; a sentence without its full stop. */
  readonly evidence: string;
  /** What shows it, a few of them. */
  readonly shownBy: readonly Exchange[];
}

const EXAMPLES = 5;

export function point(
  code: PointCode,
  outcome: PointOutcome,
  evidence: string,
  shownBy: readonly Exchange[] = [],
): Point {
  return { code, outcome, evidence, shownBy: shownBy.slice(0, EXAMPLES) };
}

/** `1 retry`, `3 retries`. */
export function counted(n: number, one: string, several = `${one}s`): string {
  return `${n} ${n === 1 ? one : several}`;
}
