import { Refusal } from "../base/errors.ts";
import { findLiveMarker } from "./live-markers.ts";

/** Klarna's documented sizes, for both API families. */
export const BODY_BYTES_MAX = 1024 * 1024;
export const HEADER_BYTES_MAX = 6 * 1024;
export const HEADERS_BYTES_MAX = 20 * 1024;

/**
 * The most that the guard and its HTTP client add to a request with a key of the usual length, as one header: for whoever
 * checks a request before there is a connection. With a longer key the connection's own check may still refuse it.
 */
export const OWN_HEADERS_MAX: Readonly<Record<string, string>> = { own: "x".repeat(2048) };

export const METHODS = ["GET", "POST", "PATCH", "DELETE"] as const;

/** A request as the guard takes it: the origin is the connection's, the key the guard's own. */
export interface GuardedRequest {
  readonly method: (typeof METHODS)[number];
  /** An absolute path with each segment percent-encoded; no origin, query or fragment. */
  readonly path: string;
  /** Names and values as they are meant, in order; the guard encodes them. */
  readonly query?: readonly (readonly [name: string, value: string])[] | undefined;
  /** Names in small letters. Never `authorization`, `host` or anything about the connection. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** One segment or more of what `encodeURIComponent` leaves, and no segment that climbs. */
const PATH = /^(?:\/(?!\.{1,2}(?:\/|$))(?:[A-Za-z0-9._~!*'()-]|%[0-9A-F]{2})+)+$/;
/** Percent-encodings that a server could take for path structure or worse. */
const HIDDEN_STRUCTURE = /%(?:2F|5C|00|2E|25|0[0-9A-F]|1[0-9A-F]|7F)/;

const QUERY_NAME = /^[a-z_]{1,64}(?:\[\])?$/;
const QUERY_VALUE = /^[\x21-\x7e]{1,2048}$/;

/** What of a request's headers may be anybody's but the guard's own. */
export const HEADER_NAMES =
  /^(?:klarna-[a-z0-9-]{1,64}|partner-correlation-id|content-type|accept)$/;
/** Printable ASCII: nothing that could end a header. */
const HEADER_VALUE = /^[\x20-\x7e]*$/;

/** Path and query as they go into the request line. */
export function requestTarget({ path, query = [] }: GuardedRequest): string {
  const pairs = query.map((pair) => pair.map(encodeURIComponent).join("="));
  return pairs.length === 0 ? path : `${path}?${pairs.join("&")}`;
}

/**
 * The check where a request is made, the same for every caller, made after all values are filled in.
 *
 * @param own the headers that the guard and its HTTP client add, `authorization` among them: they count in the sizes
 * @throws Refusal `GUARD_REQUEST_…`, before anything is written
 */
export function checkRequest(
  { method, path, query = [], headers, body = "" }: GuardedRequest,
  own: Readonly<Record<string, string>> = {},
): void {
  if (!METHODS.includes(method)) {
    throw refuse(
      "METHOD",
      "the method is not one that the API has",
      "this is a fault of the catalogue",
    );
  }
  if (!PATH.test(path) || HIDDEN_STRUCTURE.test(path) || !isCanonical(path)) {
    throw refuse(
      "PATH",
      "the path is not plain segments of the API's own",
      "look at the values that the profile's `with` puts into it",
    );
  }
  for (const [name, value] of query) {
    if (!QUERY_NAME.test(name) || !QUERY_VALUE.test(value)) {
      throw refuse(
        "QUERY",
        "the query is not one of the API's own",
        "values are printable ASCII without spaces, at most 2 KB each",
      );
    }
  }
  const given = Object.entries(headers);
  for (const [name, value] of given) {
    if (!HEADER_NAMES.test(name) || !HEADER_VALUE.test(value)) {
      throw refuse(
        "HEADER",
        "a header is not one that the guard lets through",
        "only Klarna-* and Partner-Correlation-Id, printable ASCII",
      );
    }
  }
  const sizes = [...given, ...Object.entries(own)].map(headerBytes);
  if (sizes.some((bytes) => bytes > HEADER_BYTES_MAX)) {
    throw refuse("HEADER", "a header is longer than 6 KB", "shorten it");
  }
  if (sizes.reduce((sum, bytes) => sum + bytes, 0) > HEADERS_BYTES_MAX) {
    throw refuse("HEADER", "the headers are longer than 20 KB in all", "shorten them");
  }
  if (Buffer.byteLength(body) > BODY_BYTES_MAX) {
    throw refuse("BODY", "the body is longer than 1 MB", "shorten it");
  }
  mustShowNoLive(path);
  if (!cleanBodies.has(body)) {
    mustShowNoLive(body);
    remember(body);
  }
  for (const pair of query) for (const text of pair) mustShowNoLive(text);
  for (const [, value] of given) mustShowNoLive(value);
}

/**
 * Bodies that were searched and showed nothing. A step's is the same text in most requests of a run, and searching it
 * takes longer than all else here. The few last ones, and no long ones: it is only to save time.
 */
const cleanBodies = new Set<string>();
const CLEAN_BODIES_MAX = 64;
const CLEAN_BODY_CHARACTERS_MAX = 16_384;

function remember(body: string): void {
  if (body.length > CLEAN_BODY_CHARACTERS_MAX) return;
  if (cleanBodies.size >= CLEAN_BODIES_MAX) cleanBodies.clear();
  cleanBodies.add(body);
}

function mustShowNoLive(text: string): void {
  const live = findLiveMarker(text);
  if (live) {
    throw new Refusal("GUARD_LIVE_MARKER", `the request shows a sign of live: ${live.marker}`, {
      hint: "a value taken from an answer or from the profile named Klarna's live environment",
    });
  }
}

/** As it goes over the wire, with colon, space and line end. */
function headerBytes([name, value]: readonly [string, string]): number {
  return name.length + value.length + 4;
}

/** Whether each segment is spelled as `encodeURIComponent` does: no overlong UTF-8, no plain letter encoded. */
function isCanonical(path: string): boolean {
  // What `PATH` takes unencoded, `encodeURIComponent` leaves as it is.
  if (!path.includes("%")) return true;
  try {
    return path.split("/").every((part) => encodeURIComponent(decodeURIComponent(part)) === part);
  } catch {
    return false;
  }
}

function refuse(part: string, text: string, hint: string): Refusal {
  return new Refusal(`GUARD_REQUEST_${part}`, text, { hint });
}
