/** What a step's `client` function is called with. */
export interface ClientArgument {
  /**
   * Klarna's base URL for this call, ending in a slash. Requests are counted as this call's by it; the one in
   * `KLARNA_BASE_URL` will do where only one call is under way at a time.
   */
  readonly baseUrl: string;
  /** What earlier steps of the journey have saved, and its row of data. */
  readonly values: Readonly<Record<string, string>>;
  /** Of an acquiring partner's runs: the account that paths must name. */
  readonly account?: string;
}

/**
 * A function that a profile's step names with `client`: makes the step's requests with whatever client it likes.
 *
 * What it returns is what `save` reads; what it throws ends the journey. It runs in a process that has no key, an empty
 * environment but for `KLARNA_BASE_URL`, and can connect to nothing but the gate.
 */
export type ClientFunction = (argument: ClientArgument) => unknown;
