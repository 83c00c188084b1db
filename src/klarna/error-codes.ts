/** Codes of errors as Klarna documents them, by API (read between 2026-08 and 2026-10). */

const NETWORK = [
  "VALIDATION_ERROR",
  "INVALID_CONTENT_TYPE",
  "UNAUTHORIZED",
  "OPERATION_FORBIDDEN",
  "RESOURCE_NOT_FOUND",
  "NOT_FOUND",
  "RESOURCE_CONFLICT",
  "RATE_LIMITED",
  "INTERNAL_ERROR",
  "SERVER_CONFIGURATION_ERROR",
  "TIMEOUT",
  "TEMPORARY_UNAVAILABLE",
] as const;

const PAYMENTS = [
  "BAD_REQUEST",
  "BAD_VALUE",
  "UNAUTHORIZED",
  "INVALID_OPERATION",
  "MERCHANT_INACTIVE",
  "REJECTED",
  "NOT_FOUND",
  "SESSION_COMPLETED",
  "INTERNAL_SERVER_ERROR",
] as const;

const ORDER_MANAGEMENT = [
  "NOT_FOUND",
  "CAPTURE_NOT_ALLOWED",
  "CANCEL_NOT_ALLOWED",
  "REFUND_NOT_ALLOWED",
  "NOT_ALLOWED",
  "NO_SUCH_ORDER",
  "NO_SUCH_CAPTURE",
  "CONFLICT",
  "REQUEST_TOO_LARGE",
  "UNPROCESSABLE_ENTITY",
  "INVALID_ADDRESS",
  "TOO_MANY_REQUESTS",
  "INTERNAL_SERVER_ERROR",
  "UNEXPECTED_ERROR",
  "TEMPORARILY_UNAVAILABLE",
] as const;

export const ERROR_CODES: ReadonlySet<unknown> = new Set([
  ...NETWORK,
  ...PAYMENTS,
  ...ORDER_MANAGEMENT,
]);
const TYPES: ReadonlySet<unknown> = new Set([
  "ACCESS_ERROR",
  "INPUT_ERROR",
  "RESOURCE_ERROR",
  "TECHNICAL_ERROR",
] as const);

/** A documented code, to branch on and to be shown; or that there was one which is not. */
export type ErrorCode =
  | (typeof NETWORK | typeof PAYMENTS | typeof ORDER_MANAGEMENT)[number]
  | typeof UNKNOWN_CODE;
export const UNKNOWN_CODE = "unknown";

export type ErrorType = "ACCESS_ERROR" | "INPUT_ERROR" | "RESOURCE_ERROR" | "TECHNICAL_ERROR";

export function isErrorCode(code: unknown): code is Exclude<ErrorCode, typeof UNKNOWN_CODE> {
  return ERROR_CODES.has(code);
}

export function isErrorType(type: unknown): type is ErrorType {
  return TYPES.has(type);
}
