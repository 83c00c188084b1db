import type { IncomingMessage } from "node:http";

/** Klarna's limits (our notes, §3.1): the body, all headers together, and one header with its name; bytes. */
const BODY_BYTES = 1_048_576;
export const HEADERS_BYTES = 20 * 1024;
const HEADER_BYTES = 6 * 1024;

/**
 * Calls back at the request's last byte; never, if its sender goes away before. A body over the limit is read
 * to its end and thrown away: an answer to a sender that is still sending is lost in the connection's reset.
 */
export function readBody(
  request: IncomingMessage,
  done: (body: Buffer | "too-large") => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= BODY_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  });
  request.once("end", () => {
    const [only] = chunks;
    if (bytes > BODY_BYTES) done("too-large");
    else done(chunks.length === 1 && only ? only : Buffer.concat(chunks));
  });
}

/** @param rawHeaders names and values in turn */
export function hasLargeHeader(rawHeaders: readonly string[]): boolean {
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const bytes = (rawHeaders[i]?.length ?? 0) + (rawHeaders[i + 1]?.length ?? 0);
    if (bytes > HEADER_BYTES) return true;
  }
  return false;
}
