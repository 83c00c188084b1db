import type { IncomingHttpHeaders, OutgoingHttpHeader, ServerResponse } from "node:http";
import { validateHeaderValue } from "node:http";

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What is about one connection and not about the answer (RFC 9110, section 7.6.1), or is worked out anew. */
const OF_THE_CONNECTION = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authentication-info",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Hands an answer on, whole, with its own headers but those about the connection that it came by. */
export function writeReply(response: ServerResponse, { status, headers, body }: Reply): void {
  const named = tokens(headers.connection);
  const kept: [string, OutgoingHttpHeader][] = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined || OF_THE_CONNECTION.has(name) || named.has(name) || !isSound(name, value)
      ? []
      : [[name, value]],
  );
  const bare = status === 204 || status === 304;
  if (!bare) kept.push(["content-length", body.length]);
  response.writeHead(status, Object.fromEntries(kept));
  response.end(bare ? undefined : body);
}

function tokens(header: string | undefined): ReadonlySet<string> {
  return new Set((header ?? "").split(",").map((token) => token.trim().toLowerCase()));
}

/** Whether a header may be written: a target can say what no server may. */
function isSound(name: string, value: string | string[]): boolean {
  try {
    for (const one of [value].flat()) validateHeaderValue(name, one);
    return true;
  } catch {
    return false;
  }
}
