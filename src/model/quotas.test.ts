import { expect, test } from "vitest";
import { micros, seconds } from "../base/units.ts";
import { VirtualClock } from "../base/virtual-clock.ts";
import { documentedQuota, type Level } from "../guard/quotas.ts";
import { type Caller, QuotaWindows, type Standing } from "./quotas.ts";

const PARTNER: Caller = { key: "klarna_test_api_a", account: undefined };
const ACCOUNT: Caller = { key: "klarna_test_api_a", account: "krn:…:AAAAAAAA" };
const OTHER_ACCOUNT: Caller = { key: "klarna_test_api_a", account: "krn:…:BBBBBBBB" };

function windows(level: Level) {
  const clock = new VirtualClock();
  const quotas = new QuotaWindows(clock, level, (category, at) =>
    documentedQuota("test", category, at),
  );
  return { clock, quotas };
}

function takeMany(n: number, take: () => Standing): string[] {
  return Array.from({ length: n }, () => take().kind);
}

test("a partner's 13th capture in a second is one too many, and the next whole second starts anew", () => {
  const { clock, quotas } = windows("partner");
  const take = (): Standing => quotas.take("payment-transaction-capture", PARTNER);
  clock.freeze(micros(999_999));
  expect(takeMany(12, take)).toEqual(Array(12).fill("admitted"));
  expect(take()).toEqual({
    kind: "exceeded",
    headers: {
      "X-Ratelimit-Limit": '12, 12;w=1;name="account_payment-transaction-capture"',
      "X-Ratelimit-Remaining": "0",
      "X-Ratelimit-Reset": "1",
    },
  });
  clock.freeze(micros(1));
  expect(take()).toMatchObject({
    kind: "admitted",
    headers: { "X-Ratelimit-Remaining": "11" },
  });
});

test("categories and accounts do not share a quota", () => {
  const { quotas } = windows("partner");
  takeMany(12, () => quotas.take("payment-transaction-capture", PARTNER));
  expect(quotas.take("payment-transaction-capture", PARTNER).kind).toBe("exceeded");
  expect(quotas.take("payment-transaction-management", PARTNER).kind).toBe("admitted");
  expect(quotas.take("payment-transaction-capture", ACCOUNT).kind).toBe("admitted");
});

test("an acquiring partner's request counts for the account and for the partner, the closer one first", () => {
  const { quotas } = windows("acquiring-partner");
  const first = quotas.take("payment-transaction-capture", ACCOUNT);
  expect(first.headers).toEqual({
    "X-Ratelimit-Limit":
      '12, 12;w=1;name="account_payment-transaction-capture",50;w=1;name="psp_payment-transaction-capture"',
    "X-Ratelimit-Remaining": "11",
    "X-Ratelimit-Reset": "1",
  });
  takeMany(11, () => quotas.take("payment-transaction-capture", ACCOUNT));
  expect(quotas.take("payment-transaction-capture", ACCOUNT).kind).toBe("exceeded");
  expect(quotas.take("payment-transaction-capture", OTHER_ACCOUNT).headers).toMatchObject({
    "X-Ratelimit-Remaining": "11",
  });
});

test("the acquiring partner's quota is the sum over its accounts, and a refused request uses up nothing", () => {
  const { quotas } = windows("acquiring-partner");
  const kinds = Array.from({ length: 6 }, (_, i) =>
    takeMany(12, () => quotas.take("payment-transaction-capture", { key: "k", account: `a${i}` })),
  ).flat();
  expect(kinds.filter((kind) => kind === "admitted")).toHaveLength(50);
  const next = quotas.take("payment-transaction-capture", { key: "k", account: "a4" });
  expect(next.kind).toBe("exceeded");
  expect(next.headers["X-Ratelimit-Limit"]).toMatch(/^50, 12;/);
  // Of a4's own quota, two were used before the partner's ran out: refused requests took none.
  const own = new QuotaWindows(new VirtualClock(), "acquiring-partner", (_, level) =>
    level === "partner" ? 3 : 2,
  );
  takeMany(10, () => own.take("dispute", ACCOUNT));
  expect(own.take("dispute", { ...ACCOUNT, key: "another" }).headers).toMatchObject({
    "X-Ratelimit-Limit": '3, 3;w=1;name="account_dispute",2;w=1;name="psp_dispute"',
    "X-Ratelimit-Remaining": "0",
  });
});

test("a quota of 0 forbids a partner, and leaves an acquiring partner its own quota", () => {
  expect(windows("partner").quotas.take("settlement", PARTNER)).toEqual({
    kind: "forbidden",
    headers: {
      "X-Ratelimit-Limit": '0, 0;w=1;name="account_settlement"',
      "X-Ratelimit-Remaining": "0",
      "X-Ratelimit-Reset": "1",
    },
  });
  const acquiring = windows("acquiring-partner").quotas;
  expect(acquiring.take("settlement", ACCOUNT)).toMatchObject({
    kind: "admitted",
    headers: { "X-Ratelimit-Limit": '37, 37;w=1;name="psp_settlement"' },
  });
});

test("peek counts nothing", () => {
  const { clock, quotas } = windows("partner");
  clock.freeze(seconds(5));
  quotas.take("dispute", PARTNER);
  quotas.peek("dispute", PARTNER);
  expect(quotas.peek("dispute", PARTNER)["X-Ratelimit-Remaining"]).toBe("4");
});
