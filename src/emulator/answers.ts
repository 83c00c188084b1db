import type { NewId } from "./ids.ts";

/** What an operation answers, before the headers that every answer gets. `body` null: an empty one. */
export interface Answer {
  readonly status: number;
  readonly body: object | null;
}

/** One broken rule of a request's body. `parameter` is a JSON dot path: `line_items[0].quantity`. */
export interface ValidationError {
  readonly parameter: string;
  readonly reason: string;
}

/**
 * Klarna's error codes, with the status and type each comes with (our notes on Klarna's API, §2.5 and §3.6).
 * Only UNAUTHORIZED, VALIDATION_ERROR, INVALID_CONTENT_TYPE and RATE_LIMITED have their message from Klarna's pages.
 */
const PROBLEMS = {
  VALIDATION_ERROR: [400, "INPUT_ERROR", "One or more input parameters failed validation"],
  INVALID_CONTENT_TYPE: [400, "INPUT_ERROR", "The received input is not valid JSON"],
  UNAUTHORIZED: [401, "ACCESS_ERROR", "The presented credentials failed authentication"],
  OPERATION_FORBIDDEN: [403, "RESOURCE_ERROR", "The operation is not allowed for this account"],
  RESOURCE_NOT_FOUND: [404, "RESOURCE_ERROR", "The resource does not exist or has expired"],
  // Klarna gives no error_type where the route itself is unknown.
  NOT_FOUND: [404, undefined, "The requested route does not exist"],
  RESOURCE_CONFLICT: [
    409,
    "RESOURCE_ERROR",
    "The resource is in a state that forbids the operation",
  ],
  RATE_LIMITED: [429, "ACCESS_ERROR", "Too many requests - please try again later"],
} as const satisfies Record<string, readonly [number, string | undefined, string]>;

export type ProblemCode = keyof typeof PROBLEMS;

/** Makes Klarna's error object, with an `error_id` of its own. */
export type Problem = (code: ProblemCode, validationErrors?: readonly ValidationError[]) => Answer;

export function problems(newId: NewId): Problem {
  return (code, validationErrors) => {
    const [status, type, message] = PROBLEMS[code];
    return {
      status,
      body: {
        error_id: newId(),
        ...(type === undefined ? {} : { error_type: type }),
        error_code: code,
        error_message: message,
        ...(validationErrors === undefined ? {} : { validation_errors: validationErrors }),
      },
    };
  };
}

/** Over a size limit: Klarna documents the status and no error object. */
export const BODY_TOO_LARGE: Answer = { status: 413, body: null };
/** Klarna documents the limit and no answer; 431 is HTTP's own (RFC 6585, section 5). */
export const HEADERS_TOO_LARGE: Answer = { status: 431, body: null };
