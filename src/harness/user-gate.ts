import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import type { Micros } from "../base/units.ts";

/** What the gate tells of its virtual users. */
export interface UserEvents {
  /** A user's think time is over: its next journey is due now. */
  readonly ready: (user: number, at: Micros) => void;
}

/**
 * Where virtual users ask for journeys: a Unix socket (a named pipe on Windows) in a fresh folder of mode 0700. A
 * connection is a user. It takes one request, `GET /journey`, and answers it when `release` is called: so a user
 * whose journey runs, or who thinks, is a request that is not answered yet.
 */
export class UserGate {
  readonly path: string;
  readonly #clock: Clock;
  readonly #folder: string;
  readonly #server: Server;
  readonly #users = new Map<Socket, number>();
  readonly #waiting = new Map<number, ServerResponse>();
  readonly #free: number[] = [];
  #known = 0;
  #closed = false;

  constructor(clock: Clock, { ready }: UserEvents) {
    this.#clock = clock;
    this.#folder = mkdtempSync(join(tmpdir(), "klarna-perf-gate-"));
    this.path =
      process.platform === "win32"
        ? `\\\\.\\pipe\\${this.#folder.split(/[\\/]/).at(-1)}`
        : join(this.#folder, "gate");
    this.#server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (request, response) => {
      const user = this.#users.get(request.socket);
      if (this.#closed || user === undefined || !isJourney(request)) {
        response.writeHead(404, { connection: "close" }).end();
        return;
      }
      this.#waiting.set(user, response);
      ready(user, this.#clock.now());
    });
    this.#server.on("connection", (socket) => this.#join(socket));
  }

  /** @throws Error when the socket can't be made */
  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.path, () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
  }

  /** Answers a user's request, who asks for the next journey then. Does nothing for a user who has gone. */
  release(user: number): void {
    const response = this.#waiting.get(user);
    this.#waiting.delete(user);
    response?.writeHead(200, { "content-length": 0 }).end();
  }

  /** Lets nobody in any more and drops every connection; does nothing the second time. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const socket of this.#users.keys()) socket.destroy();
    this.#server.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** A connection takes the lowest number that is free, so that a user who reconnects is the same one. */
  #join(socket: Socket): void {
    const user = this.#free.sort((a, b) => a - b).shift() ?? this.#known++;
    this.#users.set(socket, user);
    socket.on("error", () => {});
    socket.once("close", () => {
      this.#users.delete(socket);
      this.#waiting.delete(user);
      this.#free.push(user);
    });
  }
}

function isJourney({ method, url }: IncomingMessage): boolean {
  return method === "GET" && url === "/journey";
}
