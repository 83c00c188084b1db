import { expect } from "vitest";
import { seededRandom } from "../base/random.ts";
import { VirtualClock } from "../base/virtual-clock.ts";
import { minimalPaymentRequest } from "../klarna/sample-data.ts";
import { type PipelineParts, pipeline } from "./pipeline.ts";

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

export function emulator(options: Partial<PipelineParts["options"]> = {}) {
  const clock = new VirtualClock(Date.UTC(2024, 0, 1, 12));
  const reply = pipeline({
    clock,
    random: seededRandom(1),
    options: { quotas: "test", level: "partner", apiKeys: null, ...options },
  });
  const send = (method: string, url: string, sent: Sent = {}) => {
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
    const body: Record<string, unknown> | null =
      answer.payload === "" ? null : JSON.parse(answer.payload);
    return { status: answer.status, headers: answer.headers, body };
  };
  const create = (sent: Sent = { body: minimalPaymentRequest() }, url = REQUESTS) =>
    send("POST", url, sent);
  return { clock, send, create };
}

/** Where a created payment request is found. */
export function locate(created: { body: Record<string, unknown> | null }): string {
  return `${REQUESTS}/${created.body?.payment_request_id}`;
}

/** An error object with this code, whatever its id and message. */
export const problem = (code: string, type?: string) => ({
  error_id: UUID,
  ...(type === undefined ? {} : { error_type: type }),
  error_code: code,
  error_message: expect.any(String),
});
