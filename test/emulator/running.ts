import { type Agent, type RequestOptions, request } from "node:https";
import { systemClock } from "../../src/base/clock.ts";
import { seededRandom } from "../../src/base/random.ts";
import { AccessRecord } from "../../src/emulator/access-record.ts";
import { makeCertificate } from "../../src/emulator/certificate.ts";
import { type RunningControl, startControl } from "../../src/emulator/control.ts";
import { FaultBoard } from "../../src/emulator/faults/board.ts";
import { type ServerParts, startServer } from "../../src/emulator/server.ts";

// The emulator over real sockets and TLS, on the real clock, in this process.

export const TOKEN = "a-token-of-the-test";
export const AUTHORIZATION = "Basic klarna_test_api_abc";

export async function startEmulator(options: Partial<ServerParts["options"]> = {}) {
  const clock = systemClock();
  const random = seededRandom(1);
  const { caPem, ...tls } = await makeCertificate(clock.wallMs());
  const faults = new FaultBoard(clock, random.fork("faults"));
  const record = new AccessRecord(clock);
  const server = await startServer({
    clock,
    random,
    tls,
    faults,
    record,
    quota: () => 1_000_000,
    options: {
      port: 0,
      quotas: "test",
      level: "partner",
      latency: { kind: "constant", us: 0 },
      apiKeys: null,
      ...options,
    },
  });
  const control: RunningControl = await startControl({
    port: 0,
    tls,
    token: TOKEN,
    faults,
    record,
  });
  return {
    url: server.url,
    port: server.port,
    controlUrl: control.url,
    caPem,
    faults,
    record,
    close: async () => {
      await Promise.all([server.close(), control.close()]);
    },
  };
}

/** What came of one request; `code` where it ended without a whole answer. */
export interface Outcome {
  readonly status: number | undefined;
  readonly contentType?: string | undefined;
  readonly body: string;
  readonly code: string | undefined;
}

export interface Asked {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly agent?: Agent;
  /** Gives up after so long. */
  readonly timeoutMs?: number;
}

/** One request on a connection of its own, unless it is given an agent. */
export function ask(url: string, ca: string, asked: Asked = {}): Promise<Outcome> {
  const { method = "GET", body = "", headers, agent, timeoutMs = 10_000 } = asked;
  return new Promise((resolve) => {
    let status: number | undefined;
    let contentType: string | undefined;
    let text = "";
    const end = (error?: NodeJS.ErrnoException): void => {
      resolve({ status, contentType, body: text, code: error?.code ?? error?.message });
    };
    const options: RequestOptions = {
      method,
      ca,
      agent: agent ?? false,
      timeout: timeoutMs,
      headers: { authorization: AUTHORIZATION, "content-type": "application/json", ...headers },
    };
    const sent = request(url, options, (response) => {
      status = response.statusCode;
      contentType = response.headers["content-type"];
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => end()).on("error", end);
    });
    sent.on("timeout", () => sent.destroy(Object.assign(new Error(), { code: "GAVE_UP" })));
    sent.on("error", end);
    sent.end(body);
  });
}

/** Asks again until it is so: for what a server or another process does in its own time. */
export async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`it never came to that: ${isSo}`);
}
