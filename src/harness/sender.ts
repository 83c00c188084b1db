import type { Clock } from "../base/clock.ts";
import { Refusal } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import type { Micros } from "../base/units.ts";
import type { RequestAllowance } from "../guard/allowance.ts";
import { peaksUnderQuota } from "../guard/ceilings.ts";
import type { GuardedConnection } from "../guard/connection.ts";
import { type EnvironmentName, isKlarnaEnvironment, type Kind } from "../guard/environments.ts";
import type { KillSwitch, StopReason } from "../guard/kill-switch.ts";
import type { GuardedLane } from "../guard/lane.ts";
import { afterReset, untilReset } from "../guard/quota-steering.ts";
import { quotaIsMerchants } from "../guard/quotas.ts";
import type { AnsweredOperation, OperationResult } from "../klarna/answer.ts";
import type { Operation } from "../klarna/operation.ts";
import { lowestPerSecond } from "../klarna/rate-limit.ts";
import type { LimitNotes } from "../workload/outcome.ts";
import type { Answer, CallEvents } from "../workload/roles.ts";
import type { AddressWatch } from "./address-watch.ts";
import type { Judgement } from "./binding.ts";
import type { RateLimitWatch } from "./rate-limit-watch.ts";
import type { RunBook } from "./run-book.ts";

export interface SenderParts {
  readonly environment: EnvironmentName;
  readonly kind: Kind;
  readonly lanes: ReadonlyMap<string, GuardedLane>;
  readonly killSwitch: KillSwitch;
  readonly allowance: RequestAllowance;
  /** Asked for each request's part of the daily budget. */
  readonly book: Pick<RunBook, "spend">;
  readonly watch: RateLimitWatch;
  readonly addressWatch: AddressWatch;
  readonly clock: Clock;
  readonly random: Random;
  readonly onStop: (reason: StopReason) => void;
}

/** A request on its way out, whoever made it. */
export interface Outgoing {
  readonly operation: Operation;
  /**
   * Has a connection write it, as `KlarnaClient.call` does.
   *
   * @throws Refusal if the guard refuses the request; nothing has been written then
   */
  write(
    connection: GuardedConnection,
    events: { readonly written: () => void; readonly done: (result: OperationResult) => void },
  ): void;
  judge(answer: AnsweredOperation): Judgement;
  /** What tells how its sender behaves at the limit; `undefined`: nobody asks. */
  notes(result: OperationResult): LimitNotes | undefined;
  /** Told that the guard refuses it: of a request that somebody else made. Absent: it is the plan's own, and ends the run. */
  refused?(refusal: Refusal): void;
  /** Of a request that somebody else made: what passing it on took. */
  relayUs?(): Micros;
  /** False: not steered by what answers say of the quota. On the emulator alone. */
  readonly heedsQuota: boolean;
}

/** Sends requests through the guard, and hears what each answer says to the run: its quota, its kill switch, its account of things. */
export class Sender {
  readonly #parts: SenderParts;

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  send(outgoing: Outgoing, connection: GuardedConnection, { written, done }: CallEvents): void {
    const { clock, lanes, environment, watch } = this.#parts;
    const { category } = outgoing.operation;
    const lane = lanes.get(category);
    if (!lane) throw new TypeError(`no lane for ${category}`);
    const turn = lane.countRequest();
    let refused: Outgoing["refused"];
    try {
      this.#parts.allowance.take();
      this.#parts.book.spend();
      // What is refused from here on is the request itself, and no part of the run's account.
      refused = outgoing.refused;
      outgoing.write(connection, {
        written: () => {
          const at = clock.now();
          watch.sent(lane.category, at);
          // Nobody else uses an emulator's quota.
          if (isKlarnaEnvironment(environment)) lane.quota.sent(at);
          written(at);
        },
        done: (result) => {
          lane.giveBack(connection);
          const { answer, stop } = this.#read(outgoing, lane, turn, result);
          done(answer, () => this.#stop(stop));
        },
      });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // Refused at the request: nothing was written. Told in an event of its own, as every answer is.
      lane.giveBack(connection);
      refused?.(error);
      const stop = refused ? undefined : stopFor(error);
      clock.at(clock.now(), () => {
        done({ kind: "failed", end: clock.now(), code: "not-sent" }, () => this.#stop(stop));
      });
    }
  }

  /** Gives back what was taken for a request that nobody waits for any more: it is not sent. */
  decline({ category }: Operation, connection: GuardedConnection, { done }: CallEvents): void {
    const { clock, lanes } = this.#parts;
    lanes.get(category)?.giveBack(connection);
    clock.at(clock.now(), () => done({ kind: "failed", end: clock.now(), code: "not-sent" }));
  }

  /** Nothing more of what is in flight reaches a socket. */
  abort(): void {
    for (const lane of this.#parts.lanes.values()) lane.close();
  }

  /** What came back, and whether it is a reason to stop. */
  #read(
    outgoing: Outgoing,
    lane: GuardedLane,
    turn: number,
    result: OperationResult,
  ): { readonly answer: Answer; readonly stop: StopReason | undefined } {
    const { killSwitch, addressWatch } = this.#parts;
    const limits = outgoing.notes(result);
    if (result.kind === "failed") {
      const { end, code, phase } = result;
      return {
        answer: { kind: "failed", end, code, during: phase, limits },
        stop: killSwitch.observeFailure(),
      };
    }
    const { status, end, phases, error, correlationId, rateLimit } = result;
    addressWatch.answered(result.ipValidation);
    const { expected, saved, again, allows, created, ended } = outgoing.judge(result);
    const steered = this.#steer(outgoing, lane, turn, result);
    const seen = killSwitch.observeAnswer({ status, expected, errorObject: error !== undefined });
    const resetAfter = status === 429 ? rateLimit.resetSeconds : undefined;
    const relayUs = outgoing.relayUs?.();
    // Field by field, as in `workload/tell.ts`.
    const answer: Answer = {
      kind: "answered",
      end,
      status,
      expected,
      phases: relayUs === undefined ? phases : { ...phases, relayUs },
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

  /** Lets the rate-limit headers slow the run down; nothing makes it faster than its cap. @returns a reason to stop, if they give one */
  #steer(
    { heedsQuota }: Outgoing,
    lane: GuardedLane,
    turn: number,
    { status, end, rateLimit }: AnsweredOperation,
  ): StopReason | undefined {
    const { environment, kind, random, watch } = this.#parts;
    watch.answered(lane.category, status, rateLimit);
    const isKlarna = isKlarnaEnvironment(environment);
    // What takes no heed of it can be played on the emulator, and nowhere else.
    const heeds = isKlarna || heedsQuota;
    if (heeds && status !== 429) {
      lane.steer(end, turn, rateLimit);
    } else if (heeds) {
      const resumes = afterReset(end, rateLimit.resetSeconds, random);
      for (const one of this.#limitedWith(lane)) one.pauseUntil(resumes);
    }
    const lowest = lowestPerSecond(rateLimit);
    if (!isKlarna || lowest === undefined) return undefined;
    if (lowest === 0) return NO_QUOTA;
    lane.lowerTo(peaksUnderQuota(kind, lowest));
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

function stopFor({ message, hint }: Refusal): StopReason {
  return { code: "STOP_REFUSED", text: message, advice: hint ?? "", verdict: "stopped" };
}

const NO_QUOTA: StopReason = {
  code: "STOP_THROTTLED",
  text: "an answer says that the quota is 0",
  advice: "this account may not call the operation at all",
  verdict: "invalid",
};
