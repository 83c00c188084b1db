import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../base/clock.ts";
import { Refusal, UsageError } from "../base/errors.ts";
import { type Micros, micros, seconds } from "../base/units.ts";
import type { GuardedRequest } from "../guard/request-check.ts";
import { OPERATIONS } from "../klarna/catalogue.ts";
import type { Operation } from "../klarna/operation.ts";
import { operationRouter } from "../klarna/operation-router.ts";
import { hasBody, readBody } from "./body.ts";
import { CONNECTIONS_MAX, Connections } from "./connections.ts";
import {
  expectationProblem,
  familyOf,
  faultProblem,
  type Problem,
  problemAnswer,
} from "./problem.ts";
import { type Reply, writeReply } from "./reply.ts";
import {
  guardedRequest,
  type Head,
  type LiveKey,
  type Rules,
  readHead,
  refusalProblem,
} from "./request.ts";
import { isSameToken, newToken } from "./token.ts";

/** A little more than the guard lets out, so that what is too long is told and not cut off. */
const HEADER_BYTES_MAX = 32 * 1024;
/** A request that has not come whole by then is given up, however slowly it comes. */
const REQUEST_TIMEOUT_MS = 30_000;
const HEAD_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 75_000;
/** How long an answer that is written has to be read, once the gate closes. */
const CLOSE_US = seconds(1);

/** A request of the application's that may be passed on. */
export interface AppRequest {
  readonly operation: Operation;
  readonly request: GuardedRequest;
  /** Whose it is, where callers say so by the path below which they ask: `/call-17/v2/…`. */
  readonly caller: number | undefined;
  /** When its last byte had come. */
  readonly at: Micros;
  /** Whether whoever sent it has gone. */
  readonly isGone: boolean;
  /** Answers it, once. */
  answer(reply: Reply): void;
  refuse(problem: Problem): void;
}

export interface GateEvents {
  /** May be passed on. */
  readonly asked: (request: AppRequest) => void;
  /** Was answered by the gate, and passed on to nobody. */
  readonly refused: (problem: Problem, liveKey: LiveKey | undefined) => void;
}

/** What stands behind the token. */
interface Asked {
  readonly target: string;
  readonly caller: number | undefined;
}

/**
 * Where an application comes with its requests: HTTP on 127.0.0.1, below a path that only its user knows. It reads each
 * request whole and anew, so that what goes on is what was checked; it opens no connection of its own.
 */
export class GateListener {
  readonly #clock: Clock;
  readonly #rules: Rules;
  readonly #events: GateEvents;
  readonly #callers: boolean;
  readonly #token = newToken();
  readonly #server: Server;
  readonly #route = operationRouter(OPERATIONS.values());
  readonly #connections = new Connections();

