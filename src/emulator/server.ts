import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import { likenessOf } from "../klarna/idempotency.ts";
import { readRateLimit } from "../klarna/rate-limit.ts";
import { latencySampler } from "../model/latency.ts";
import type { AccessRecord, ClientNotes } from "./access-record.ts";
import { problems } from "./answers.ts";
import { type Connection, Connections } from "./connections.ts";
import { Deliveries } from "./delivery.ts";
import { uuids } from "./ids.ts";
import { HEADERS_BYTES, hasLargeHeader, readBody } from "./incoming.ts";
import { listen, secure, serverControls, type TlsIdentity } from "./listening.ts";
import type { EmulatorOptions } from "./options.ts";
import { type PipelineParts, pipeline } from "./pipeline.ts";
import type { Reply } from "./reply.ts";
import { Unreadable } from "./unreadable.ts";

/**
 * Idle connections live 72 s. The other two must be longer: Node also counts them from the moment a
 * connection opens, and one that was opened ahead of its first request is idle, not slow.
 */
const TIMEOUTS = { keepAliveTimeout: 72_000, headersTimeout: 75_000, requestTimeout: 135_000 };

export interface ServerParts extends PipelineParts {
  readonly options: PipelineParts["options"] & Pick<EmulatorOptions, "port" | "latency">;
  /** null: plain HTTP, which only tests and benchmarks may use. */
  readonly tls: TlsIdentity | null;
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
  const { clock, options, tls, faults, record, random } = parts;
  const answer = pipeline(parts);
  const deliveries = new Deliveries({
    clock,
    faults,
    latency: latencySampler(options.latency, random.fork("emulator latency")),
    problem: problems(uuids(random.fork("emulator time-outs"))),
  });
  const correlationId = uuids(random.fork("emulator connections"));

  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.headers.host === undefined && request.httpVersion === "1.1") {
      response
        .writeHead(400, { "Klarna-Correlation-Id": correlationId(), Connection: "close" })
        .end();
      return;
    }
    const connection = connections.of(request.socket);
    unreadable.answering(response);
    readBody(request, (body) => {
      const asked = clock.now();
      const reply = answer({
        method: request.method ?? "",
        url: request.url ?? "",
        headers: request.headers,
        body,
        headerTooLarge: hasLargeHeader(request.rawHeaders),
      });
      if (record)
        keepAccess(record, connection, reply, response, clientNotes(request, body, reply));
      deliveries.deliver(reply, response, asked, () => connection?.reset());
    });
  };

  // Without a host name Node would answer by itself, without the id that every answer has (RFC 9112, section 3.2).
  const limits = { ...TIMEOUTS, maxHeaderSize: HEADERS_BYTES, requireHostHeader: false };
  const server: Server | TlsServer = tls
    ? createTlsServer({ ...limits, ...secure(tls, tls.cert) }, listener)
    : createServer(limits, listener);
  // An expectation that nobody knows is as good as none (RFC 9110, section 10.1.1).
  server.on("checkExpectation", listener);
  const unreadable = new Unreadable(server, correlationId);
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

function clientNotes(
  { method = "", url = "", headers: { "klarna-idempotency-key": key } }: IncomingMessage,
  body: Buffer | "too-large",
  { headers }: Reply,
): ClientNotes {
  const told = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  const { limit, remaining, resetSeconds: reset } = readRateLimit(Object.fromEntries(told));
  return { ...likenessOf(method, url, body, key?.toString()), limit, remaining, reset };
}

/** The request has come; how it ends is known when its answer does. */
function keepAccess(
  record: AccessRecord,
  connection: Connection | undefined,
  { operation }: Reply,
  response: ServerResponse,
  client: ClientNotes,
): void {
  const at = record.arrived(operation?.category ?? "unknown");
  const end = (isWhole: boolean): void =>
    record.ended({
      at,
      connection: connection?.number ?? 0,
      operation,
      status: isWhole ? response.statusCode : null,
      client,
    });
  // The other side may have read the whole answer before this one learns that it was sent.
  const ended = record.open(() => end(response.writableEnded));
  response.once("close", () => {
    ended();
    end(response.writableFinished);
  });
}
