import type { ServerResponse } from "node:http";
import type { Operation } from "../klarna/catalogue.ts";

/** A whole answer, ready to be written. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string;
  /** Undefined: no operation takes the request. */
  readonly operation: Pick<Operation, "name" | "category" | "family"> | undefined;
}

export function send(response: ServerResponse, { status, headers, payload }: Reply): void {
  response.writeHead(status, headers).end(payload);
}

/** An answer with another payload, its length corrected. */
export function withPayload(reply: Reply, payload: string): Reply {
  const headers = { ...reply.headers, "Content-Length": String(Buffer.byteLength(payload)) };
  return { ...reply, headers, payload };
}
