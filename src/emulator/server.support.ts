import { type Agent, type IncomingHttpHeaders, request } from "node:http";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, expect } from "vitest";
import { seededRandom } from "../base/random.ts";
import { VirtualClock } from "../base/virtual-clock.ts";
import type { Latency } from "../model/latency.ts";
import { AccessRecord } from "./access-record.ts";
import { FaultBoard } from "./faults/board.ts";
import { type RunningServer, startServer } from "./server.ts";

// For tests: the emulator's server over plain HTTP, on a clock that stands still until it is moved.

const open: RunningServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

/** Ends with the test. */
export async function start(latency: Latency = { kind: "constant", us: 0 }, port = 0) {
  const clock = new VirtualClock();
  const faults = new FaultBoard(clock, seededRandom(1));
  const record = new AccessRecord(clock);
  const server = await startServer({
    clock,
    random: seededRandom(1),
    tls: null,
    faults,
    record,
    options: { port, quotas: "test", level: "partner", latency, apiKeys: null },
  });
  open.push(server);
  return { clock, server, faults, record };
}

export interface Got {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export const HEADERS = {
  authorization: "Basic klarna_test_api_abc",
  "content-type": "application/json",
};

export function send(
  server: RunningServer,
  method: string,
  path: string,
  { body = "", headers = {}, agent }: { body?: string; headers?: object; agent?: Agent } = {},
): Promise<Got> {
  return new Promise((resolve, reject) => {
    const options = { method, headers: { ...HEADERS, ...headers }, agent: agent ?? false };
    const sent = request(`${server.url}${path}`, options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode, headers: response.headers, body: text }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Until so many timers are set, which a request on its way may still do. */
export async function untilPending(clock: VirtualClock, timers: number): Promise<void> {
  for (let i = 0; i < 100_000 && clock.pending !== timers; i++) await turn();
  expect(clock.pending).toBe(timers);
}
