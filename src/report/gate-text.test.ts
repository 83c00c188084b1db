import { expect, test } from "vitest";
import { gateFacts } from "./gate-text.ts";
import type { Gate } from "./schema.ts";

const drops = { cap: 0, "in-flight": 0, "quota-steering": 0, runner: 0, "run-ended": 0 };
const gate = {
  seenBy: "gate",
  profile: null,
  holdUs: 2_000_000,
  refused: [],
  liveKeys: [],
  unkeyedRepeats: 0,
  added: { count: 0 },
} as unknown as Gate;

/** What is told of requests that came to these results. */
function told(results: readonly Readonly<Record<string, number>>[], what: Gate = gate) {
  const sent = results.flatMap((one) => Object.values(one)).reduce((sum, n) => sum + n, 0);
  const facts = gateFacts(what, {
    totals: { sent, drops, retries: 0 },
    operations: results.map((one) => ({ results: one })),
  });
  return Object.fromEntries(facts);
}

test("what was passed on is what was sent, but for those whose senders had gone", () => {
  expect(
    told([
      { 201: 50, 429: 3, "not-sent": 5 },
      { 200: 2, "not-sent": 2 },
    ]),
  ).toMatchObject({
    "Passed on": "55; 7 more were held and not sent: whoever asked had gone",
  });
  expect(told([{ 201: 50, timeout: 1 }])["Passed on"]).toBe("51");
});

test("an emulator has seen what came, whatever became of it", () => {
  expect(told([{ 201: 3 }], { ...gate, seenBy: "emulator" })).toMatchObject({ Seen: "3" });
});

test("a live credential is told with how often it came", () => {
  const seen = (count: number) => ({ ...gate, liveKeys: [{ fingerprint: "0123456789ab", count }] });
  expect(told([], seen(1))["Live credential"]).toBe("0123456789ab, in 1 request");
  expect(told([], seen(2))["Live credential"]).toBe("0123456789ab, in 2 requests");
});
