import { expect } from "vitest";
import { seededRandom } from "../base/random.ts";
import { VirtualClock } from "../base/virtual-clock.ts";
import type { CustomerOutcome } from "../guard/emulated.ts";
import { minimalPaymentRequest } from "../klarna/sample-data.ts";
import type { CustomerOptions } from "./customer.ts";
import { FaultBoard } from "./faults/board.ts";
import { type PipelineParts, pipeline } from "./pipeline.ts";
import type { Reply } from "./reply.ts";

// For tests: the emulator without sockets, on a clock that stands still until it is moved.

export const KEY = "klarna_test_api_abc";
export const ACCOUNT = "krn:partner:global:account:test:LWT2XJSE";
export const UUID = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
export const REQUESTS = "/v2/payment/requests";

export interface Sent {
  readonly body?: unknown;
  readonly raw?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly tooLarge?: "body" | "header";
}

export interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed where it is JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
  readonly reply: Reply;
}

/** A customer who decides ten seconds after the page came to be, and comes to it after five. */
export function customer(outcome: CustomerOutcome): { readonly customer: CustomerOptions } {
  return { customer: { outcome, delay: { kind: "constant", us: 10_000_000 } } };
}

/** For what is not about quotas. */
export const UNLIMITED = { quota: () => 1_000_000 } as const;

export function emulator(
  options: Partial<PipelineParts["options"]> = {},
  { quota, faults = [] }: { quota?: PipelineParts["quota"]; faults?: readonly string[] } = {},
) {
  const clock = new VirtualClock(Date.UTC(2024, 0, 1, 12));
  const random = seededRandom(1);
  const board = new FaultBoard(clock, random.fork("faults"));
  for (const fault of faults) board.set(fault);
  const reply = pipeline({
    clock,
    random,
    options: { quotas: "test", level: "partner", apiKeys: null, ...options },
    faults: board,
    ...(quota === undefined ? {} : { quota }),
  });
  const send = (method: string, url: string, sent: Sent = {}): Got => {
    const text = sent.raw ?? (sent.body === undefined ? "" : JSON.stringify(sent.body));
    const answer = reply({
      method,
      url,
      headers: {
        authorization: `Basic ${KEY}`,
        ...(text === "" ? {} : { "content-type": "application/json" }),
        ...sent.headers,
      },
      body: sent.tooLarge === "body" ? "too-large" : Buffer.from(text),
      headerTooLarge: sent.tooLarge === "header",
    });
    const { payload, headers } = answer;
    const isJson = headers["Content-Type"] === "application/json";
    const body = payload === "" ? null : isJson ? JSON.parse(payload) : payload;
    return { status: answer.status, headers, body, reply: answer };
  };
  const create = (sent: Sent = { body: minimalPaymentRequest() }, url = REQUESTS) =>
    send("POST", url, sent);
  return { clock, send, create, board };
}

/** Where a created payment request is found. */
export function locate(created: Pick<Got, "body">): string {
  return `${REQUESTS}/${created.body?.payment_request_id}`;
}

/** An error object with this code, whatever its id and message. */
export const problem = (code: string, type?: string) => ({
  error_id: UUID,
  ...(type === undefined ? {} : { error_type: type }),
  error_code: code,
  error_message: expect.any(String),
});

/** The classic APIs' error object with this code, whatever its id and messages. */
export const classicProblem = (code: string) => ({
  correlation_id: UUID,
  error_code: code,
  error_messages: expect.arrayContaining([expect.any(String)]),
});
