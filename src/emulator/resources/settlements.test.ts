import { describe, expect, test } from "vitest";
import { ACCOUNT, emulator, KEY, problem, UNLIMITED } from "../pipeline.support.ts";

const SETTLEMENTS = "/v2/settlements";
const INTERVAL = { interval_start: "2026-01-01T00:00:00Z", interval_end: "2026-01-02T00:00:00Z" };
const QUERY = new URLSearchParams(INTERVAL).toString();

const transactionId = (one: { settlement_transaction_id: string }) => one.settlement_transaction_id;

function created(count = 1) {
  const at = emulator({}, UNLIMITED);
  const ids: string[] = Array.from(
    { length: count },
    () => at.send("POST", SETTLEMENTS, { body: INTERVAL }).body.settlement_id,
  );
  return { ...at, ids, id: ids[0] ?? "" };
}

describe("settlements", () => {
  test("have no quota for a partner: only an acquiring partner may call", () => {
    const partner = emulator().send("GET", `${SETTLEMENTS}?${QUERY}`);
    expect(partner.body).toEqual(problem("OPERATION_FORBIDDEN", "RESOURCE_ERROR"));
    const acquirer = emulator({ level: "acquiring-partner" });
    expect(acquirer.send("GET", `${SETTLEMENTS}?${QUERY}`).body).toEqual({ settlements: [] });
    // Settlements have no account in their path.
    expect(acquirer.send("GET", `/v2/accounts/${ACCOUNT}/settlements?${QUERY}`).status).toBe(404);
  });

  test("one is made, read, and found in its interval", () => {
    const { send, id } = created();
    const read = send("GET", `${SETTLEMENTS}/${id}`);
    expect(read.body).toMatchObject({ settlement_id: id, ...INTERVAL });
    expect(send("GET", `${SETTLEMENTS}?${QUERY}`).body).toEqual({ settlements: [read.body] });
    const later = "interval_start=2026-01-02T00:00:00Z&interval_end=2026-01-03T00:00:00Z";
    expect(send("GET", `${SETTLEMENTS}?${later}`).body).toEqual({ settlements: [] });
    const headers = { authorization: `Basic ${KEY}2` };
    expect(send("GET", `${SETTLEMENTS}/${id}`, { headers }).status).toBe(404);
  });

  test("its transactions come page by page, each once, there and back", () => {
    const { send, id } = created();
    const path = `${SETTLEMENTS}/${id}/transactions`;
    const seen: string[] = [];
    let query = "size=20";
    for (let pages = 0; ; pages++) {
      const { body } = send("GET", `${path}?${query}`);
      seen.push(...body.transactions.map(transactionId));
      const next: string | undefined = body.links?.next.href;
      if (next === undefined) {
        expect(pages).toBe(2);
        break;
      }
      expect(next.startsWith("https://emulator.invalid/v2/settlements/")).toBe(true);
      query = new URL(next).search.slice(1);
    }
    expect(new Set(seen).size).toBe(50);
    const back = send("GET", `${path}?size=10&ending_before=${seen[20]}`).body.transactions;
    expect(back.map(transactionId)).toEqual(seen.slice(10, 20));
    expect(send("GET", `${path}?ending_before=${seen[0]}`).body.transactions).toEqual([]);
  });

  test("a list of settlements has pages too", () => {
    const { send, ids } = created(25);
    const { body } = send("GET", `${SETTLEMENTS}?${QUERY}&starting_after=${ids[19]}`);
    expect(
      body.settlements.map(({ settlement_id }: { settlement_id: string }) => settlement_id),
    ).toEqual(ids.slice(20));
    expect(body).not.toHaveProperty("links");
  });

  test.each([
    ["size=0", "size"],
    ["size=101", "size"],
    ["size=1&size=2", "size"],
    ["starting_after=nobody", "starting_after"],
    ["ending_before=nobody", "ending_before"],
  ])("%s is a validation error", (query, parameter) => {
    const { send, id } = created();
    const { status, body } = send("GET", `${SETTLEMENTS}/${id}/transactions?${query}`);
    expect(status).toBe(400);
    expect(body.validation_errors).toEqual([expect.objectContaining({ parameter })]);
  });

  test("as a table it has a line each", () => {
    const { send, id } = created();
    const { headers, body } = send("GET", `${SETTLEMENTS}/${id}/csv`);
    expect(headers["Content-Type"]).toBe("text/csv; charset=utf-8");
    expect(body.trimEnd().split("\r\n")).toHaveLength(51);
    expect(Number(headers["Content-Length"])).toBe(Buffer.byteLength(body));
  });

  test("an interval must be one", () => {
    const { send } = created();
    const swapped = {
      interval_start: INTERVAL.interval_end,
      interval_end: INTERVAL.interval_start,
    };
    expect(send("POST", SETTLEMENTS, { body: swapped }).status).toBe(400);
    expect(send("POST", SETTLEMENTS, { body: { interval_start: "today" } }).status).toBe(400);
    expect(send("GET", SETTLEMENTS).status).toBe(400);
    for (const path of ["", "/transactions", "/csv"]) {
      expect(send("GET", `${SETTLEMENTS}/unknown${path}`).status).toBe(404);
    }
  });
});
