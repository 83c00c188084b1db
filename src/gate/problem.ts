import { randomUUID } from "node:crypto";
import type { Family } from "../guard/environments.ts";

/** Says in an answer's headers that the gate gave it, and no target did. */
export const GATE_HEADER = "klarna-perf-gate";

/**
 * Why the gate answers in the target's place. `cap`: held back for as long as it may be; `refused`: nothing of the kind is
 * passed on; `live`: a sign of Klarna's live environment; `busy`: it has its hands full; `closed`: it passes nothing on any more; `target`: the target
 * gave no answer that may be handed on.
 */
export type Mark = "cap" | "busy" | "refused" | "live" | "closed" | "target";

export interface Problem {
  readonly status: number;
  readonly mark: Mark;
  readonly code: string;
  /** What is wrong, naming it. */
  readonly text: string;
  /** What to do about it. */
  readonly hint: string;
  /** Whose error object it takes the form of. */
  readonly family: Family;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface LocalAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A problem as an answer: in the form of the API's own errors, so that the application's client can read it. */
export function problemAnswer({
  status,
  mark,
  code,
  text,
  hint,
  family,
  headers,
}: Problem): LocalAnswer {
  const id = randomUUID();
  const body =
    family === "network"
      ? { error_id: id, error_code: code, error_message: `klarna-perf gate: ${text}: ${hint}` }
      : {
          correlation_id: id,
          error_code: code,
          error_messages: [`klarna-perf gate: ${text}`, hint],
        };
  return {
    status,
    headers: { ...headers, "content-type": "application/json", [GATE_HEADER]: mark },
    body: Buffer.from(JSON.stringify(body)),
  };
}

/** The API family whose clients ask for a path. */
export function familyOf(path: string): Family {
  return path.startsWith("/v2/") ? "network" : "classic";
}

/** What this program fails on is passed on to nobody. What an error says may hold what was sent: its name alone is told. */
export function faultProblem(error: unknown, family: Family): Problem {
  return {
    status: 500,
    mark: "refused",
    code: "GATE_FAULT",
    text: `the gate failed on this request: ${error instanceof Error ? error.name : typeof error}`,
    hint: "this is a fault of klarna-perf's: report it, with the request if it may be shown",
    family,
  };
}

/** `Expect` with anything but `100-continue`. */
export function expectationProblem(family: Family): Problem {
  return {
    status: 417,
    mark: "refused",
    code: "GATE_EXPECTATION",
    text: "it expects something that the gate does not know",
    hint: "leave the header `Expect` out, or say `100-continue`",
    family,
  };
}

/**
 * The quota's own form of saying that it is too much, so that a client does what it would do at Klarna's.
 *
 * @param capPerSecond of the category
 */
export function capProblem(family: Family, category: string, capPerSecond: number): Problem {
  const resetS = Math.max(1, Math.ceil(1 / capPerSecond));
  return {
    status: 429,
    mark: "cap",
    code: family === "network" ? "RATE_LIMITED" : "TOO_MANY_REQUESTS",
    text: `more than the cap of ${capPerSecond}/s lets through in ${category}`,
    hint: "the request was not passed on; send less, or raise the cap if it may be",
    family,
    headers: {
      "x-ratelimit-limit": String(Math.max(1, Math.floor(capPerSecond))),
      "x-ratelimit-remaining": "0",
      "x-ratelimit-reset": String(resetS),
      "retry-after": String(resetS),
    },
  };
}
