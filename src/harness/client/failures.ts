import type { LiveKey } from "../../gate/request.ts";
import { visible } from "../../guard/foreign-text.ts";
import type { Report } from "../../report/schema.ts";

/** Functions, and keys, of which an account is kept. */
const CLIENTS_MAX = 100;

/** Counts the calls that failed, by function, and the live keys that were shown. */
export class Failures {
  readonly #failed = new Map<string, { readonly first: string; count: number }>();
  readonly #liveKeys = new Map<string, number>();

  /** @param client as profiles write it @param text what was thrown */
  note(client: string, text: string): void {
    const known = this.#failed.get(client);
    if (known) known.count++;
    else if (this.#failed.size < CLIENTS_MAX)
      this.#failed.set(client, { first: visible(text), count: 1 });
  }

  showed({ fingerprint }: LiveKey): void {
    const known = this.#liveKeys.get(fingerprint);
    if (known !== undefined || this.#liveKeys.size < CLIENTS_MAX)
      this.#liveKeys.set(fingerprint, (known ?? 0) + 1);
  }

  warnings(): Report["warnings"] {
    const live = [...this.#liveKeys].map(([fingerprint, count]) => ({
      code: "CLIENT_LIVE_KEY",
      text:
        `a client sent a LIVE credential (fingerprint ${fingerprint}) ${times(count)}, which was passed on to nobody: ` +
        "take it out of the client's code and files at once",
    }));
    const failed = [...this.#failed].map(([client, { first, count }]) => ({
      code: "CLIENT_FAILED",
      text: `\`${client}\` failed ${times(count)}; the first: ${first}`,
    }));
    return [...live, ...failed];
  }
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}
