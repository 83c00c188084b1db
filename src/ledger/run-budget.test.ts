import { expect, it } from "vitest";
import { ACCOUNT, KEY } from "./entries.support.ts";
import type { BlockRequest, Reservation } from "./ledger.ts";
import { RunBudget } from "./run-budget.ts";

const WHO = { run: "run", key: KEY, account: ACCOUNT };

function budgetOf(total: number) {
  let left = total;
  const calls: string[] = [];
  const ledger = {
    reserve({ requests }: BlockRequest): Reservation {
      const granted = Math.min(requests, left);
      left -= granted;
      calls.push(`reserve ${granted}`);
      return granted === 0 ? { kind: "spent" } : { kind: "granted", requests: granted };
    },
    giveBack(run: string, requests: number): number {
      calls.push(`${run} gives back ${requests}`);
      return requests;
    },
  };
  return { budget: new RunBudget(ledger, WHO), calls };
}

it("reserves a block before the first request of it, and gives the rest back once", () => {
  const { budget, calls } = budgetOf(1000);
  expect(calls).toEqual([]);
  for (let i = 0; i < 101; i++) expect(budget.take()).toBe(true);
  expect(calls).toEqual(["reserve 100", "reserve 100"]);
  budget.close();
  budget.close();
  expect(calls).toEqual(["reserve 100", "reserve 100", "run gives back 99"]);
  expect(budget.take()).toBe(false);
  expect(calls).toHaveLength(3);
});

it("lets no request through beyond the day's budget", () => {
  const { budget, calls } = budgetOf(130);
  const taken = Array.from({ length: 140 }, () => budget.take());
  expect(taken.filter(Boolean)).toHaveLength(130);
  expect(taken.slice(0, 130)).not.toContain(false);
  budget.close();
  expect(calls.filter((call) => call.includes("gives back"))).toEqual([]);
});

it("gives nothing back that it never had", () => {
  const { budget, calls } = budgetOf(1000);
  budget.close();
  expect(calls).toEqual([]);
});

it("spends nothing when the ledger refuses", () => {
  const { budget } = budgetOf(1000);
  const failing = new RunBudget(
    {
      reserve: () => {
        throw new RangeError("full");
      },
      giveBack: () => 0,
    },
    WHO,
  );
  expect(() => failing.take()).toThrow(RangeError);
  expect(budget.take()).toBe(true);
});
