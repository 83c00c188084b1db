import type { Server } from "node:http";
import type { Server as TlsServer } from "node:https";
import type { Socket } from "node:net";

/** A connection as it was accepted, below any TLS. */
export interface Connection {
  /** From 1, in the order of acceptance. */
  readonly number: number;
  /** Ends it so that the other side sees a reset, whatever it is in the middle of. */
  reset(): void;
}

/** Knows the TCP connection of each socket that a request comes on. */
export class Connections {
  readonly #bySocket = new WeakMap<object, Connection>();
  /** Until TLS is agreed on, when the encrypted socket takes its place. */
  readonly #byPort = new Map<number, Connection>();

  /** @param accepted called for each connection; returns its number */
  constructor(server: Server | TlsServer, accepted: () => number) {
    server.on("connection", (socket: Socket) => {
      const { remotePort } = socket;
      const connection: Connection = {
        number: accepted(),
        reset: () => socket.resetAndDestroy(),
      };
      this.#bySocket.set(socket, connection);
      if (remotePort === undefined) return;
      this.#byPort.set(remotePort, connection);
      socket.once("close", () => {
        if (this.#byPort.get(remotePort) === connection) this.#byPort.delete(remotePort);
      });
    });
    // An encrypted socket does not tell which one it is made of, but both have the same other end.
    server.on("secureConnection", (socket: Socket) => {
      const connection = this.#byPort.get(socket.remotePort ?? -1);
      if (connection) this.#bySocket.set(socket, connection);
    });
  }

  /** Undefined only for a socket that has ended before it was looked at. */
  of(socket: Socket): Connection | undefined {
    return this.#bySocket.get(socket);
  }
}
