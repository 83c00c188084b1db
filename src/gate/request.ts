import type { Refusal } from "../base/errors.ts";
import { liveKeyIn } from "../guard/api-key.ts";
import type { Family } from "../guard/environments.ts";
import { fingerprint } from "../guard/fingerprint.ts";
import { visible } from "../guard/foreign-text.ts";
import { findLiveMarker } from "../guard/live-markers.ts";
import {
  checkRequest,
  type GuardedRequest,
  HEADER_NAMES,
  METHODS,
  OWN_HEADERS_MAX,
} from "../guard/request-check.ts";
import type { Operation } from "../klarna/operation.ts";
import type { Routed } from "../klarna/operation-router.ts";
import { familyOf, type Problem } from "./problem.ts";

/** A request's head as it came: the target without the gate's own token, names and values in turn. */
export interface Head {
  readonly method: string;
  /** `/v2/payment/requests?limit=5`. */
  readonly target: string;
  readonly rawHeaders: readonly string[];
}

/** A request that may be passed on, but for its body. */
export interface Recognised {
  readonly operation: Operation;
  readonly path: string;
  readonly query: GuardedRequest["query"];
  readonly headers: Readonly<Record<string, string>>;
}

/** Why a request may not be passed on; `undefined`: it may. */
export type Permission = (found: Routed) => Omit<Problem, "family" | "mark"> | undefined;

/** What may be passed on: of whatever calls the listener, the same. */
export interface Rules {
  readonly permission: Permission;
  /** Looks at a request whole, after the guard has; `undefined`: nothing is against it. */
  readonly content: (asked: {
    readonly operation: Operation;
    readonly request: GuardedRequest;
  }) => Problem | undefined;
}

/** A live key where the test key will stand. */
export interface LiveKey {
  readonly fingerprint: string;
}

export type Reading =
  | { readonly kind: "recognised"; readonly request: Recognised }
  | { readonly kind: "refused"; readonly problem: Problem; readonly liveKey?: LiveKey };

const CREDENTIALS = new Set(["authorization", "proxy-authorization"]);

/**
 * What a request's head asks for.
 *
 * @param route finds an operation by method and path
 * @param permission says what of the catalogue may be asked here
 */
export function readHead(
  head: Head,
  route: (method: string, path: string) => Routed | undefined,
  permission: Permission,
): Reading {
  const live = liveIn(head);
  if (live) return live;
  const target = splitTarget(head.target);
  if (!target)
    return refused(head, 400, "GATE_PATH", "the path is not one that can be read", PATH_HINT);
  const { path, query } = target;
  const method = METHODS.find((known) => known === head.method);
  const found = method && route(method, path);
  if (!found) {
    const asked = `\`${visible(head.method)} ${shownPath(path)}\``;
    const others = METHODS.filter((one) => route(one, path));
    return refused(
      head,
      others.length > 0 ? 405 : 404,
      "GATE_OPERATION_UNKNOWN",
      `no operation of the catalogue is ${asked}`,
      others.length > 0
        ? `at this path there is ${others.join(", ")}`
        : "docs/operations.md lists every operation that the gate knows, with its path",
    );
  }
  const problem = permission(found);
  if (problem) {
    return {
      kind: "refused",
      problem: { ...problem, mark: "refused", family: found.operation.family },
    };
  }
  const headers = passedHeaders(head);
  if (typeof headers === "string") {
    const text = `the header \`${headers}\` stands more than once`;
    return refused(
      head,
      400,
      "GATE_HEADER_TWICE",
      text,
      "send it once: which one counts is anybody's guess",
    );
  }
  return { kind: "recognised", request: { operation: found.operation, path, query, headers } };
}

/**
 * The request as the guard takes it, checked as each is before it is sent, with room for what the guard adds to it.
 *
 * @throws Refusal `GUARD_…`
 */
