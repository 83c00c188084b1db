import type { Micros } from "../base/units.ts";
import type { ConnectFailure } from "./connect-failure.ts";
import { type EnvironmentName, isKlarnaEnvironment, type Kind } from "./environments.ts";

/** Why a run was stopped, what was seen, and what to do. */
export interface StopReason {
  readonly code:
    | "STOP_UNAUTHORIZED"
    | "STOP_PROTECTION_RULE"
    | "STOP_REDIRECT"
    | "STOP_CERTIFICATE"
    | "STOP_CLIENT_CERTIFICATE"
    | "STOP_THROTTLED"
    | "STOP_CONNECT_FAILURES"
    | "STOP_ERRORS"
    | "STOP_REFUSED"
    | "STOP_SET_UP"
    | "STOP_SHARED_QUOTA"
    | "STOP_CLOCK_JUMP"
    | "STOP_FILE"
    | "STOP_THRESHOLD"
    | "STOP_SIGNAL";
  readonly text: string;
  readonly advice: string;
  /**
   * `invalid`: the run's figures mean nothing, though nothing is wrong with what it called. `failed`: they mean that a
   * threshold is missed, and the rest of the run would tell no more.
   */
  readonly verdict: "stopped" | "invalid" | "interrupted" | "failed";
}

/** What the kill switch looks at in an answer. */
export interface AnswerFacts {
  readonly status: number;
  readonly expected: boolean;
  /** The body was one of Klarna's error objects. */
  readonly errorObject: boolean;
}

/**
 * Stops that a profile may turn off, on the emulator alone, to see how a client fares that goes on: a cluster of
 * answers of 429, and errors in more than half of the last requests.
 */
export const RELAXABLE_STOPS = ["throttled", "errors"] as const;
export type RelaxableStop = (typeof RELAXABLE_STOPS)[number];

const LAST = 20;
/** More errors than this in the last 20 finished requests stop the run. */
const ERRORS_MAX = 10;
/** So many throttled answers in the last 20 finished requests are a cluster. */
const THROTTLED_MAX = 5;
const CONNECT_FAILURES_MAX = 5;
/** How far civil time may run away from the monotonic clock: more means that the machine slept. */
const CLOCK_JUMP_MS = 5000;

/**
 * Ends a run that is doing harm or measuring nothing. On by default, and on Klarna's environments always. Each
 * `observe…` takes one fact and answers with a reason to stop, or `undefined` to go on. Reads no clock.
 */
export class KillSwitch {
  readonly #klarna: boolean;
  readonly #kind: Kind;
  readonly #relaxed: ReadonlySet<RelaxableStop>;
  /** The last finished requests, oldest first. */
  readonly #last: ("ok" | "error" | "throttled")[] = [];
  #connectFailures = 0;
  #wallOriginMs: number | undefined;

  /** @param relaxed stops that are off; on Klarna's environments they stay on */
  constructor(environment: EnvironmentName, kind: Kind, relaxed: readonly RelaxableStop[] = []) {
    this.#klarna = isKlarnaEnvironment(environment);
    this.#kind = kind;
    this.#relaxed = new Set(this.#klarna ? [] : relaxed);
  }

  observeAnswer({ status, expected, errorObject }: AnswerFacts): StopReason | undefined {
    if (status === 401) {
      return {
        code: "STOP_UNAUTHORIZED",
        text: "an answer of 401: the key was not accepted",
        advice: "check that the key belongs to this environment and account, and is not disabled",
        verdict: "stopped",
      };
    }
    if (status === 403 && !errorObject) {
      return {
        code: "STOP_PROTECTION_RULE",
        text: "an answer of 403 without an error object: a protection rule has tripped",
        advice: "send nothing for an hour, then ask Klarna before the next run",
        verdict: "stopped",
      };
    }
    if (status >= 300 && status < 400) {
      return {
        code: "STOP_REDIRECT",
        text: `a redirect (${status}), which is never followed`,
        advice: "find out what answers in the API's place: a proxy, a captive portal, a wrong host",
        verdict: "stopped",
      };
    }
    if (status === 429) return this.#throttled();
    return this.#finished(expected ? "ok" : "error");
  }