  /** @param callers whether paths may begin with whose call a request is */
  constructor(
    clock: Clock,
    rules: Rules,
    events: GateEvents,
    { callers = false }: { readonly callers?: boolean } = {},
  ) {
    this.#clock = clock;
    this.#callers = callers;
    this.#rules = rules;
    this.#events = events;
    this.#server = createServer(
      {
        maxHeaderSize: HEADER_BYTES_MAX,
        headersTimeout: HEAD_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        connectionsCheckingInterval: 1000,
        keepAliveTimeout: KEEP_ALIVE_MS,
        insecureHTTPParser: false,
        requireHostHeader: true,
        noDelay: true,
      },
      (message, response) => this.#take(message, response),
    );
    // Else Node answers these itself, whoever asks.
    this.#server.on("checkContinue", (message, response) =>
      this.#take(message, response, "continue"),
    );
    this.#server.on("checkExpectation", (message, response) =>
      this.#take(message, response, "other"),
    );
    this.#server.maxConnections = CONNECTIONS_MAX;
    this.#server.on("connection", (socket) => this.#connections.admit(socket));
  }

  /**
   * @param port 0: any free one
   * @returns the base URL, for the application alone
   * @throws UsageError `GATE_PORT` for one that can't be had
   */
  listen(port: number): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", (cause) => reject(portError(port, cause)));
      this.#server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
        const { port: bound } = this.#server.address() as AddressInfo;
        resolve(`http://127.0.0.1:${bound}/${this.#token}/`);
      });
    });
  }

  /** Listens no more, and ends every connection once what was written on it is out; does nothing the second time. */
  close(): void {
    this.#server.close();
    for (const socket of this.#connections) {
      socket.destroySoon();
      // Whoever does not read what is written is not waited for.
      this.#clock.atCoarse(micros(this.#clock.now() + CLOSE_US), () => socket.destroy());
    }
  }

  /** @param expects what its `Expect` asks for, if it has one */
  #take(message: IncomingMessage, response: ServerResponse, expects?: "continue" | "other"): void {
    response.on("error", () => {});
    message.on("error", () => {});
    const asked = this.#pathFor(message);
    if (asked === undefined) {
      response.writeHead(404, { "content-length": 0, connection: "close" }).end();
      return;
    }
    this.#connections.know(message.socket);
    const { target, caller } = asked;
    const head: Head = { method: message.method ?? "", target, rawHeaders: message.rawHeaders };
    this.#orRefuse(message, response, head, () => {
      const reading = readHead(head, this.#route, this.#rules.permission);
      if (reading.kind === "refused") {
        this.#refuse(message, response, reading.problem, reading.liveKey);
        return;
      }
      if (expects === "other") {
        this.#refuse(message, response, expectationProblem(reading.request.operation.family));
        return;
      }
      if (expects === "continue") response.writeContinue();
      const whole = (body: string | undefined, at: Micros): void =>
        this.#orRefuse(message, response, head, () => {
          const request = guardedRequest(reading.request, body);
          const { operation } = reading.request;
          const problem = this.#rules.content({ operation, request });
          if (problem) {
            this.#refuse(message, response, problem);
            return;
          }
          this.#events.asked(
            this.#appRequest({ operation, request, caller, at }, message, response),
          );
        });
      const refused = (problem: Omit<Problem, "family">): void =>
        this.#refuse(message, response, { ...problem, family: familyOf(head.target) });
      const parts = { clock: this.#clock, connections: this.#connections };
      readBody(message, response, parts, { whole, refused });
    });
  }

  /** What the guard refuses, and what this program fails on, is refused: the next request is another one. */
  #orRefuse(
    message: IncomingMessage,
    response: ServerResponse,
    head: Head,
    work: () => void,
  ): void {
    try {
      work();
    } catch (error) {
      const family = familyOf(head.target);
      const problem =
        error instanceof Refusal ? refusalProblem(error, family) : faultProblem(error, family);
      if (!response.headersSent) this.#refuse(message, response, problem);
    }
  }

  /** The target behind the token; `undefined` for whoever does not have it. */
  #pathFor({ url = "", httpVersionMajor }: IncomingMessage): Asked | undefined {
    // The parser takes what came before HTTP had versions, without a host and without headers.
    if (httpVersionMajor !== 1) return undefined;
    const [, given = "", rest] = /^\/([^/?#]{1,64})(\/.*)$/s.exec(url) ?? [];
    if (!isSameToken(given, this.#token) || rest === undefined) return undefined;
    const [, caller, below] = (this.#callers && /^\/call-(\d{1,15})(\/.*)$/s.exec(rest)) || [];
    return below === undefined
      ? { target: rest, caller: undefined }
      : { target: below, caller: Number(caller) };
  }

  #appRequest(
    asked: Pick<AppRequest, "operation" | "request" | "caller" | "at">,
    { socket }: IncomingMessage,
    response: ServerResponse,
  ): AppRequest {
    return {
      ...asked,
      get isGone() {
        return response.destroyed || socket.destroyed;
      },
      answer: (reply) => once(response, reply),
      refuse: (problem) => once(response, problemAnswer(problem)),
    };
  }

  #refuse(
    message: IncomingMessage,
    response: ServerResponse,
    problem: Problem,
    liveKey?: LiveKey,
  ): void {
    // What of a body has not come yet is not waited for.
    if (!message.complete && hasBody(message)) response.shouldKeepAlive = false;
    writeReply(response, problemAnswer(problem));
    this.#events.refused(problem, liveKey);
  }
}

function once(response: ServerResponse, reply: Reply): void {
  if (!response.headersSent && !response.destroyed) writeReply(response, reply);
}

function portError(port: number, cause: Error): UsageError {
  const code = "code" in cause ? String(cause.code) : cause.message;
  return new UsageError("GATE_PORT", `the gate can't listen on port ${port}: ${code}`, {
    hint: "give another with --port, or leave it out for any free one",
    cause,
  });
}
