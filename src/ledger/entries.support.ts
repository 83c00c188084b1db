import type { AppendedEntry } from "./audit-entry.ts";
import type { RunEnd, RunStart } from "./runs.ts";

export const KEY = "0123456789ab";
export const OTHER_KEY = "111111111111";
export const ACCOUNT = "cdef01234567";
export const OTHER_ACCOUNT = "222222222222";

export function runStart(changes: Partial<RunStart> = {}): RunStart {
  return {
    id: "smoke-20260101T000000Z-a1b2c3",
    profile: "smoke",
    profileHash: "a".repeat(64),
    kind: "smoke",
    environment: "klarna-test",
    key: KEY,
    account: ACCOUNT,
    reportDir: "/reports/smoke",
    ...changes,
  };
}

export function runEnd(changes: Partial<RunEnd> = {}): RunEnd {
  return { verdict: "passed", exitCode: 0, sent: 12, figures: { p95Us: 4200 }, ...changes };
}

export function decision(changes: Partial<AppendedEntry & { event: "decision" }> = {}) {
  const { id: run, reportDir, ...what } = runStart();
  return {
    event: "decision" as const,
    run,
    ...what,
    permit: "shop one",
    requests: 12,
    allowed: true,
    code: "ALLOWED",
    ...changes,
  };
}
