import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Duplex } from "node:stream";
import type { Clock } from "../base/clock.ts";
import { UsageError } from "../base/errors.ts";
import { type Micros, micros } from "../base/units.ts";
import { uuids } from "./ids.ts";
import { latencySampler } from "./latency.ts";
import type { EmulatorOptions } from "./options.ts";
import { type PipelineParts, pipeline, type Reply } from "./pipeline.ts";

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

export interface ServerParts extends PipelineParts {
  readonly options: Omit<EmulatorOptions, "registryDir">;
  /** PEM; null: plain HTTP, which only tests and benchmarks may use. */
  readonly tls: { readonly key: string; readonly cert: string } | null;
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
  const { clock, options, tls } = parts;
  const answer = pipeline(parts);
  const latency = latencySampler(options.latency, parts.random.fork("emulator latency"));
  const correlationId = uuids(parts.random.fork("emulator connections"));

  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    readBody(request, (body) => {
      const due = micros(clock.now() + latency());
      const reply = answer({
        method: request.method ?? "",
        url: request.url ?? "",
        headers: request.headers,
        body,
        headerTooLarge: hasLargeHeader(request.rawHeaders),
      });
      writeAt(clock, due, response, reply);
    });
  };

  const limits = { ...TIMEOUTS, maxHeaderSize: HEADERS_BYTES };
  const server = tls
    ? createTlsServer({ ...limits, ...tls, minVersion: "TLSv1.2" }, listener)
    : createServer(limits, listener);
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
    refuseRaw(error, socket, correlationId());
  });

  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(portError(options.port, error));
    });
    server.listen({ host: "127.0.0.1", port: options.port, backlog: BACKLOG }, resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : options.port;
  return {
    url: `${tls ? "https" : "http"}://127.0.0.1:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
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

function writeAt(clock: Clock, due: Micros, response: ServerResponse, reply: Reply): void {
  const write = (): void => {
    response.writeHead(reply.status, reply.headers).end(reply.payload);
  };
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
