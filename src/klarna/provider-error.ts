/** An error that the provider described itself, whichever of its forms it took. */
export interface ProviderError {
  /** The field to branch on: `RATE_LIMITED`, `VALIDATION_ERROR`, … */
  readonly errorCode: string;
  /** `error_id`, or the older APIs' `correlation_id`: opaque, to quote to Klarna. */
  readonly errorId: string | undefined;
}

/** Only codes and ids of this form are kept; everything else an error says may hold anything. */
const CODE = /^[A-Z0-9_]{1,64}$/;
const ID = /^[A-Za-z0-9-]{1,64}$/;

/**
 * Reads Klarna's error objects: the network's (`error_id`, `error_code`, …; `error_type` has gone from the
 * newest pages) and the older APIs' (`correlation_id`, `error_code`, `error_messages`). `undefined` when the
 * body is neither, which for a 403 means a protection rule.
 */
export function readProviderError(body: unknown): ProviderError | undefined {
  if (typeof body !== "object" || body === null || !("error_code" in body)) return undefined;
  const { error_code: code } = body;
  if (typeof code !== "string" || !CODE.test(code)) return undefined;
  return { errorCode: code, errorId: opaqueId(idOf(body)) };
}

/** An id fit to keep, or `undefined`. */
export function opaqueId(value: unknown): string | undefined {
  return typeof value === "string" && ID.test(value) ? value : undefined;
}

function idOf(body: object): unknown {
  if ("error_id" in body) return body.error_id;
  return "correlation_id" in body ? body.correlation_id : undefined;
}
