import { expect, test } from "vitest";
import { micros } from "../base/units.ts";
import type { DropReason, Due, Outcome } from "../workload/outcome.ts";
import { AbortWatch } from "./abort-watch.ts";
import { parseFigure } from "./figure.ts";
import { answered, due, failed, sent } from "./record.support.ts";
import type { Threshold } from "./threshold.ts";

function threshold(written: string, limit: number, operation: string | null = null): Threshold {
  const figure = parseFigure(written);
  if (!figure) throw new Error(written);
  return { text: `${written} <= ${limit}`, operation, figure, limit };
}

const P95 = threshold("responseTime.p95", 100_000);

/**
 * A made-up run: `perSecond` outcomes a second, each as `what` has it, a tick after each.
 * @returns the second in which the watch says that the run should end; `undefined` when it does not
 */
function endsAt(
  watch: AbortWatch,
  perSecond: number,
  seconds: number,
  what: (due: Due, second: number) => Outcome,
): number | undefined {
  for (let i = 0; i < perSecond * seconds; i++) {
    const atUs = Math.round((i * 1e6) / perSecond);
    watch.outcome(what(due(atUs), atUs / 1e6));
    if (watch.tick(micros(atUs)) !== undefined) return atUs / 1e6;
  }
  return undefined;
}

const slow = (of: Due): Outcome => answered(sent(of), 200_000);
const fast = (of: Due): Outcome => answered(sent(of), 20_000);

test("two windows of five seconds that are slow end the run", () => {
  expect(endsAt(new AbortWatch([P95]), 20, 60, slow)).toBe(10);
});

test("a window goes on until it holds thirty samples", () => {
  expect(endsAt(new AbortWatch([P95]), 1, 120, slow)).toBe(59);
});

test("it says which threshold, why, and once", () => {
  const watch = new AbortWatch([threshold("serviceTime.p50", 500_000), P95]);
  let told: string | undefined;
  for (let i = 0; i < 1000; i++) {
    watch.outcome(slow(due(i * 50_000)));
    const text = watch.tick(micros(i * 50_000));
    if (text === undefined) continue;
    expect(told).toBeUndefined();
    told = text;
  }
  expect(told).toBe(
    "responseTime.p95 <= 100000: missed in 2 windows one after the other; in the last, p95 is at least 200 ms at 95 % confidence, beyond 100 ms",
  );
});

test("one slow window between fast ones is no reason", () => {
  const watch = new AbortWatch([P95]);
  const stall = (of: Due, second: number): Outcome => (second % 10 < 5 ? slow(of) : fast(of));
  expect(endsAt(watch, 20, 120, stall)).toBeUndefined();
});

test("nor is a figure that is beyond its limit by chance: the lower bound decides", () => {
  // Two of thirty are slow: the p95 is, its lower bound is not.
  let i = 0;
  const some = (of: Due): Outcome => (i++ % 15 === 0 ? slow(of) : fast(of));
  expect(endsAt(new AbortWatch([P95]), 6, 300, some)).toBeUndefined();
});

test("warm-up, ramps and other operations are not looked at", () => {
  const other = (of: Due, second: number): Outcome =>
    slow({ ...of, phase: second < 30 ? "warm-up" : "ramp" });
  expect(endsAt(new AbortWatch([P95]), 20, 60, other)).toBeUndefined();
  const named = threshold("responseTime.p95", 100_000, "payment-request.read");
  expect(endsAt(new AbortWatch([named]), 20, 60, slow)).toBeUndefined();
});

test("time-outs and what waited in vain are slow; the runner's own drops are nobody's", () => {
  const timeout = (of: Due): Outcome => failed(sent(of), 200_000, "timeout");
  expect(endsAt(new AbortWatch([P95]), 20, 60, timeout)).toBe(10);
  const dropped =
    (reason: DropReason) =>
    (of: Due): Outcome => ({ ...of, kind: "dropped", at: micros(of.due + 200_000), reason });
  expect(endsAt(new AbortWatch([P95]), 20, 60, dropped("cap"))).toBe(10);
  expect(endsAt(new AbortWatch([P95]), 20, 60, dropped("run-ended"))).toBe(10);
  expect(endsAt(new AbortWatch([P95]), 20, 60, dropped("runner"))).toBeUndefined();
});

test("ratios count what was sent, or planned", () => {
  const errors = threshold("errorRatio", 0.1);
  const failing = (of: Due): Outcome => failed(sent(of), 1_000, "connection-reset");
  expect(endsAt(new AbortWatch([errors]), 20, 60, failing)).toBe(10);
  expect(endsAt(new AbortWatch([errors]), 20, 60, fast)).toBeUndefined();
  const unexpected = (of: Due): Outcome => answered(sent(of), 1_000, 404);
  expect(endsAt(new AbortWatch([errors]), 20, 60, unexpected)).toBe(10);
  const drops = threshold("dropRatio", 0.1);
  const dropped =
    (reason: DropReason) =>
    (of: Due): Outcome => {
      return { ...of, kind: "dropped", at: of.due, reason };
    };
  expect(endsAt(new AbortWatch([drops]), 20, 60, dropped("cap"))).toBe(10);
  // The runner's own are its own: what they make is an invalid run.
  expect(endsAt(new AbortWatch([drops]), 20, 60, dropped("runner"))).toBeUndefined();
});

test("what the run's end cut short is slow too, and an answer that broke off is no time", () => {
  const p95 = () => new AbortWatch([P95]);
  const unfinished = (of: Due): Outcome => {
    return { ...sent(of), kind: "unfinished", at: micros(of.due + 200_000) };
  };
  expect(endsAt(p95(), 20, 60, unfinished)).toBe(10);
  const broken = (of: Due): Outcome => failed(sent(of), 200_000, "connection-reset");
  expect(endsAt(p95(), 20, 60, broken)).toBeUndefined();
});
