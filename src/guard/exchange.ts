import type { IncomingHttpHeaders } from "node:http";
import { codeOf } from "../base/errors.ts";
import type { Micros } from "../base/units.ts";

/** What an exchange spent its time on. */
export interface Phases {
  /** From the request's writing to the answer's first byte. */
  readonly waitUs: Micros;
  /** From there to its last byte. */
  readonly bodyUs: Micros;
  /** `new`: the first request on its connection. */
  readonly connection: "new" | "reused";
  /**
   * What opening the connection took, before the request was due or while it waited; on the first request alone.
   * The name is resolved once a run, so only the connection that did it has `dnsUs`.
   */
  readonly dnsUs?: Micros | undefined;
  readonly connectUs?: Micros | undefined;
  readonly tlsUs?: Micros | undefined;
}

/** How far an exchange had come: its request not wholly with the kernel, no byte of the answer seen, or some of it. */
export type Phase = "writing" | "waiting" | "body";

export type Exchange =
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly headers: IncomingHttpHeaders;
      readonly body: Buffer;
      /** When the last byte had come. */
      readonly end: Micros;
      readonly phases: Phases;
    }
  | {
      readonly kind: "failed";
      readonly code:
        | "timeout"
        | "connection-closed"
        | "connection-reset"
        | "malformed-answer"
        | "answer-too-large";
      readonly phase: Phase;
      readonly connection: Phases["connection"];
      readonly end: Micros;
    };

export type Answered = Extract<Exchange, { kind: "answered" }>;
export type Failed = Extract<Exchange, { kind: "failed" }>;

export interface ExchangeEvents {
  /** The request has just been handed to the kernel. */
  readonly written: () => void;
  /** Called once, after `send` has returned, whatever happens. */
  readonly done: (exchange: Exchange) => void;
}

/** Whether the server will close the connection after this answer. */
export function closes({ connection }: IncomingHttpHeaders): boolean {
  return connection !== undefined && /(?:^|,)\s*close\s*(?:,|$)/i.test(connection);
}

/** What an error of the HTTP client says became of the exchange. */
export function failureOf(error: Error): Failed["code"] {
  const code = codeOf(error);
  if (code === "ECONNRESET" || code === "EPIPE") return "connection-reset";
  if (error.name === "HTTPParserError") return "malformed-answer";
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE") return "answer-too-large";
  if (code === "UND_ERR_HEADERS_OVERFLOW") return "answer-too-large";
  if (code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH") return "malformed-answer";
  return "connection-closed";
}
