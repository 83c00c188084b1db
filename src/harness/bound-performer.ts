import type { Clock } from "../base/clock.ts";
import { Refusal } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import type { RequestAllowance } from "../guard/allowance.ts";
import { peaksUnderQuota } from "../guard/ceilings.ts";
import type { GuardedConnection } from "../guard/connection.ts";
import { isKlarnaEnvironment } from "../guard/environments.ts";
import type { KillSwitch, StopReason } from "../guard/kill-switch.ts";
import type { GuardedLane } from "../guard/lane.ts";
import { afterReset, untilReset } from "../guard/quota-steering.ts";
import { quotaIsMerchants } from "../guard/quotas.ts";
import { isKeyed, type KlarnaClient, type OperationResult } from "../klarna/client.ts";
import { idempotencyKeyHash } from "../klarna/idempotency.ts";
import { lowestPerSecond } from "../klarna/rate-limit.ts";
import { columnTypes } from "../profile/data/rows.ts";
import type { Plan } from "../profile/plan.ts";
import type { LimitNotes } from "../workload/outcome.ts";
import type { Answer, Call, CallEvents, Performer } from "../workload/roles.ts";
import type { AddressWatch } from "./address-watch.ts";
import { type Bound, bindStep } from "./binding.ts";
import type { RateLimitWatch } from "./rate-limit-watch.ts";
import type { RunBook } from "./run-book.ts";

export interface PerformerParts {
  readonly plan: Plan;
  readonly client: KlarnaClient;
  readonly lanes: ReadonlyMap<string, GuardedLane>;
  readonly killSwitch: KillSwitch;
  readonly allowance: RequestAllowance;
  /** Asked for each request's part of the daily budget. */
  readonly book: Pick<RunBook, "spend">;
  readonly watch: RateLimitWatch;
  readonly addressWatch: AddressWatch;
  readonly clock: Clock;
  readonly random: Random;
  readonly idempotencyKey: (write: number) => string;
  readonly onStop: (reason: StopReason) => void;
}

/** Makes the requests of a plan: fills in a step's values, sends it through the guard, and reads what came back. */
export class BoundPerformer implements Performer<GuardedConnection> {
  readonly #parts: PerformerParts;
  readonly #steps: readonly (readonly Bound[])[];

  constructor(parts: PerformerParts) {
    this.#parts = parts;
    const { bindings, profile } = parts.plan;
    const typeOf = columnTypes(profile.data);
    this.#steps = bindings.map(({ steps }) => steps.map((step) => bindStep(step, typeOf)));
  }