  /** A sent request that ended without an answer. */
  observeFailure(): StopReason | undefined {
    return this.#finished("error");
  }

  observeConnected(): void {
    this.#connectFailures = 0;
  }

  observeConnectFailure(failure: ConnectFailure, detail: string): StopReason | undefined {
    if (failure === "certificate") {
      return {
        code: "STOP_CERTIFICATE",
        text: `the server has not proved who it is: ${detail}`,
        advice: this.#klarna
          ? "a proxy, a virus scanner or a captive portal stands between this machine and Klarna: have the host exempted from it or run elsewhere; nothing makes this program trust another issuer"
          : "something stands between this machine and the server, or the emulator at this address is another one",
        verdict: "stopped",
      };
    }
    if (failure === "client-certificate") {
      return {
        code: "STOP_CLIENT_CERTIFICATE",
        text: `the server did not accept this client in the TLS handshake: ${detail}`,
        advice:
          "if the account requires a client certificate, name it with --client-cert and --client-key; of one that you have named, see whether it has expired, was revoked, or is another account's; if it requires none, something else answers in its place",
        verdict: "stopped",
      };
    }
    this.#connectFailures++;
    return this.#connectFailures < CONNECT_FAILURES_MAX
      ? undefined
      : {
          code: "STOP_CONNECT_FAILURES",
          text: `${CONNECT_FAILURES_MAX} connects in a row failed; the last one: ${detail}`,
          advice: "see whether the server is up and reachable from this machine",
          verdict: "stopped",
        };
  }

  /** Compares civil time with the monotonic clock; the first call sets the mark. */
  observeClocks(monotonic: Micros, wallMs: number): StopReason | undefined {
    const originMs = wallMs - monotonic / 1000;
    this.#wallOriginMs ??= originMs;
    const jumpMs = originMs - this.#wallOriginMs;
    return Math.abs(jumpMs) <= CLOCK_JUMP_MS
      ? undefined
      : {
          code: "STOP_CLOCK_JUMP",
          text: `the wall clock moved ${(jumpMs / 1000).toFixed(1)} s away from the monotonic one`,
          advice: "the machine slept or its clock was set; run again on one that stays awake",
          verdict: "stopped",
        };
  }

  #throttled(): StopReason | undefined {
    // What a drill is for is no error in it, nor what a profile wants to go on through.
    if (this.#kind === "rate-limit-drill" || this.#relaxed.has("throttled")) {
      return this.#finished("ok");
    }
    if (this.#klarna) {
      return {
        code: "STOP_THROTTLED",
        text: "Klarna answered 429 outside a rate-limit drill",
        advice:
          "somebody else uses this quota, or the quota is smaller than documented; find out before the next run",
        verdict: "invalid",
      };
    }
    const errors = this.#finished("throttled");
    const throttled = this.#last.filter((result) => result === "throttled").length;
    return throttled < THROTTLED_MAX
      ? errors
      : {
          code: "STOP_THROTTLED",
          text: `${throttled} of the last ${this.#last.length} answers were 429`,
          advice: "lower the rate below the quota, or set `limits` in the profile",
          verdict: "stopped",
        };
  }

  #finished(result: "ok" | "error" | "throttled"): StopReason | undefined {
    this.#last.push(result);
    if (this.#last.length > LAST) this.#last.shift();
    const errors = this.#last.filter((one) => one !== "ok").length;
    return errors <= ERRORS_MAX || this.#relaxed.has("errors")
      ? undefined
      : {
          code: "STOP_ERRORS",
          text: `${errors} of the last ${this.#last.length} requests failed or were answered unexpectedly`,
          advice: "the report lists the errors with their correlation ids",
          verdict: "stopped",
        };
  }
}
