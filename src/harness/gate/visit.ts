import type { Clock } from "../../base/clock.ts";
import { type Micros, micros } from "../../base/units.ts";
import type { AppRequest } from "../../gate/listener.ts";
import type { Problem } from "../../gate/problem.ts";
import { refusalProblem } from "../../gate/request.ts";
import type { Exchange } from "../../guard/exchange.ts";
import { requestTarget } from "../../guard/request-check.ts";
import { readAnswer } from "../../klarna/answer.ts";
import type { OperationResult } from "../../klarna/client.ts";
import { type Likeness, likenessOf } from "../../klarna/idempotency.ts";
import type { LimitNotes } from "../../workload/outcome.ts";
import type { Outgoing } from "../sender.ts";

/** A request of the application's while it is here. */
export class Visit {
  readonly request: AppRequest;
  readonly likeness: Likeness;
  /** Which attempt at the same thing it is, from 1. */
  attempt = 1;
  /** What handing its answer on took; what passing it on did is the run's own lateness. */
  #relayUs = 0;
  /** Whether anybody was there when it had its answer; `undefined`: it has none yet. */
  #unread: boolean | undefined;

  constructor(request: AppRequest) {
    this.request = request;
    const { method, headers, body = "" } = request.request;
    const key = headers["klarna-idempotency-key"];
    this.likeness = likenessOf(method, requestTarget(request.request), body, key);
  }

  /** Whether whoever sent it left before it had its answer. */
  get isGone(): boolean {
    return this.#unread ?? this.request.isGone;
  }

  /**
   * The request on its way: what it is answered is handed on at once, and then told to the run.
   *
   * @param onRefused told what the application is, where the guard refuses it now
   */
  outgoing(timeout: Micros, clock: Clock, onRefused: (problem: Problem) => void): Outgoing {
    const { request } = this;
    const { operation } = request;
    return {
      operation,
      // How the application does with the quota is what is to be seen: on the emulator nothing comes between.
      heedsQuota: false,
      write: (connection, { written, done }) =>
        connection.send(request.request, timeout, {
          written,
          done: (exchange) => {
            // Once it has been answered its connection may be gone for that alone.
            this.#unread = request.isGone;
            handOn(request, exchange);
            this.#relayUs = clock.now() - exchange.end;
            done(exchange.kind === "failed" ? exchange : readAnswer(exchange, operation));
          },
        }),
      judge: ({ status }) => ({
        expected: status >= 200 && status < 300,
        saved: {},
        again: undefined,
        allows: undefined,
      }),
      notes: (result) => this.#notes(result),
      refused: (refusal) => {
        const problem = refusalProblem(refusal, operation.family);
        request.refuse(problem);
        onRefused(problem);
      },
      relayUs: () => micros(this.#relayUs),
    };
  }

  #notes(result: OperationResult): LimitNotes {
    const { likeness } = this;
    if (result.kind === "failed") return likeness;
    const { limitPerSecond, remaining, resetSeconds } = result.rateLimit;
    return { ...likeness, limitPerSecond, remaining, resetSeconds };
  }
}

function handOn(request: AppRequest, exchange: Exchange): void {
  if (exchange.kind === "failed") {
    request.refuse(failure(request, exchange));
  } else if (exchange.status >= 300 && exchange.status < 400) {
    // A client that follows it by itself would leave the gate, and might arrive at Klarna's live environment.
    request.refuse({
      status: 502,
      mark: "target",
      code: "GATE_REDIRECT",
      text: `the target answered with a redirect (${exchange.status}), which is not handed on`,
      hint: "Klarna's API does not redirect: find out what answers in its place",
      family: request.operation.family,
    });
  } else {
    request.answer(exchange);
  }
}

function failure(
  { operation }: AppRequest,
  { code }: Extract<Exchange, { kind: "failed" }>,
): Problem {
  return {
    status: code === "timeout" ? 504 : 502,
    mark: "target",
    code: `GATE_TARGET_${code.toUpperCase().replaceAll("-", "_")}`,
    text: `${operation.name} was passed on and has no answer: ${code}`,
    hint: "it may have been executed: repeat it with its idempotency key",
    family: operation.family,
  };
}
