import * as z from "zod";
import { BUDGET_WINDOW_MS, type Spent } from "../guard/standing.ts";
import type { Database } from "./database.ts";

/** The reserved blocks of the daily budget. What is called here is called inside a transaction of the ledger's. */

const sum = z.object({ requests: z.number() });

/** @param key `undefined`: its own count is 0 */
export function spent(
  database: Database,
  key: string | undefined,
  account: string,
  nowMs: number,
): Spent {
  const since = nowMs - BUDGET_WINDOW_MS;
  const by = (column: "key" | "account", value: string | undefined): number =>
    database.one(
      sum,
      `SELECT coalesce(sum(requests), 0) AS requests FROM blocks WHERE reserved_ms > ? AND ${column} = ?`,
      since,
      value ?? null,
    ).requests;
  return { byKey: by("key", key), byAccount: by("account", account) };
}

export interface Block {
  readonly run: string;
  readonly key: string;
  readonly account: string;
  readonly requests: number;
}

export function addBlock(database: Database, block: Block, nowMs: number): void {
  // What no longer counts goes; with a day to spare, in case the clock is set back.
  database.run("DELETE FROM blocks WHERE reserved_ms < ?", nowMs - 2 * BUDGET_WINDOW_MS);
  database.run(
    "INSERT INTO blocks (run, key, account, reserved_ms, requests) VALUES (?, ?, ?, ?, ?)",
    block.run,
    block.key,
    block.account,
    nowMs,
    block.requests,
  );
}

/** Takes requests out of a run's blocks, the latest first. @returns how many there were to take */
export function takeBack(database: Database, run: string, requests: number): number {
  const row = z.object({ id: z.number(), requests: z.number() });
  const blocks = database.all(
    row,
    "SELECT id, requests FROM blocks WHERE run = ? AND requests > 0 ORDER BY id DESC",
    run,
  );
  let left = requests;
  for (const block of blocks) {
    const taken = Math.min(left, block.requests);
    database.run("UPDATE blocks SET requests = requests - ? WHERE id = ?", taken, block.id);
    left -= taken;
  }
  return requests - left;
}
