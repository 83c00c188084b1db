import type { Server, ServerResponse } from "node:http";
import type { Server as TlsServer } from "node:https";
import type { Duplex } from "node:stream";
import type { NewId } from "./ids.ts";

/** Answers what the parser can't read, which never becomes a request. */
export class Unreadable {
  /** The last answer that is being made for a connection. */
  readonly #answers = new WeakMap<object, ServerResponse>();

  constructor(server: Server | TlsServer, newId: NewId) {
    server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
      const before = this.#answers.get(socket);
      if (before?.req.complete && !before.writableFinished) endAfter(before, socket);
      else refuse(error, socket, newId());
    });
  }

  /** A request that could be read is being answered. */
  answering(response: ServerResponse): void {
    this.#answers.set(response.req.socket, response);
  }
}

/** On the bare socket. */
function refuse(error: NodeJS.ErrnoException, socket: Duplex, correlationId: string): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status =
    error.code === "HPE_HEADER_OVERFLOW"
      ? "431 Request Header Fields Too Large"
      : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? "408 Request Timeout"
        : "400 Bad Request";
  socket.end(
    `HTTP/1.1 ${status}\r\nKlarna-Correlation-Id: ${correlationId}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
  );
}

/**
 * What the parser can't read may follow a request that is still being answered: some clients send a GET with a body and
 * without its length. The request has its answer all the same (RFC 9112, section 9.3.2), and its connection ends with it.
 */
function endAfter(response: ServerResponse, socket: Duplex): void {
  // It ends by itself, or this is not the first that can't be read.
  if (!response.shouldKeepAlive) return;
  response.shouldKeepAlive = false;
  response.once("finish", () => socket.end());
}
