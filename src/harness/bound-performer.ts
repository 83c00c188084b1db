import type { Clock } from "../base/clock.ts";
import { Refusal } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import { MICROS_PER_SECOND, type Micros, micros } from "../base/units.ts";
import type { RequestAllowance } from "../guard/allowance.ts";
import { peakUnderQuota } from "../guard/ceilings.ts";
import type { GuardedConnection } from "../guard/connection.ts";
import { isKlarnaEnvironment } from "../guard/environments.ts";
import type { KillSwitch, StopReason } from "../guard/kill-switch.ts";
import type { GuardedLane } from "../guard/lane.ts";
import type { KlarnaClient, OperationResult } from "../klarna/client.ts";
import type { Plan } from "../profile/plan.ts";
import type { Answer, Call, CallEvents, Performer } from "../workload/roles.ts";
import { type Bound, bindStep } from "./binding.ts";
import type { RateLimitWatch } from "./rate-limit-watch.ts";

export interface PerformerParts {
  readonly plan: Plan;
  readonly client: KlarnaClient;
  readonly lanes: ReadonlyMap<string, GuardedLane>;
  readonly killSwitch: KillSwitch;
  readonly allowance: RequestAllowance;
  readonly watch: RateLimitWatch;
  readonly clock: Clock;
  readonly random: Random;
  readonly idempotencyKey: (request: number) => string;
  readonly onStop: (reason: StopReason) => void;
}

/** Makes the requests of a plan: fills in a step's values, sends it through the guard, and reads what came back. */
export class BoundPerformer implements Performer<GuardedConnection> {
  readonly #parts: PerformerParts;
  readonly #steps: readonly (readonly Bound[])[];

  constructor(parts: PerformerParts) {
    this.#parts = parts;
    this.#steps = parts.plan.bindings.map(({ steps }) => steps.map(bindStep));
  }

  perform(call: Call, connection: GuardedConnection, { written, done }: CallEvents): void {
    const { client, clock, lanes, plan, idempotencyKey, watch } = this.#parts;
    const step = this.#step(call);
    const lane = lanes.get(step.operation.category);
    if (!lane) throw new TypeError(`no lane for ${step.operation.category}`);
    const input = {
      parameters: step.parameters(call.values),
      body: step.binding.body,
      headers: step.binding.headers,
      idempotencyKey: idempotencyKey(call.request),
    };
    try {
      this.#parts.allowance.take();
      client.call(connection, step.operation, input, plan.workload.requestTimeout, {
        written: () => {
          written();
          const at = clock.now();
          watch.sent(lane.category, at);
          lane.quota.sent(at);
        },
        done: (result) => {
          lane.giveBack(connection);
          const answer = this.#read(step, result);
          done(answer, () => this.#judge(lane, result, answer));
        },
      });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // Refused at the request: nothing was written. The run stops, and the request is told as not sent.
      lane.giveBack(connection);
      this.#stop({
        code: "STOP_REFUSED",
        text: error.message,
        advice: error.hint ?? "",
        verdict: "stopped",
      });
      clock.at(clock.now(), () => done({ kind: "failed", end: clock.now(), code: "not-sent" }));
    }
  }

  abort(): void {
    for (const lane of this.#parts.lanes.values()) lane.close();
  }

  #step({ scenario, step }: Call): Bound {
    const found = this.#steps[scenario]?.[step];
    if (!found) throw new TypeError(`no step ${step} in scenario ${scenario}`);
    return found;
  }

  #read(step: Bound, result: OperationResult): Answer {
    if (result.kind === "failed") return { kind: "failed", end: result.end, code: result.code };
    const { status, end, error, correlationId, body } = result;
    const saved = step.save(body);
    const expected = saved !== undefined && step.expects(status, body);
    return {
      kind: "answered",
      end,
      status,
      expected,
      saved: saved ?? {},
      ...(correlationId === undefined ? {} : { correlationId }),
      ...(error === undefined ? {} : { errorCode: error.errorCode }),
      ...(error?.errorId === undefined ? {} : { errorId: error.errorId }),
    };
  }

  /** What an answer means for the rest of the run: a tighter cap, or the end. */
  #judge(lane: GuardedLane, result: OperationResult, answer: Answer): void {
    const { killSwitch } = this.#parts;
    if (result.kind === "failed" || answer.kind === "failed") {
      this.#stop(killSwitch.observeFailure());
      return;
    }
    const { status, error } = result;
    const { expected } = answer;
    this.#steer(lane, result);
    this.#stop(killSwitch.observeAnswer({ status, expected, errorObject: error !== undefined }));
  }

  /** Lets the rate-limit headers tighten the cap; nothing loosens it. */
  #steer(
    lane: GuardedLane,
    { status, end, rateLimit }: Extract<OperationResult, { kind: "answered" }>,
  ): void {
    const { plan, random, watch } = this.#parts;
    watch.answered(lane.category, status, rateLimit);
    const { limitPerSecond, resetSeconds } = rateLimit;
    if (isKlarnaEnvironment(plan.environment)) {
      if (limitPerSecond) lane.lowerTo(peakUnderQuota(plan.profile.kind, limitPerSecond));
      this.#stop(lane.quota.answered(end, rateLimit));
    }
    if (status === 429) lane.pauseUntil(afterReset(end, resetSeconds, random));
  }

  #stop(reason: StopReason | undefined): void {
    if (reason) this.#parts.onStop(reason);
  }
}

/** After the quota's reset, and up to half as long again: many callers that wait for one reset must not meet there. */
function afterReset(now: Micros, resetSeconds: number | undefined, random: Random): Micros {
  const reset = Math.min(60, Math.max(1, resetSeconds ?? 1)) * MICROS_PER_SECOND;
  return micros(now + Math.ceil(reset * (1 + random.next() / 2)));
}
