import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, Server as TlsServer } from "node:https";
import type { Duplex } from "node:stream";
import type { Clock } from "../base/clock.ts";
import { UsageError } from "../base/errors.ts";
import { type Micros, micros, milliseconds } from "../base/units.ts";
import { latencySampler } from "../model/latency.ts";
import type { AccessRecord } from "./access-record.ts";
import { type Connection, Connections } from "./connections.ts";
import type { ServerControls } from "./faults/fault.ts";
import { uuids } from "./ids.ts";
import type { EmulatorOptions } from "./options.ts";
import { type PipelineParts, pipeline } from "./pipeline.ts";
import type { Reply } from "./reply.ts";

/** Klarna's limits (our notes, §3.1): the body, all headers together, and one header with its name; bytes. */
const BODY_BYTES = 1_048_576;
const HEADERS_BYTES = 20 * 1024;
const HEADER_BYTES = 6 * 1024;

/**
 * Idle connections live 72 s. The other two must be longer: Node also counts them from the moment a
 * connection opens, and one that was opened ahead of its first request is idle, not slow.
 */
const TIMEOUTS = { keepAliveTimeout: 72_000, headersTimeout: 75_000, requestTimeout: 135_000 };

/** The most connections waiting to be accepted; a spike opens thousands at once. */
const BACKLOG = 4096;

/** After a fault has closed the port, until it is had again, should somebody else have taken it meanwhile. */
const LISTEN_AGAIN_US = milliseconds(100);

export interface ServerParts extends PipelineParts {
  readonly options: PipelineParts["options"] & Pick<EmulatorOptions, "port" | "latency">;
  /** PEM; null: plain HTTP, which only tests and benchmarks may use. */
  readonly tls: {
    readonly key: string;
    readonly cert: string;
    /** For the same key, and run out; none: that fault does nothing. */
    readonly expiredCert?: string;
  } | null;
  readonly record?: AccessRecord;
}

export interface RunningServer {
  /** `https://127.0.0.1:<port>`, no slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Drops every connection and frees the port. */
  close(): Promise<void>;
}

/**
 * Starts the emulator on 127.0.0.1. Every answer waits for its own latency, counted from its request's last
 * byte; none waits for another.
 * @throws UsageError EMULATOR_PORT when the port can't be had
 */
