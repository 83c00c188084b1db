import type { GuardedRequest } from "../../guard/request-check.ts";
import type { OperationResult } from "../../klarna/answer.ts";
import { idempotencyKeyHash } from "../../klarna/idempotency.ts";
import type { LimitNotes } from "../../workload/outcome.ts";

export function limitNotes({ headers }: GuardedRequest, result: OperationResult): LimitNotes {
  const key = headers["klarna-idempotency-key"];
  const keyHash = key === undefined ? undefined : idempotencyKeyHash(key);
  if (result.kind === "failed") return { keyHash };
  const { limitPerSecond, remaining, resetSeconds } = result.rateLimit;
  return { keyHash, limitPerSecond, remaining, resetSeconds };
}
