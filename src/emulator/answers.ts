import type { Family } from "../guard/environments.ts";
import type { NewId } from "./ids.ts";

/** What an operation answers, before the headers that every answer gets. */
export interface Answer {
  readonly status: number;
  /** An object goes out as JSON, a text as it is; null: an empty body. */
  readonly body: object | string | null;
  /** The text is an object's JSON. */
  readonly isJson?: true;
  /** Beside or instead of those that every answer gets. A text needs a `Content-Type`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The classic APIs repeat the answer's correlation id in their errors. */
  readonly correlationId?: string;
  /** From something in front of the API, which knows none of its headers. */
  readonly bare?: true;
}

/** One broken rule of a request's body. `parameter` is a JSON dot path: `line_items[0].quantity`. */
export interface ValidationError {
  readonly parameter: string;
  readonly reason: string;
}

/**
 * Klarna Network's error codes, with the status and type each comes with (our notes on Klarna's API, §2.5 and
 * §3.6). UNAUTHORIZED, VALIDATION_ERROR, INVALID_CONTENT_TYPE, RATE_LIMITED and TIMEOUT have their message from Klarna's pages.
 */
export const PROBLEMS = {
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
  INTERNAL_ERROR: [500, "TECHNICAL_ERROR", "Internal error"],
  TIMEOUT: [500, "TECHNICAL_ERROR", "Request processing timeout."],
  TEMPORARY_UNAVAILABLE: [503, "TECHNICAL_ERROR", "Temporarily unavailable"],
} as const satisfies Record<string, readonly [number, string | undefined, string]>;

export type ProblemCode = keyof typeof PROBLEMS;

/** Makes Klarna Network's error object, with an `error_id` of its own. */
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

/**
 * The classic APIs' error codes with the status each comes with (our notes, §3.7). 415 is HTTP's own: Klarna
 * documents neither status nor code for a body of another type.
 */
export const CLASSIC_PROBLEMS = {
  BAD_REQUEST: 400,
  BAD_VALUE: 400,
  UNAUTHORIZED: 401,
  CANCEL_NOT_ALLOWED: 403,
  CAPTURE_NOT_ALLOWED: 403,
  INVALID_OPERATION: 403,
  NOT_ALLOWED: 403,
  REFUND_NOT_ALLOWED: 403,
  NOT_FOUND: 404,
  NO_SUCH_CAPTURE: 404,
  NO_SUCH_ORDER: 404,
  SESSION_COMPLETED: 404,
  REQUEST_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  UNPROCESSABLE_ENTITY: 422,
  TOO_MANY_REQUESTS: 429,
  INTERNAL_SERVER_ERROR: 500,
  TEMPORARILY_UNAVAILABLE: 503,
} as const;

export type ClassicProblemCode = keyof typeof CLASSIC_PROBLEMS;

/** Makes the classic error object. @param status another than the code's own: BAD_VALUE is also a 409 */
export type ClassicProblem = (
  code: ClassicProblemCode,
  messages: readonly [string, ...string[]],
  status?: number,
) => Answer;

export function classicProblems(newId: NewId): ClassicProblem {
  return (code, messages, status = CLASSIC_PROBLEMS[code]) => {
    const correlationId = newId();
    return {
      status,
      body: { correlation_id: correlationId, error_code: code, error_messages: messages },
      correlationId,
    };
  };
}

/** What a family answers before any of its operations is asked. */
export interface Refusals {
  unknownRoute(): Answer;
  unauthorized(): Answer;
  forbidden(): Answer;
  bodyTooLarge(): Answer;
  /** @param why `type`: not JSON by its content type; `text`: by its content */
  invalidBody(why: "type" | "text"): Answer;
  rateLimited(): Answer;
  serverError(status: 500 | 502 | 503 | 504): Answer;
}

/** Klarna documents the limit and no answer; 431 is HTTP's own (RFC 6585, section 5). */
export const HEADERS_TOO_LARGE: Answer = { status: 431, body: null };

/** A protection rule's answer: without the error object, which tells it from a forbidden operation (our notes, §2.6). */
export const PROTECTED: Answer = {
  status: 403,
  body: "<html><head><title>403 Forbidden</title></head><body><h1>403 Forbidden</h1></body></html>\n",
  headers: { "Content-Type": "text/html" },
  bare: true,
};

export function refusals(
  problem: Problem,
  classic: ClassicProblem,
): Readonly<Record<Family, Refusals>> {
  return {
    network: {
      unknownRoute: () => problem("NOT_FOUND"),
      unauthorized: () => problem("UNAUTHORIZED"),
      forbidden: () => problem("OPERATION_FORBIDDEN"),
      // Klarna documents the status and no error object.
      bodyTooLarge: () => ({ status: 413, body: null }),
      invalidBody: () => problem("INVALID_CONTENT_TYPE"),
      rateLimited: () => problem("RATE_LIMITED"),
      serverError(status) {
        if (status === 500) return problem("INTERNAL_ERROR");
        // Only 503 has an object of Klarna's own; the others come from a gateway.
        return status === 503 ? problem("TEMPORARY_UNAVAILABLE") : { status, body: null };
      },
    },
    classic: {
      unknownRoute: () => classic("NOT_FOUND", ["Not found"]),
      unauthorized: () => classic("UNAUTHORIZED", ["Unauthorized"]),
      forbidden: () => classic("NOT_ALLOWED", ["Not allowed"]),
      bodyTooLarge: () => classic("REQUEST_TOO_LARGE", ["Request entity too large"]),
      invalidBody: (why) =>
        why === "type"
          ? classic("UNSUPPORTED_MEDIA_TYPE", ["Unsupported media type"])
          : classic("BAD_REQUEST", ["The body is not valid JSON"]),
      rateLimited: () => classic("TOO_MANY_REQUESTS", ["Too many requests"]),
      serverError: (status) =>
        status === 500
          ? classic("INTERNAL_SERVER_ERROR", ["Internal server error"])
          : classic("TEMPORARILY_UNAVAILABLE", ["Temporarily unavailable"], status),
    },
  };
}
