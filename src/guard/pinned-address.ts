import { Refusal } from "../base/errors.ts";
import { notPublic } from "./addresses.ts";
import { isKlarnaEnvironment, type TestTarget } from "./environments.ts";
import { visible } from "./foreign-text.ts";

/** The one address that a run connects to: its target's name is resolved once, and what comes back is judged. */
export class PinnedAddress {
  readonly #target: TestTarget;
  readonly #permitted: readonly string[] | undefined;
  readonly #resolve: (hostname: string) => Promise<readonly string[]>;
  #asked: Promise<string> | undefined;
  #found: readonly string[] = [];

  /** @param permitted the permit's list, one of which it must be; `undefined`: any public one */
  constructor(
    target: TestTarget,
    permitted: readonly string[] | undefined,
    resolve: (hostname: string) => Promise<readonly string[]>,
  ) {
    this.#target = target;
    this.#permitted = permitted;
    this.#resolve = resolve;
  }

  /** Whether the next `get` has a name resolved: an emulator's address is no name. */
  get asksForName(): boolean {
    return this.#asked === undefined && isKlarnaEnvironment(this.#target.environment);
  }

  /** The address; none before it is known. */
  get found(): readonly string[] {
    return this.#found;
  }

  /**
   * A name that can't be resolved is an error, and is asked for again the next time.
   * @throws Refusal for an address that no public server has, or that the permit does not list: this time and ever after
   */
  get(): Promise<string> {
    this.#asked ??= this.#ask().catch((error: unknown) => {
      if (!(error instanceof Refusal)) this.#asked = undefined;
      throw error;
    });
    return this.#asked;
  }

  async #ask(): Promise<string> {
    const { environment, hostname } = this.#target;
    const address = isKlarnaEnvironment(environment) ? await this.#askFor(hostname) : hostname;
    this.#found = [address];
    return address;
  }

  async #askFor(hostname: string): Promise<string> {
    const answers = await this.#resolve(hostname);
    const [first] = answers;
    if (first === undefined) throw new Error("no address");
    for (const answer of answers) {
      const kind = notPublic(answer);
      if (kind !== undefined) {
        throw new Refusal(
          "GUARD_ADDRESS_NOT_PUBLIC",
          `${hostname} resolves to ${visible(answer)}, which is ${kind}`,
          {
            hint: "a VPN client, a hosts file or a captive portal answers for the name: turn it off and run again",
          },
        );
      }
    }
    if (this.#permitted && !this.#permitted.includes(first)) {
      throw new Refusal(
        "GUARD_ADDRESS_NOT_PERMITTED",
        `${hostname} resolves to ${visible(first)}, which is not in the permit's list`,
        { hint: "see whether the list is out of date, or something else answers for the name" },
      );
    }
    return first;
  }
}