  perform(call: Call, connection: GuardedConnection, { written, done }: CallEvents): void {
    const { client, clock, lanes, plan, idempotencyKey, watch } = this.#parts;
    const step = this.#step(call);
    const lane = lanes.get(step.operation.category);
    if (!lane) throw new TypeError(`no lane for ${step.operation.category}`);
    const input = {
      parameters: step.parameters(call.values),
      body: step.body(call.values),
      headers: step.headers,
      idempotencyKey: idempotencyKey(call.firstAttempt),
    };
    const turn = lane.countRequest();
    try {
      this.#parts.allowance.take();
      this.#parts.book.spend();
      client.call(connection, step.operation, input, plan.workload.requestTimeout, {
        written: () => {
          const at = clock.now();
          watch.sent(lane.category, at);
          // Nobody else uses an emulator's quota.
          if (isKlarnaEnvironment(plan.environment)) lane.quota.sent(at);
          written(at);
        },
        done: (result) => {
          lane.giveBack(connection);
          const { answer, stop } = this.#read(step, lane, turn, result, {
            parameters: input.parameters,
            isLastPoll: call.isLastPoll,
            idempotencyKey: input.idempotencyKey,
          });
          done(answer, () => this.#stop(stop));
        },
      });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // Refused at the request: nothing was written. Told in an event of its own, as every answer is.
      lane.giveBack(connection);
      const stop: StopReason = {
        code: "STOP_REFUSED",
        text: error.message,
        advice: error.hint ?? "",
        verdict: "stopped",
      };
      clock.at(clock.now(), () => {
        done({ kind: "failed", end: clock.now(), code: "not-sent" }, () => this.#stop(stop));
      });
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

  /** What came back, and whether it is a reason to stop. */
  #read(
    step: Bound,
    lane: GuardedLane,
    turn: number,
    result: OperationResult,
    asked: {
      readonly parameters: Readonly<Record<string, string>>;
      readonly isLastPoll: boolean;
      readonly idempotencyKey: string;
    },
  ): { readonly answer: Answer; readonly stop: StopReason | undefined } {
    const { killSwitch, addressWatch } = this.#parts;
    const limits = this.#limitNotes(step, result, asked.idempotencyKey);
    if (result.kind === "failed") {
      const { end, code, phase } = result;
      return {
        answer: { kind: "failed", end, code, during: phase, limits },
        stop: killSwitch.observeFailure(),
      };
    }
    const { status, end, phases, error, correlationId, body, rateLimit } = result;
    addressWatch.answered(result.ipValidation);
    const judged = step.judge({ status, body }, asked.parameters, asked.isLastPoll);
    const { expected, saved, again, allows, created, ended } = judged;
    const steered = this.#steer(step, lane, turn, result);
    const seen = killSwitch.observeAnswer({ status, expected, errorObject: error !== undefined });
    const resetAfter = status === 429 ? rateLimit.resetSeconds : undefined;
    // Field by field, as in `workload/tell.ts`.
    const answer: Answer = {
      kind: "answered",
      end,
      status,
      expected,
      phases,
      limits,
      saved,
      again,
      allows,
      created,
      ended,
      resetAfter: resetAfter === undefined ? undefined : untilReset(resetAfter),
      correlationId,
      errorCode: error?.errorCode,
      errorId: error?.errorId,
    };
    return { answer, stop: seen ?? steered };
  }

  /** Of a drill, which is judged by them. */
  #limitNotes({ operation }: Bound, result: OperationResult, key: string): LimitNotes | undefined {
    if (this.#parts.plan.profile.kind !== "rate-limit-drill") return undefined;
    const keyHash = isKeyed(operation) ? idempotencyKeyHash(key) : undefined;
    if (result.kind === "failed") return { keyHash };
    const { limitPerSecond, remaining, resetSeconds } = result.rateLimit;
    return { keyHash, limitPerSecond, remaining, resetSeconds };
  }

  /** Lets the rate-limit headers slow the run down; nothing makes it faster than its cap. @returns a reason to stop, if they give one */
  #steer(
    step: Bound,
    lane: GuardedLane,
    turn: number,
    { status, end, rateLimit }: Extract<OperationResult, { kind: "answered" }>,
  ): StopReason | undefined {
    const { plan, random, watch } = this.#parts;
    watch.answered(lane.category, status, rateLimit);
    const isKlarna = isKlarnaEnvironment(plan.environment);
    // A bad client can be played on the emulator, and nowhere else.
    const heeds = isKlarna || !step.ignoresReset;
    if (heeds && status !== 429) {
      lane.steer(end, turn, rateLimit);
    } else if (heeds) {
      const resumes = afterReset(end, rateLimit.resetSeconds, random);
      for (const one of this.#limitedWith(lane)) one.pauseUntil(resumes);
    }
    const lowest = lowestPerSecond(rateLimit);
    if (!isKlarna || lowest === undefined) return undefined;
    if (lowest === 0) return NO_QUOTA;
    lane.lowerTo(peaksUnderQuota(plan.profile.kind, lowest));
    return lane.quota.answered(end, rateLimit);
  }

  /** The lanes that a 429 in this one is about: a merchant that is limited in one category is so in all. */
  #limitedWith(lane: GuardedLane): GuardedLane[] {
    if (!quotaIsMerchants(lane.category)) return [lane];
    return [...this.#parts.lanes.values()].filter(({ category }) => quotaIsMerchants(category));
  }

  #stop(reason: StopReason | undefined): void {
    if (reason) this.#parts.onStop(reason);
  }
}

const NO_QUOTA: StopReason = {
  code: "STOP_THROTTLED",
  text: "an answer says that the quota is 0",
  advice: "this account may not call the operation at all",
  verdict: "invalid",
};
