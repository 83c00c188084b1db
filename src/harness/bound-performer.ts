import type { GuardedConnection } from "../guard/connection.ts";
import type { OperationResult } from "../klarna/answer.ts";
import { isKeyed, type KlarnaClient } from "../klarna/client.ts";
import { idempotencyKeyHash } from "../klarna/idempotency.ts";
import { columnTypes } from "../profile/data/rows.ts";
import type { Plan } from "../profile/plan.ts";
import type { LimitNotes } from "../workload/outcome.ts";
import type { Call, CallEvents, Performer } from "../workload/roles.ts";
import { type Bound, bindStep } from "./binding.ts";
import type { Sender } from "./sender.ts";

export interface PerformerParts {
  readonly plan: Plan;
  readonly client: KlarnaClient;
  readonly sender: Sender;
  readonly idempotencyKey: (write: number) => string;
}

/** Makes the requests of a plan: fills in a step's values, has it sent, and judges what came back by what the step expects. */
export class BoundPerformer implements Performer<GuardedConnection> {
  readonly #parts: PerformerParts;
  readonly #steps: readonly (readonly Bound[])[];

  constructor(parts: PerformerParts) {
    this.#parts = parts;
    const { bindings, profile } = parts.plan;
    const typeOf = columnTypes(profile.data);
    this.#steps = bindings.map(({ steps }) => steps.map((step) => bindStep(step, typeOf)));
  }

  perform(call: Call, connection: GuardedConnection, events: CallEvents): void {
    const { client, sender, plan } = this.#parts;
    const step = this.#step(call);
    const { operation } = step;
    const input = {
      parameters: step.parameters(call.values),
      body: step.body(call.values),
      headers: step.headers,
      idempotencyKey: this.#parts.idempotencyKey(call.firstAttempt),
    };
    const outgoing = {
      operation,
      heedsQuota: !step.ignoresReset,
      write: (to: GuardedConnection, told: Parameters<KlarnaClient["call"]>[4]) =>
        client.call(to, operation, input, plan.workload.requestTimeout, told),
      judge: (answer: Parameters<Bound["judge"]>[0]) =>
        step.judge(answer, input.parameters, call.isLastPoll),
      notes: (result: OperationResult) => this.#limitNotes(step, result, input.idempotencyKey),
    };
    sender.send(outgoing, connection, events);
  }

  abort(): void {
    this.#parts.sender.abort();
  }

  #step({ scenario, step }: Call): Bound {
    const found = this.#steps[scenario]?.[step];
    if (!found) throw new TypeError(`no step ${step} in scenario ${scenario}`);
    return found;
  }

  /** Of a drill, which is judged by them. */
  #limitNotes({ operation }: Bound, result: OperationResult, key: string): LimitNotes | undefined {
    if (this.#parts.plan.profile.kind !== "rate-limit-drill") return undefined;
    const keyHash = isKeyed(operation) ? idempotencyKeyHash(key) : undefined;
    if (result.kind === "failed") return { keyHash };
    const { limitPerSecond, remaining, resetSeconds } = result.rateLimit;
    return { keyHash, limitPerSecond, remaining, resetSeconds };
  }
}
