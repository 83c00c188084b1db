import { expect, test } from "vitest";
import type { Trend } from "../harness/trends.ts";
import type { PastRun } from "../ledger/runs.ts";
import { historyText, trendsText } from "./history-text.ts";

const RUN: PastRun = {
  id: "smoke-1",
  profile: "smoke",
  profileHash: "a".repeat(64),
  kind: "smoke",
  environment: "emulator",
  key: null,
  account: null,
  reportDir: "/r/1",
  startedMs: Date.UTC(2026, 7, 27, 10, 15),
  trippedMs: null,
  ended: {
    endedMs: Date.UTC(2026, 7, 27, 10, 15, 12),
    verdict: "passed",
    exitCode: 0,
    sent: 12,
    figures: {},
  },
};

test("runs stand in 80 columns, a longer folder on a line of its own", () => {
  const long = `/home/somebody/work/shop/reports/${"x".repeat(90)}`;
  expect(historyText([RUN, { ...RUN, reportDir: long, ended: null }])).toBe(
    `began (UTC)          profile  on        verdict  exit  sent  took
2026-08-27 10:15:00  smoke    emulator  passed      0    12  12 s  /r/1
2026-08-27 10:15:00  smoke    emulator  no end
    ${long}
`,
  );
  expect(historyText([])).toBe("no runs yet\n");
});

test("figures over time: what is more than a value says so, what is unknown is a dash", () => {
  const us = (value: number, censored = false) => ({ value, censored });
  const trend: Trend = {
    profile: "smoke",
    environment: "emulator",
    operation: "payment-request.create",
    points: [
      {
        run: "b",
        startedMs: RUN.startedMs + 86_400_000,
        verdict: "failed",
        figures: {
          p50Us: us(40_000),
          p95Us: us(10_000_000, true),
          p99Us: null,
          errorRatio: us(0.051),
        },
      },
      {
        run: "a",
        startedMs: RUN.startedMs,
        verdict: "passed",
        figures: { p50Us: us(38_000), p95Us: us(61_000), p99Us: us(70_000), errorRatio: null },
      },
    ],
  };
  expect(trendsText([trend])).toBe(
    `payment-request.create on emulator, response time in the steady phase
                                p50     p95    p99  errors
  2026-08-28 10:15:00 failed  40 ms  > 10 s      –   5.1 %
  2026-08-27 10:15:00 passed  38 ms   61 ms  70 ms       –
`,
  );
});
