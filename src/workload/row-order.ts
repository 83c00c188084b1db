import type { Random } from "../base/random.ts";

/**
 * Which row of a table each journey takes: `sequential`, one after the other and then from the first again; `random`,
 * any row each time; `shuffled`, every row once in an order of chance, then every row once in another.
 */
export const ROW_ORDERS = ["sequential", "random", "shuffled"] as const;
export type RowOrder = (typeof ROW_ORDERS)[number];

/** Takes rows in an order, without end. The same source of randomness gives the same rows. */
export class RowPicker {
  readonly #order: RowOrder;
  readonly #rows: number;
  readonly #random: Random;
  /** Of a shuffled table: this pass's order. */
  readonly #deck: Uint32Array;
  #taken = 0;

  /** @param rows 1 or more */
  constructor(order: RowOrder, rows: number, random: Random) {
    if (!Number.isSafeInteger(rows) || rows < 1) throw new RangeError(`no rows to pick: ${rows}`);
    this.#order = order;
    this.#rows = rows;
    this.#random = random;
    this.#deck = order === "shuffled" ? Uint32Array.from({ length: rows }, (_, i) => i) : NO_DECK;
  }

  /** @returns an index, from 0 */
  next(): number {
    const place = this.#taken++ % this.#rows;
    if (this.#order === "sequential") return place;
    if (this.#order === "random") return Math.floor(this.#random.next() * this.#rows);
    // Fisher and Yates' shuffle, one step a call: what is left of the deck is drawn from as it is needed.
    const drawn = place + Math.floor(this.#random.next() * (this.#rows - place));
    const row = this.#deck[drawn] ?? 0;
    this.#deck[drawn] = this.#deck[place] ?? 0;
    this.#deck[place] = row;
    return row;
  }
}

const NO_DECK = new Uint32Array(0);