export function guardedRequest(
  { operation, path, query, headers }: Recognised,
  body: string | undefined,
): GuardedRequest {
  const request: GuardedRequest = {
    method: operation.method,
    path,
    headers,
    ...(query && query.length > 0 ? { query } : {}),
    ...(body === undefined ? {} : { body }),
  };
  checkRequest(request, OWN_HEADERS_MAX);
  return request;
}

/** A refusal of the guard's, as an answer to whoever asked. */
export function refusalProblem(error: Refusal, family: Family): Problem {
  const isLive = error.code === "GUARD_LIVE_MARKER";
  return {
    status: isLive ? 403 : 400,
    mark: isLive ? "live" : "refused",
    code: error.code,
    text: error.message,
    hint: error.hint ?? "",
    family,
  };
}

/** A path in the words that an API has; what may be an id, or worse, is left out: it would stand in a report. */
function shownPath(path: string): string {
  return path
    .split("/")
    .slice(0, 10)
    .map((part) => (/^(?:v\d|[a-z][a-z_-]{0,40}|)$/.test(part) ? part : "…"))
    .join("/");
}

const PATH_HINT = "segments are percent-encoded UTF-8, and nothing climbs";

function refused(
  { target }: Head,
  status: number,
  code: string,
  text: string,
  hint: string,
): Reading {
  return {
    kind: "refused",
    problem: { status, mark: "refused", code, text, hint, family: familyOf(target) },
  };
}

/** A live key, or any other sign of live in a header or in the target, whether it would be passed on or not: somebody is about to make a mistake. */
function liveIn({ rawHeaders, target }: Head): Reading | undefined {
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [name = "", value = ""] = [rawHeaders[i]?.toLowerCase(), rawHeaders[i + 1]];
    const key = CREDENTIALS.has(name) ? liveKeyIn(value) : undefined;
    if (key !== undefined) {
      const liveKey = { fingerprint: fingerprint(key) };
      const text = `the application sent a live credential (fingerprint ${liveKey.fingerprint})`;
      const hint =
        "take it out of the application's settings: the gate needs none, and puts the test key in its place";
      return {
        kind: "refused",
        problem: liveProblem(target, "GUARD_KEY_LIVE", text, hint),
        liveKey,
      };
    }
    const marker = CREDENTIALS.has(name) ? undefined : findLiveMarker(value);
    if (marker) {
      const text = `the header \`${visible(name)}\` shows a sign of live: ${marker.marker}`;
      return { kind: "refused", problem: liveProblem(target, "GUARD_LIVE_MARKER", text, NO_LIVE) };
    }
  }
  const shown = findLiveMarker(target);
  if (!shown) return undefined;
  const text = `the path or its query shows a sign of live: ${shown.marker}`;
  return { kind: "refused", problem: liveProblem(target, "GUARD_LIVE_MARKER", text, NO_LIVE) };
}

const NO_LIVE = "nothing of Klarna's live environment may stand in a request";

function liveProblem(target: string, code: string, text: string, hint: string): Problem {
  return { status: 403, mark: "live", code, text, hint, family: familyOf(target) };
}

/** Path and query, each spelled as the guard spells it; `undefined` for what has no such spelling. */
function splitTarget(
  target: string,
): { readonly path: string; readonly query: GuardedRequest["query"] } | undefined {
  if (target.includes("#")) return undefined;
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  try {
    const segments = path.split("/").map((part) => encodeURIComponent(decodeURIComponent(part)));
    return {
      path: segments.join("/"),
      query: mark < 0 ? [] : [...new URLSearchParams(target.slice(mark + 1))],
    };
  } catch {
    return undefined;
  }
}

/** Those that go on, the key, the host and the connection being the guard's; the name of one that stands twice. */
function passedHeaders({ rawHeaders }: Head): Readonly<Record<string, string>> | string {
  const headers: Record<string, string> = {};
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]?.toLowerCase() ?? "";
    if (!HEADER_NAMES.test(name)) continue;
    if (Object.hasOwn(headers, name)) return name;
    headers[name] = rawHeaders[i + 1] ?? "";
  }
  return headers;
}
