import type { ServerResponse } from "node:http";
import type { Clock } from "../base/clock.ts";
import { type Micros, micros } from "../base/units.ts";
import { LONGEST_ANSWER_US } from "../guard/emulated.ts";
import type { LatencySampler } from "../model/latency.ts";
import type { Problem } from "./answers.ts";
import type { FaultBoard } from "./faults/board.ts";
import { type Reply, send, withPayload } from "./reply.ts";

export interface DeliveryParts {
  readonly clock: Clock;
  readonly latency: LatencySampler;
  readonly problem: Problem;
  readonly faults: FaultBoard | undefined;
}

/**
 * Sends answers, each after its own latency and with the fault that strikes it. The Klarna Network gives up on what it has
 * not begun to answer after 59 s: the operation has been executed, and its caller is told of a time-out. Nothing of the
 * kind is known of the classic APIs.
 */
export class Deliveries {
  readonly #parts: DeliveryParts;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  /**
   * @param asked when the request's last byte had been read
   * @param reset drops the connection so that the other side sees it
   */
  deliver(reply: Reply, response: ServerResponse, asked: Micros, reset: () => void): void {
    const { clock, latency, faults } = this.#parts;
    const name = reply.operation?.name;
    const due = micros(asked + latency(name));
    const fault = faults?.onAnswer(name);
    const givesUp =
      reply.operation?.family === "network" ? micros(asked + LONGEST_ANSWER_US) : undefined;
    if (givesUp !== undefined && due >= givesUp) {
      this.#at(givesUp, response, () => send(response, this.#timedOut(reply)));
      return;
    }
    if (!fault) {
      this.#at(due, response, () => send(response, reply));
      return;
    }
    // First, so that Klarna gives up on what would come at this very moment.
    if (givesUp !== undefined) {
      this.#at(givesUp, response, () => {
        if (!response.headersSent) send(response, this.#timedOut(reply));
      });
    }
    this.#at(due, response, () => fault.deliver({ reply, response, clock, reset }));
  }

  #at(due: Micros, response: ServerResponse, write: () => void): void {
    const { clock } = this.#parts;
    if (due <= clock.now()) {
      write();
      return;
    }
    // Coarse: polling for the exact microsecond would take the processor from the runner beside us.
    const cancel = clock.atCoarse(due, write);
    response.once("close", cancel);
  }

  #timedOut(reply: Reply): Reply {
    const { status, body } = this.#parts.problem("TIMEOUT");
    const headers = { ...reply.headers, "Content-Type": "application/json" };
    return withPayload({ ...reply, status, headers }, JSON.stringify(body));
  }
}
