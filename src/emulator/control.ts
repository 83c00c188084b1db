import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { KlarnaPerfError } from "../base/errors.ts";
import type { AccessRecord } from "./access-record.ts";
import type { FaultBoard } from "./faults/board.ts";
import { listen } from "./listening.ts";

/** A fault is a line. */
const BODY_BYTES = 4096;

export interface ControlParts {
  /** 0: any free one. */
  readonly port: number;
  readonly tls: { readonly key: string; readonly cert: string };
  /** Whoever shows it may set faults. */
  readonly token: string;
  readonly faults: FaultBoard;
  readonly record: AccessRecord;
}

export interface RunningControl {
  /** `https://127.0.0.1:<port>` */
  readonly url: string;
  close(): Promise<void>;
}

type Answer = readonly [status: number, body?: object];

/**
 * The emulator's own control endpoint, on a port of its own, on loopback and under the same certificate authority.
 *
 *     GET    /faults       what is set, and how often it struck
 *     POST   /faults       sets the fault that the body describes: stall:operation=payment-request.read,delay=2s
 *     DELETE /faults       takes all of them back; /faults/<id> one
 *     GET    /summary      what has come so far, as in the access record's figures
 *
 * @throws UsageError EMULATOR_PORT when the port can't be had
 */
export async function startControl(parts: ControlParts): Promise<RunningControl> {
  const server = createServer(
    { ...parts.tls, minVersion: "TLSv1.2", requestTimeout: 10_000 },
    (request, response) => {
      let body = "";
      request.setEncoding("utf8");
      request.on("data", (chunk: string) => {
        if (body.length <= BODY_BYTES) body += chunk;
      });
      request.once("end", () => send(response, answer(parts, request, body)));
    },
  );
  const port = await listen(server, parts.port);
  return {
    url: `https://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(
  { token, faults, record }: ControlParts,
  { headers, method, url = "" }: IncomingMessage,
  body: string,
): Answer {
  if (!isToken(headers.authorization, token)) {
    return problem(401, "CONTROL_UNAUTHORIZED", "the token is missing or another's");
  }
  const id = /^\/faults\/(\d{1,9})$/.exec(url)?.[1];
  if (url !== "/faults" && url !== "/summary" && id === undefined) {
    return problem(404, "CONTROL_NOT_FOUND", "there is /faults, /faults/<id> and /summary");
  }
  if (url === "/summary" && method === "GET") return [200, record.summary()];
  if (url === "/faults" && method === "GET") return [200, { faults: faults.list() }];
  if (url === "/faults" && method === "POST") return set(faults, body);
  if (url === "/faults" && method === "DELETE") {
    faults.takeBackAll();
    return [204];
  }
  if (id !== undefined && method === "DELETE") {
    return faults.takeBack(Number(id))
      ? [204]
      : problem(404, "CONTROL_NOT_FOUND", `no fault ${id} is set`);
  }
  return problem(405, "CONTROL_METHOD", "give GET, POST or DELETE, where it has a meaning");
}

function set(faults: FaultBoard, body: string): Answer {
  if (body.length > BODY_BYTES) return problem(413, "CONTROL_TOO_LARGE", "a fault is one line");
  try {
    return [201, faults.set(body.trim())];
  } catch (error) {
    if (!(error instanceof KlarnaPerfError)) throw error;
    return problem(400, error.code, error.message, error.hint);
  }
}

function isToken(authorization: string | undefined, token: string): boolean {
  const given = Buffer.from(/^bearer (\S+)$/i.exec(authorization ?? "")?.[1] ?? "");
  const expected = Buffer.from(token);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function problem(status: number, code: string, message: string, hint?: string): Answer {
  return [status, { error: { code, message, ...(hint === undefined ? {} : { hint }) } }];
}

function send(response: ServerResponse, [status, body]: Answer): void {
  if (body === undefined) {
    response.writeHead(status).end();
    return;
  }
  response
    .writeHead(status, { "Content-Type": "application/json" })
    .end(`${JSON.stringify(body)}\n`);
}