export async function startServer(parts: ServerParts): Promise<RunningServer> {
  const { clock, options, tls, faults, record } = parts;
  const answer = pipeline(parts);
  const latency = latencySampler(options.latency, parts.random.fork("emulator latency"));
  const correlationId = uuids(parts.random.fork("emulator connections"));

  /** The last answer that is being made for a connection. */
  const unanswered = new WeakMap<object, ServerResponse>();

  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.headers.host === undefined && request.httpVersion === "1.1") {
      response
        .writeHead(400, { "Klarna-Correlation-Id": correlationId(), Connection: "close" })
        .end();
      return;
    }
    const connection = connections.of(request.socket);
    unanswered.set(request.socket, response);
    readBody(request, (body) => {
      const now = clock.now();
      const reply = answer({
        method: request.method ?? "",
        url: request.url ?? "",
        headers: request.headers,
        body,
        headerTooLarge: hasLargeHeader(request.rawHeaders),
      });
      const due = micros(now + latency(reply.operation?.name));
      if (record) keepAccess(record, connection, reply, response);
      const fault = faults?.onAnswer(reply.operation?.name);
      const write = fault
        ? () => fault.deliver({ reply, response, clock, reset: () => connection?.reset() })
        : () => response.writeHead(reply.status, reply.headers).end(reply.payload);
      writeAt(clock, due, response, write);
    });
  };

  // Without a host name Node would answer by itself, without the id that every answer has (RFC 9112, section 3.2).
  const limits = { ...TIMEOUTS, maxHeaderSize: HEADERS_BYTES, requireHostHeader: false };
  const server: Server | TlsServer = tls
    ? createTlsServer({ ...limits, ...secure(tls, tls.cert) }, listener)
    : createServer(limits, listener);
  // An expectation that nobody knows is as good as none (RFC 9110, section 10.1.1).
  server.on("checkExpectation", listener);
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
    const before = unanswered.get(socket);
    if (before?.req.complete && !before.writableFinished) endAfter(before, socket);
    else refuseRaw(error, socket, correlationId());
  });
  const connections = new Connections(server, () => record?.connected() ?? 0);

  const port = await listen(server, options.port);
  let closing = false;
  faults?.attach(serverControls(server, tls, port, clock, () => closing));
  return {
    url: `${tls ? "https" : "http"}://127.0.0.1:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        // What a fault has closed must not be opened again.
        closing = true;
        faults?.takeBackAll();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function secure({ key }: NonNullable<ServerParts["tls"]>, cert: string) {
  return { key, cert, minVersion: "TLSv1.2" } as const;
}

/** @returns the port that was had. @throws UsageError EMULATOR_PORT */
export async function listen(server: Server | TlsServer, wanted: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => reject(portError(wanted, error));
    server.once("error", failed);
    server.listen({ host: "127.0.0.1", port: wanted, backlog: BACKLOG }, () => {
      server.off("error", failed);
      resolve();
    });
  });
  const address = server.address();
  return typeof address === "object" && address ? address.port : wanted;
}

/** What faults may do to the server. A fault counts from when it begins, so that two may overlap. */
function serverControls(
  server: Server | TlsServer,
  tls: ServerParts["tls"],
  port: number,
  clock: Clock,
  isClosing: () => boolean,
): ServerControls {
  let expired = 0;
  let refusing = 0;
  const listenAgain = (): void => {
    if (refusing > 0 || server.listening || isClosing()) return;
    listen(server, port).catch(() => {
      clock.atCoarse(micros(clock.now() + LISTEN_AGAIN_US), listenAgain);
    });
  };
  return {
    expireCertificate(on) {
      expired += on ? 1 : -1;
      if (!tls?.expiredCert || !(server instanceof TlsServer)) return;
      server.setSecureContext(secure(tls, expired > 0 ? tls.expiredCert : tls.cert));
    },
    refuseConnections(on) {
      refusing += on ? 1 : -1;
      if (refusing === 0) listenAgain();
      else if (server.listening) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

/** The request has come; how it ends is known when its answer does. */
function keepAccess(
  record: AccessRecord,
  connection: Connection | undefined,
  { operation, status }: Reply,
  response: ServerResponse,
): void {
  const at = record.arrived(operation?.category ?? "unknown");
  const end = (isWhole: boolean): void =>
    record.ended({
      at,
      connection: connection?.number ?? 0,
      operation,
      status: isWhole ? status : null,
    });
  // The other side may have read the whole answer before this one learns that it was sent.
  const ended = record.open(() => end(response.writableEnded));
  response.once("close", () => {
    ended();
    end(response.writableFinished);
  });
}

/**
 * Calls back at the request's last byte; never, if its sender goes away before. A body over the limit is read
 * to its end and thrown away: an answer to a sender that is still sending is lost in the connection's reset.
 */
function readBody(request: IncomingMessage, done: (body: Buffer | "too-large") => void): void {
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

function hasLargeHeader(rawHeaders: readonly string[]): boolean {
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const bytes = (rawHeaders[i]?.length ?? 0) + (rawHeaders[i + 1]?.length ?? 0);
    if (bytes > HEADER_BYTES) return true;
  }
  return false;
}

function writeAt(clock: Clock, due: Micros, response: ServerResponse, write: () => void): void {
  if (due <= clock.now()) {
    write();
    return;
  }
  // Coarse: polling for the exact microsecond would take the processor from the runner beside us.
  const cancel = clock.atCoarse(due, write);
  response.once("close", cancel);
}

/** What the parser refused never becomes a request, so it is answered on the bare socket. */
function refuseRaw(error: NodeJS.ErrnoException, socket: Duplex, correlationId: string): void {
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

function portError(port: number, cause: NodeJS.ErrnoException): UsageError {
  const inUse = cause.code === "EADDRINUSE";
  return new UsageError(
    "EMULATOR_PORT",
    inUse
      ? `port \`${port}\` is already in use`
      : `the emulator can't listen on port \`${port}\`: ${cause.code ?? cause.message}`,
    { hint: "choose another port, or 0 for any free one", cause },
  );
}
