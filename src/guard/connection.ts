import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";
import Client from "undici/lib/dispatcher/client.js";
import type { Cancel, Clock } from "../base/clock.ts";
import { type Micros, micros } from "../base/units.ts";
import { VERSION } from "../base/version.ts";
import { TestApiKey } from "./api-key.ts";
import {
  type Answered,
  closes,
  type Exchange,
  type ExchangeEvents,
  type Failed,
  failureOf,
  type Phase,
  type Phases,
} from "./exchange.ts";
import type { OpenSocket } from "./opening.ts";
import {
  BODY_BYTES_MAX,
  checkRequest,
  type GuardedRequest,
  requestTarget,
} from "./request-check.ts";

/** An answer longer than this is cut off: nothing in Klarna's API comes near it. */
const ANSWER_BYTES_MAX = 8 * 1024 * 1024;

/** Longer than any run lasts: an idle connection lives as long as its server lets it. */
const NEVER_MS = 0x7fff_ffff;

const USER_AGENT = `klarna-perf/${VERSION}`;

/**
 * HTTP/1.1 over one connection that the door has opened: one request at a time, no pipelining, no redirect,
 * no retry and no second connection. The guard's key goes out here and nowhere else.
 */
export class GuardedConnection {
  readonly #socket: OpenSocket;
  readonly #client: Client;
  readonly #clock: Clock;
  /** The guard's own headers, and what its HTTP client adds: for the sizes, which count them. */
  readonly #headers: { readonly authorization: string; readonly "user-agent": string };
  readonly #added: Readonly<Record<string, string>>;
  #freeSince: Micros;
  #state: "idle" | "busy" | "closed" = "idle";
  #current: ((exchange: Exchange) => void) | undefined;
  #requests = 0;
  #watching = false;
  #firstByte: Micros | undefined;

