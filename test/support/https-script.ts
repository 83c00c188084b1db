import type { TLSSocket, TlsOptions } from "node:tls";
import type { ServerCertificate } from "./certificates.ts";
import { type Loopback, startTls } from "./loopback.ts";

/** A request as it came in, to the byte. */
export interface Received {
  /** Counts from 0, over all connections. */
  readonly index: number;
  readonly head: string;
  readonly body: string;
}

export interface Scripted extends Loopback {
  readonly requests: readonly Received[];
}

/**
 * An HTTPS server that answers each whole request with the bytes that a test gives it. It reads no more of HTTP
 * than a request's end, so that what a client sends can't be mended on the way.
 */
export async function startScripted(
  certificate: ServerCertificate & TlsOptions,
  answer: (socket: TLSSocket, request: Received) => void,
): Promise<Scripted> {
  const requests: Received[] = [];
  const server = await startTls({
    ...certificate,
    onSocket: (socket) => {
      let text = "";
      socket.on("data", (chunk) => {
        text += chunk.toString("latin1");
        for (;;) {
          const headEnd = text.indexOf("\r\n\r\n");
          if (headEnd < 0) return;
          const head = text.slice(0, headEnd);
          const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
          const end = headEnd + 4 + length;
          if (text.length < end) return;
          const request = { index: requests.length, head, body: text.slice(headEnd + 4, end) };
          text = text.slice(end);
          requests.push(request);
          answer(socket, request);
        }
      });
    },
  });
  return Object.assign(server, { requests });
}

/** A whole answer of HTTP/1.1 with a length. */
export function answerOf(status: number, body = "", headers = ""): string {
  return `HTTP/1.1 ${status} X\r\n${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
