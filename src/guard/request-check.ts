import { Refusal } from "../base/errors.ts";
import { findLiveMarker } from "./live-markers.ts";

/** Klarna's documented sizes, for both API families. */
export const BODY_BYTES_MAX = 1024 * 1024;
export const HEADER_BYTES_MAX = 6 * 1024;
export const HEADERS_BYTES_MAX = 20 * 1024;

export const METHODS = ["GET", "POST", "PATCH", "DELETE"] as const;

/** A request as the guard takes it: the origin is the connection's, the key the guard's own. */
export interface GuardedRequest {
  readonly method: (typeof METHODS)[number];
  /** An absolute path with each segment percent-encoded; no origin, query or fragment. */
  readonly path: string;
  /** Names in small letters. Never `authorization`, `host` or anything about the connection. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One segment or more of what `encodeURIComponent` leaves, and no segment that climbs. */
const PATH = /^(?:\/(?!\.{1,2}(?:\/|$))(?:[A-Za-z0-9._~!*'()-]|%[0-9A-F]{2})+)+$/;
/** Percent-encodings that a server could take for path structure or worse. */
const HIDDEN_STRUCTURE = /%(?:2F|5C|00|2E|25|0[0-9A-F]|1[0-9A-F]|7F)/;

const HEADER_NAMES = /^(?:klarna-[a-z0-9-]{1,64}|partner-correlation-id|content-type|accept)$/;
/** Printable ASCII: nothing that could end a header. */
const HEADER_VALUE = /^[\x20-\x7e]*$/;

/**
 * The check where a request is made, the same for every caller, made after all values are filled in.
 *
 * @throws Refusal `GUARD_REQUEST_…`, before anything is written
 */
export function checkRequest({ method, path, headers, body }: GuardedRequest): void {
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
  let headerBytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    const bytes = name.length + value.length + 4;
    headerBytes += bytes;
    if (!HEADER_NAMES.test(name) || !HEADER_VALUE.test(value) || bytes > HEADER_BYTES_MAX) {
      throw refuse(
        "HEADER",
        "a header is not one that the guard lets through",
        "only Klarna-* and Partner-Correlation-Id, printable ASCII, at most 6 KB each",
      );
    }
  }
  if (headerBytes > HEADERS_BYTES_MAX) {
    throw refuse("HEADER", "the headers are longer than 20 KB in all", "shorten them");
  }
  if (body !== undefined && Buffer.byteLength(body, "utf8") > BODY_BYTES_MAX) {
    throw refuse("BODY", "the body is longer than 1 MB", "shorten it");
  }
  for (const text of [path, body ?? "", ...Object.values(headers)]) {
    const live = findLiveMarker(text);
    if (live) {
      throw new Refusal("GUARD_LIVE_MARKER", `the request shows a sign of live: ${live.marker}`, {
        hint: "a value taken from an answer or from the profile named Klarna's live environment",
      });
    }
  }
}

/** Whether each segment is spelled as `encodeURIComponent` does: no overlong UTF-8, no plain letter encoded. */
function isCanonical(path: string): boolean {
  try {
    return path.split("/").every((part) => encodeURIComponent(decodeURIComponent(part)) === part);
  } catch {
    return false;
  }
}

function refuse(part: string, text: string, hint: string): Refusal {
  return new Refusal(`GUARD_REQUEST_${part}`, text, { hint });
}