  /**
   * @param onClosed called once when the connection can't be used any more
   * @param onError told what broke the TLS connection, where something did
   */
  constructor(
    origin: string,
    socket: OpenSocket,
    key: TestApiKey,
    clock: Clock,
    onClosed: () => void,
    onError: (error: Error) => void = () => {},
  ) {
    this.#socket = socket;
    this.#clock = clock;
    this.#freeSince = clock.now();
    this.#headers = {
      authorization: TestApiKey.assertGenuine(key).authorization(),
      "user-agent": USER_AGENT,
    };
    this.#added = {
      ...this.#headers,
      host: new URL(origin).host,
      connection: "keep-alive",
      "content-length": String(BODY_BYTES_MAX),
    };
    let handedOver = false;
    this.#client = new Client(origin, {
      pipelining: 1,
      // Off: the deadline that `send` is given covers the whole exchange.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: NEVER_MS,
      keepAliveMaxTimeout: NEVER_MS,
      maxResponseSize: ANSWER_BYTES_MAX,
      connect: (_, callback) => {
        // The client asks a second time when its connection has gone; it gets no other.
        if (handedOver) return callback(new Error("one connection only"), null);
        handedOver = true;
        // Not within this call: the client would take note of the connection and then wait for another event.
        queueMicrotask(() => callback(null, socket.stream));
      },
    });
    socket.stream.once("close", () => {
      if (this.#state === "closed") return;
      this.#state = "closed";
      void this.#client.destroy().catch(() => {});
      onClosed();
    });
    // Without a listener an idle connection's reset would be thrown; `close` follows and tells the rest.
    socket.stream.on("error", onError);
    socket.raw.on("error", () => {});
  }

  /** Whether a request can be written on it now. */
  get isIdle(): boolean {
    const { stream } = this.#socket;
    return this.#state === "idle" && stream.writable && !stream.readableEnded && !stream.destroyed;
  }
  /** Since when it has been open and idle. */
  get freeSince(): Micros {
    return this.#freeSince;
  }

  /**
   * Has the request written: the first time on a connection before the next event, later on after one turn of
   * the event loop, in which the client sees whether the server has closed the connection or sent what nobody
   * asked for.
   *
   * @param timeout from now until the answer's last byte
   * @throws Refusal if the request may not be sent; nothing has been written then
   */
  send(request: GuardedRequest, timeout: Micros, { written, done }: ExchangeEvents): void {
    if (!this.isIdle) throw new TypeError("a connection carries one request at a time");
    checkRequest(request, this.#added);
    this.#state = "busy";
    this.#firstByte = undefined;
    const connection = this.#requests++ === 0 ? "new" : "reused";
    let writtenAt: Micros | undefined;
    let cancelTimeout: Cancel = () => {};
    const finish = (exchange: Exchange): void => {
      if (this.#current !== finish) return;
      this.#current = undefined;
      cancelTimeout();
      if (exchange.kind === "answered" && this.#state === "busy" && !closes(exchange.headers)) {
        this.#state = "idle";
        this.#freeSince = exchange.end;
      } else {
        this.reset();
      }
      // Not within the parser's call: a request sent from there would be taken for the one that surplus bytes
      // of this answer belong to, and whether the server closes the connection is only known after it.
      queueMicrotask(() => done(exchange));
    };
    this.#current = finish;
    const fail = (code: Failed["code"]): void => {
      const phase = this.#phase(writtenAt);
      finish({ kind: "failed", code, phase, connection, end: this.#clock.now() });
    };
    cancelTimeout = this.#clock.atCoarse(micros(this.#clock.now() + timeout), () =>
      fail("timeout"),
    );
    let returned = false;
    let begun = false;
    const tell = (): void => {
      writtenAt = this.#clock.now();
      written();
    };
    const onBegin = (): void => {
      begun = true;
      this.#watchForFirstByte();
      // Told just before the write; a microtask runs just after it.
      if (returned) queueMicrotask(tell);
    };
    this.#client.dispatch(
      {
        method: request.method,
        path: requestTarget(request),
        headers: this.#withOwn(request.headers),
        body: request.body ?? null,
      },
      this.#handler(onBegin, fail, (answer) => {
        const end = this.#clock.now();
        const first = this.#firstByte ?? end;
        const opened = connection === "new" ? this.#socket : undefined;
        const phases: Phases = {
          waitUs: micros(Math.max(0, first - (writtenAt ?? first))),
          bodyUs: micros(end - first),
          connection,
          dnsUs: opened?.dnsUs,
          connectUs: opened?.connectUs,
          tlsUs: opened?.tlsUs,
        };
        const { status, headers, body } = answer;
        finish({ kind: "answered", status, headers, body, end, phases });
      }),
    );
    returned = true;
    if (begun) tell();
  }

  /** Cuts the connection so that nothing more reaches the peer, not even what the kernel still holds. */
  reset(): void {
    this.#state = "closed";
    this.#socket.raw.resetAndDestroy();
    this.#socket.stream.destroy();
    void this.#client.destroy().catch(() => {});
  }

  /** Closes an idle connection in order; one with a request on it is reset. */
  close(): void {
    if (this.#state === "idle") {
      this.#state = "closed";
      void this.#client.close().catch(() => {});
      this.#socket.stream.end();
    } else {
      this.reset();
    }
  }

  #phase(writtenAt: Micros | undefined): Phase {
    if (this.#firstByte !== undefined) return "body";
    // What the socket still holds, the kernel has not taken: the peer reads nothing.
    return writtenAt === undefined || this.#socket.stream.writableLength > 0
      ? "writing"
      : "waiting";
  }

  /** Names and values in turn, as the HTTP client takes them too. */
  #withOwn(headers: GuardedRequest["headers"]): string[] {
    const all: string[] = [];
    for (const [name, value] of Object.entries(headers)) all.push(name, value);
    all.push("authorization", this.#headers.authorization);
    all.push("user-agent", this.#headers["user-agent"]);
    return all;
  }

  /** The client tells of a whole head only. It must be listening by now: the first listener alone wakes the socket. */
  #watchForFirstByte(): void {
    if (this.#watching) return;
    this.#watching = true;
    const { stream } = this.#socket;
    stream.prependListener("readable", () => {
      if (stream.readableLength > 0) this.#firstByte ??= this.#clock.now();
    });
  }

  #handler(
    onBegin: () => void,
    fail: (code: Failed["code"]) => void,
    answered: (answer: Pick<Answered, "status" | "headers" | "body">) => void,
  ): Dispatcher.DispatchHandler {
    let status = 0;
    let headers: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    return {
      onRequestStart: onBegin,
      onResponseStart: (_, statusCode, receivedHeaders) => {
        status = statusCode;
        headers = receivedHeaders;
      },
      onResponseData: (_, chunk) => {
        chunks.push(chunk);
      },
      onResponseEnd: () => {
        const body = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
        answered({ status, headers, body });
      },
      onResponseError: (_, error) => fail(failureOf(error)),
    };
  }
}
