import { expect, test } from "vitest";
import type { ExchangeEvent } from "../measure/record-format.ts";
import { drillOf } from "./drill.ts";
import type { Report } from "./schema.ts";

/** A write that was answered 20 ms after it was sent. */
function write(request: number, atMs: number, what: number, intent: string): ExchangeEvent {
  const us = atMs * 1000;
  return {
    type: "exchange",
    operation: "payment-request.create",
    category: "payment-transaction-capture",
    request,
    journey: request,
    attempt: 1,
    phase: "steady",
    dueUs: us,
    startUs: us,
    endUs: us + 20_000,
    what,
    keyHash: intent,
    intent,
    write: true,
    limitPerSecond: 12,
    remaining: 0,
    resetS: 1,
  };
}

/** What is said of shoppers who met errors, where the gate answered so many with a 429 of its own. */
function shoppers(events: readonly ExchangeEvent[], answeredByGate: number) {
  const plan = { categories: [] } as unknown as Report["plan"];
  const about = { plan, timeline: [], sent: events.length, isApplication: true, answeredByGate };
  const { outcome, points } = drillOf(events, about) ?? {};
  const told = points?.find(({ code }) => code === "shopper-errors");
  return { drill: outcome, outcome: told?.outcome, evidence: told?.evidence };
}

const through = [write(0, 0, 429, "a"), write(1, 2000, 201, "a")];
const lost = [write(0, 0, 429, "a")];
const APART =
  "3 requests that the gate answered with a 429 of its own are not among them: what became of those is not told";

test("whoever met the gate's own 429s alone is no intended request that succeeded", () => {
  expect(shoppers(through, 0)).toMatchObject({ outcome: "pass" });
  const { outcome, evidence } = shoppers(through, 3);
  expect(outcome).toBe("untold");
  expect(evidence).toBe(
    `all of 1 intended request succeeded in the end, 1 429 notwithstanding; ${APART}`,
  );
});

test("and takes nothing from a point that fails", () => {
  const { drill, outcome, evidence } = shoppers(lost, 3);
  expect([drill, outcome]).toEqual(["fails", "fail"]);
  expect(evidence).toContain(APART);
});
