import type { BlockRequest, Ledger } from "./ledger.ts";

/** Requests reserved at a time: what a killed run loses of the daily budget, at most. */
export const BLOCK_REQUESTS = 100;

/** One run's part of the daily budget, taken in blocks: each is on disk as spent before the first request of it is sent. */
export class RunBudget {
  readonly #ledger: Pick<Ledger, "reserve" | "giveBack">;
  readonly #who: Omit<BlockRequest, "requests">;
  #inHand = 0;
  #closed = false;

  constructor(ledger: Pick<Ledger, "reserve" | "giveBack">, who: Omit<BlockRequest, "requests">) {
    this.#ledger = ledger;
    this.#who = who;
  }

  /**
   * Spends one request. One in a hundred calls waits for the disk.
   * @returns `false` when the day's budget is spent, and after `close`; the request must not be sent then
   * @throws Refusal `LEDGER_…`; the request must not be sent then either
   */
  take(): boolean {
    if (this.#closed) return false;
    if (this.#inHand === 0) {
      const block = this.#ledger.reserve({ ...this.#who, requests: BLOCK_REQUESTS });
      if (block.kind === "spent") return false;
      this.#inHand = block.requests;
    }
    this.#inHand--;
    return true;
  }

  /** Gives back what was not spent; does nothing the second time. For an orderly end alone: a killed run gives nothing back. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#inHand > 0) this.#ledger.giveBack(this.#who.run, this.#inHand);
  }
}
