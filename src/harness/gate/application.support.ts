import { request } from "node:http";
import { micros, seconds } from "../../base/units.ts";
import { VirtualClock } from "../../base/virtual-clock.ts";
import { approve } from "../../guard/approval.ts";
import type { GuardedConnection } from "../../guard/connection.ts";
import type { Exchange } from "../../guard/exchange.ts";
import { counter, type JourneyFeed } from "../../workload/feed.ts";
import type { DropReason, Outcome, Sent } from "../../workload/outcome.ts";
import type { Answer, Sink } from "../../workload/roles.ts";
import type { Sender } from "../sender.ts";
import { Application, type GateNews } from "./application.ts";
import { prepareGate } from "./prepare.ts";

/** An application's side of a gate with the run loop played by whoever tests it: by the virtual clock, and nothing is connected to. */

/** @param requests that it may pass on; `undefined`: what the emulator allows */
export async function started(idle = seconds(300), requests?: number) {
  const clock = new VirtualClock();
  const around = { cwd: "/", env: {}, execArgv: [], argv: [], nowMs: clock.wallMs() };
  const bounds = { rate: undefined, lasts: undefined, hold: seconds(2) };
  const { plan, facts } = prepareGate({ environment: "emulator", seed: 1, ...bounds }, around);
  const told: string[] = [];
  let url = "";
  const news: GateNews = {
    ready: (baseUrl) => {
      url = baseUrl;
    },
    nobodyCame: () => told.push("nobody came"),
    refused: ({ code }) => told.push(code),
    liveKey: () => told.push("live key"),
    closing: (why) => told.push(why),
  };
  const { bounds: allowed } = approve(facts);
  const approved = { bounds: { ...allowed, requests: requests ?? allowed.requests } };
  const permission = () => undefined;
  const settings = { profile: undefined, port: 0, idle, news };
  const application = await Application.start({ plan, approved, permission, clock, ...settings });
  let woken = (): void => {};
  const loop = { wake: () => woken(), stop: () => {} };
  const feed = application.feedOf(undefined, loop)(micros(0), () => ({}), counter());
  const onWake = (what: () => void): void => {
    woken = what;
  };
  const after = (us: number): void => {
    const until = clock.now() + us;
    while (clock.pending > 0 && clock.now() < until) clock.step();
  };
  return { application, clock, after, told, url, feed, onWake };
}

export type Started = Awaited<ReturnType<typeof started>>;

/** A request as it stands in outcomes. */
interface Taken {
  readonly sent: Sent;
  readonly values: Readonly<Record<string, string>>;
}

const NOWHERE: Sink = {
  due: () => {},
  started: () => {},
  outcome: () => {},
  journey: () => {},
  gap: () => {},
  tick: () => {},
  idle: () => {},
};

/** The run loop and what is behind it: takes what has come, sends it or drops it, and has it answered. */
export function loopOf({ application, clock, feed, onWake }: Started) {
  const waiting: Taken[] = [];
  const outcomes: Outcome[] = [];
  const sink = application.listeningTo({ ...NOWHERE, outcome: (one) => outcomes.push(one) });
  const take = (from: JourneyFeed): void => {
    for (const { journey, due } of from.arrivedBy(clock.now())) {
      const sent: Sent = {
        request: journey.id,
        journey: journey.id,
        scenario: journey.scenario.name,
        operation: journey.scenario.name,
        category: "payment-transaction-capture",
        phase: "steady",
        due,
        attempt: 1,
        poll: 1,
        start: due,
        waits: { inFlight: micros(0), cap: micros(0), steering: micros(0), runnerLag: micros(0) },
      };
      waiting.push({ sent, values: journey.values });
    }
  };
  onWake(() => take(feed));
  const came = async (count: number): Promise<void> => {
    while (waiting.length < count) await new Promise((resolve) => setImmediate(resolve));
  };
  const next = (): Taken => {
    const one = waiting.shift();
    if (!one) throw new Error("nothing waits");
    return one;
  };
  /** Sends the next one. @returns what answers it */
  const send = (): ((exchange: Exchange) => void) => {
    const { sent, values } = next();
    let answer = (_exchange: Exchange): void => {};
    const ended = (what: Answer): void => {
      const { kind, end } = what;
      if (kind === "failed") sink.outcome({ ...sent, kind, end, code: what.code });
      else sink.outcome({ ...sent, kind, end, status: what.status, expected: what.expected });
    };
    const connection = {
      send: (
        _request: unknown,
        _timeout: unknown,
        { done }: { done(exchange: Exchange): void },
      ) => {
        answer = done;
      },
    };
    const sender: Pick<Sender, "send" | "decline" | "abort"> = {
      send: (outgoing, on, { done }) =>
        outgoing.write(on, {
          written: () => {},
          done: (result) => {
            if (result.kind === "failed") done(result);
            else done({ ...result, expected: result.status < 300, saved: {} });
          },
        }),
      decline: (_operation, _on, { done }) => {
        answer = () => done({ kind: "failed", end: clock.now(), code: "not-sent" });
      },
      abort: () => {},
    };
    const call = { request: sent.request, scenario: 0, step: 0, values };
    application
      .performer(sender)
      .perform(
        { ...call, firstAttempt: sent.request, isLastPoll: true },
        connection as unknown as GuardedConnection,
        { written: () => {}, done: ended },
      );
    sink.started(sent);
    return answer;
  };
  const drop = (reason: DropReason): void => {
    const { start: _, waits: __, ...due } = next().sent;
    sink.outcome({ ...due, kind: "dropped", at: clock.now(), reason });
  };
  return { came, send, drop, outcomes };
}

export function answered(status: number): Exchange {
  const phases = { waitUs: micros(1), bodyUs: micros(0), connection: "reused" } as const;
  const headers = { "content-type": "application/json" };
  return { kind: "answered", status, headers, body: Buffer.from("{}"), end: micros(1), phases };
}

const CREATE = "v2/payment/requests";
const BODY = JSON.stringify({ amount: 1000 });

export function create(url: string): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(`${url}${CREATE}`, { method: "POST", headers, body: BODY });
}

/** Sends the same, and leaves when told to. */
export function createAndLeave(url: string): () => Promise<unknown> {
  const client = request(`${url}${CREATE}`, { method: "POST", agent: false });
  client.on("error", () => {}).end(BODY);
  return async () => {
    const closed = new Promise((resolve) => client.once("close", resolve));
    client.destroy();
    await closed;
  };
}

/** Long enough for the gate to see who left. */
export async function turns(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

export async function codeOf(answer: Promise<Response>): Promise<unknown> {
  const response = await answer;
  const said: unknown = await response.json();
  const code = typeof said === "object" && said !== null && "error_code" in said && said.error_code;
  return [response.status, response.headers.get("klarna-perf-gate"), code];
}
