import * as z from "zod";
import type { Clock } from "../base/clock.ts";
import { MICROS_PER_SECOND, type Micros, micros } from "../base/units.ts";

export const protectionSchema = z.strictObject({
  /** How many times a quota a client may send in a second. */
  multiple: z.number().min(1),
  /** How long it stays closed for a client that sent more. */
  forUs: z.number().int().positive(),
});
export type ProtectionOptions = z.infer<typeof protectionSchema>;

/** So that a flood under ever new keys, which is what it is for, can't fill the memory. */
const CLIENTS_MOST = 10_000;

/**
 * A protection rule in front of the API: a client that sends more than a multiple of a quota in one of its
 * windows is shut out altogether for a while. It counts what comes, refused or not.
 */
export class Protection {
  readonly #clock: Clock;
  readonly #options: ProtectionOptions | null;
  #window = -1;
  #seen = new Map<string, number>();
  readonly #closedUntil = new Map<string, Micros>();

  /** @param options null: there is no such rule */
  constructor(clock: Clock, options: ProtectionOptions | null) {
    this.#clock = clock;
    this.#options = options;
  }

  /**
   * Counts a request of a client. @returns whether it is shut out
   * @param quota of the request's category, a second
   */
  shuts(client: string, category: string, quota: number): boolean {
    if (!this.#options) return false;
    const now = this.#clock.now();
    const until = this.#closedUntil.get(client);
    if (until !== undefined) {
      if (now < until) return true;
      this.#closedUntil.delete(client);
    }
    const window = Math.floor(now / MICROS_PER_SECOND);
    if (window !== this.#window || this.#seen.size > CLIENTS_MOST) {
      this.#window = window;
      this.#seen = new Map();
    }
    const counter = `${category} ${client}`;
    const seen = (this.#seen.get(counter) ?? 0) + 1;
    this.#seen.set(counter, seen);
    if (seen <= quota * this.#options.multiple) return false;
    if (this.#closedUntil.size >= CLIENTS_MOST) this.#closedUntil.clear();
    this.#closedUntil.set(client, micros(now + this.#options.forUs));
    return true;
  }
}
