import { seconds } from "../../src/base/units.ts";
import { customer, emulator, type Got, UNLIMITED } from "../../src/emulator/pipeline.support.ts";
import { catalogued } from "../../src/klarna/catalogue.ts";
import { KlarnaClient } from "../../src/klarna/client.ts";
import { idempotencyKeys } from "../../src/klarna/idempotency.ts";

/** One operation asked and answered. */
export interface Step {
  readonly operation: string;
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  /** The names in its query. */
  readonly query: readonly string[];
  /** In small letters. */
  readonly sentHeaders: Readonly<Record<string, string>>;
  /** As it was sent; undefined: none was. */
  readonly sent: object | undefined;
  readonly status: number;
  readonly headers: Got["headers"];
  readonly body: Got["body"];
}

export const ACCOUNT = "krn:partner:global:account:test:LWT2XJSE";

/**
 * Asks an emulator as the client does, and keeps what was asked and answered. Its customer approves everything.
 * @param account in whose name; undefined: with a partner's own key
 */
export function asking(account: string | undefined) {
  const { clock, send } = emulator(
    { level: "acquiring-partner", ...customer("approve") },
    UNLIMITED,
  );
  const client = new KlarnaClient(account, "https://127.0.0.1:8443");
  const keys = idempotencyKeys("552603c0-fe8b-4ab1-aacb-41d55fafbdb4");
  const steps: Step[] = [];

  /** @param changes to the sample's fields, those at its top; undefined takes one away */
  const ask = (
    name: string,
    parameters: Readonly<Record<string, string>> = {},
    changes: object = {},
  ): Got["body"] => {
    const operation = catalogued(name);
    const sample = operation.sampleBody?.();
    const body = sample && { ...sample, ...changes };
    const idempotencyKey = keys(steps.length);
    const made = client.request(operation, { parameters, body, headers: {}, idempotencyKey });
    const pairs = (made.query ?? []).map(([key, value]): [string, string] => [key, value]);
    const url = made.query ? `${made.path}?${new URLSearchParams(pairs)}` : made.path;
    const sent: object | undefined = made.body === undefined ? undefined : JSON.parse(made.body);
    const { headers: sentHeaders, method, path } = made;
    const got = send(method, url, {
      headers: sentHeaders,
      ...(made.body === undefined ? {} : { raw: made.body }),
    });
    const { status, headers } = got;
    const query = pairs.map(([key]) => key);
    steps.push({
      ...{ operation: name, method, path, query, sentHeaders, sent },
      ...{ status, headers, body: got.body },
    });
    return got.body;
  };
  const lastHeader = (name: string): string => steps.at(-1)?.headers[name] ?? "";
  /** Until the customer has decided. */
  const wait = (): void => clock.freeze(seconds(10));
  /** A payment session whose customer has authorized. */
  const session = (changes: object = {}): { session_id: string; authorization_token: string } => {
    const { session_id } = ask("session.create", {}, changes);
    wait();
    const { authorization_token } = ask("session.read", { session_id });
    return { session_id, authorization_token };
  };
  return { ask, steps, lastHeader, wait, session, clock };
}
