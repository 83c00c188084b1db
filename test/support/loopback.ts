import { connect, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from "node:tls";

/** Servers on 127.0.0.1 that keep a record of their own and do as a test says, byte for byte. */

export interface Loopback {
  readonly port: number;
  /** Connections accepted, before any handshake. */
  readonly accepted: number;
  /** Connections open now. */
  readonly open: number;
  /** Everything that came in over TLS, or over TCP where there is none. */
  readonly received: string;
  /** Server names that clients asked for. */
  readonly serverNames: readonly (string | false | null)[];
  /** Resets every open connection beneath its TLS, as a crashed host does. */
  reset(): void;
  close(): Promise<void>;
}

interface Options extends TlsOptions {
  /** Told of each connection once its handshake is done. */
  readonly onSocket?: (socket: TLSSocket) => void;
}

export function startTls({ onSocket, ...options }: Options): Promise<Loopback> {
  const server = createTlsServer(options);
  const record = new Record(server);
  server.on("secureConnection", (socket) => {
    record.serverNames.push(socket.servername);
    socket.on("data", (chunk) => record.take(chunk));
    socket.on("error", () => {});
    onSocket?.(socket);
  });
  server.on("tlsClientError", () => {});
  return record.listen();
}

/** @param port default: any free one */
export function startTcp(onSocket: (socket: Socket) => void, port = 0): Promise<Loopback> {
  const server = createTcpServer({ allowHalfOpen: true });
  const record = new Record(server);
  server.on("connection", (socket) => {
    socket.on("data", (chunk) => record.take(chunk));
    onSocket(socket);
  });
  return record.listen(port);
}

class Record implements Loopback {
  readonly serverNames: (string | false | null)[] = [];
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  #received = "";
  accepted = 0;

  constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket: Socket) => {
      this.accepted++;
      this.#open.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.#open.delete(socket));
    });
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("not listening");
    return address.port;
  }
  get open(): number {
    return this.#open.size;
  }
  get received(): string {
    return this.#received;
  }
  take(chunk: Buffer): void {
    this.#received += chunk.toString("latin1");
  }
  listen(port = 0): Promise<this> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, "127.0.0.1", () => resolve(this));
    });
  }
  reset(): void {
    for (const socket of this.#open) socket.resetAndDestroy();
  }
  close(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

/** Passes bytes on to a server as they come, both ways: a tunnel. */
export function startTunnel(toPort: number, port = 0): Promise<Loopback> {
  return startTcp((socket) => {
    const upstream = connect({ host: "127.0.0.1", port: toPort });
    upstream.on("error", () => socket.destroy());
    socket.on("close", () => upstream.destroy());
    socket.pipe(upstream);
    upstream.pipe(socket);
  }, port);
}

/** Passes bytes on to a server, and never an end in either direction: what a stuck middlebox does. */
export function startStuckForwarder(port: number): Promise<Loopback> {
  return startTcp((socket) => {
    const upstream = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
    upstream.on("error", () => {});
    socket.on("close", () => upstream.destroy());
    socket.pipe(upstream, { end: false });
    upstream.pipe(socket, { end: false });
  });
}

/** A port on which nothing listens any more. */
export async function freePort(): Promise<number> {
  const server = await startTcp(() => {});
  const { port } = server;
  await server.close();
  return port;
}
