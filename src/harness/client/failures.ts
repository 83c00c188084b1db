import { visible } from "../../guard/foreign-text.ts";
import type { Report } from "../../report/schema.ts";

/** Functions of which an account is kept. */
const CLIENTS_MAX = 100;

/** Counts the calls that failed, by function. */
export class Failures {
  readonly #failed = new Map<string, { readonly first: string; count: number }>();

  /** @param client as profiles write it @param text what was thrown */
  note(client: string, text: string): void {
    const known = this.#failed.get(client);
    if (known) known.count++;
    else if (this.#failed.size < CLIENTS_MAX)
      this.#failed.set(client, { first: visible(text), count: 1 });
  }

  warnings(): Report["warnings"] {
    return [...this.#failed].map(([client, { first, count }]) => ({
      code: "CLIENT_FAILED",
      text: `\`${client}\` failed ${count === 1 ? "once" : `${count} times`}; the first: ${first}`,
    }));
  }
}
