import { mkdirSync, writeFileSync } from "node:fs";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { type Certificate, makeCertificate } from "../../src/emulator/certificate.ts";

export interface HostileServer {
  /** As it is registered; the value for `--emulator-url`. */
  readonly url: string;
  /** What came in, in order. */
  readonly requests: readonly Received[];
  /** TCP connections that were accepted. */
  connections(): number;
  /** TLS handshakes that were finished. */
  handshakes(): number;
  close(): void;
}

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly authorization: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Hostility {
  /** Answers, or does worse. Default: 200 and an empty object. */
  readonly answer?: (request: IncomingMessage, response: ServerResponse) => void;
  /** Does something to a connection before its TLS handshake. */
  readonly connection?: (socket: Socket) => void;
  /** The authority that the registration names, where it is not the server's own. */
  readonly registeredCa?: Certificate;
}

/**
 * A server that passes itself off as an emulator by a registration in a state directory, as only someone with
 * the user's rights can, and then misbehaves.
 */
export async function hostileServer(state: string, hostility: Hostility): Promise<HostileServer> {
  const { answer = (_, response) => response.end("{}"), connection, registeredCa } = hostility;
  const certificate = await makeCertificate(Date.now());
  const requests: Received[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  let handshakes = 0;
  const server = createServer(
    { key: certificate.key, cert: certificate.cert },
    (request, response) => {
      const { method = "", url = "", headers } = request;
      requests.push({ method, path: url, authorization: headers.authorization ?? "", headers });
      // Answered only once the body is in: an early answer looks like a reset to some.
      request.resume().once("end", () => answer(request, response));
    },
  );
  server.on("connection", (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on("error", () => {});
    connection?.(socket);
  });
  server.on("secureConnection", (socket) => {
    handshakes++;
    socket.on("error", () => {});
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `https://127.0.0.1:${portOf(server.address())}`;
  const registry = join(state, "emulators");
  mkdirSync(registry, { recursive: true, mode: 0o700 });
  writeFileSync(
    join(registry, `${process.pid}-${new URL(url).port}.json`),
    JSON.stringify({
      url,
      caPem: (registeredCa ?? certificate).caPem,
      pid: process.pid,
      startedAt: new Date().toISOString(),
    }),
    { mode: 0o600 },
  );
  return {
    url,
    requests,
    connections: () => connections,
    handshakes: () => handshakes,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new TypeError("not a TCP server");
  return address.port;
}
