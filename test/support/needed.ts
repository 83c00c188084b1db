/**
 * Whether something must be here, as CI says that has installed it: `KLARNA_PERF_TEST_NO_SKIPS="chromium hdrhistogram"`.
 * Tests that are skipped without it are run then, and fail if it is missing all the same.
 */
export function needed(what: "chromium" | "hdrhistogram"): boolean {
  return (process.env.KLARNA_PERF_TEST_NO_SKIPS ?? "").split(/\s+/).includes(what);
}
