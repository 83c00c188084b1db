import {
  type ErrorCode,
  type ErrorType,
  isErrorCode,
  isErrorType,
  UNKNOWN_CODE,
} from "./error-codes.ts";

/** An error that the provider described itself, whichever of its forms it took. */
export interface ProviderError {
  /** The Klarna Network's object, or the older merchant APIs'. */
  readonly form: "network" | "classic";
  /** The field to branch on: `RATE_LIMITED`, `VALIDATION_ERROR`, …; `unknown` for one that Klarna does not document. */
  readonly errorCode: ErrorCode;
  /** `error_id`, or the older APIs' `correlation_id`: opaque, to quote to Klarna. */
  readonly errorId: string | undefined;
  /** `INPUT_ERROR`, …; the newest pages of the Klarna Network have it no more. */
  readonly errorType: ErrorType | undefined;
  /** The fields that were found wrong, as `line_items[0].quantity`; at most 16. Never what was said of them. */
  readonly parameters: readonly string[];
}

/** Only documented codes, and ids and names of this form, are kept; everything else an error says may hold anything. */
const ID = /^[A-Za-z0-9-]{1,64}$/;
const PARAMETER = /^[A-Za-z0-9_$.[\]-]{1,256}$/;
/** `BAD_VALUE : order_lines[0].total_tax_amount`: the older APIs name the field in a message. */
const CLASSIC_MESSAGE = /^[A-Z_]{1,64} : ([A-Za-z0-9_$.[\]-]{1,256})$/;
const PARAMETERS_MAX = 16;

/**
 * Reads Klarna's error objects: the network's (`error_id`, `error_code`, `validation_errors`; in its older form
 * `errors`) and the older APIs' (`correlation_id`, `error_code`, `error_messages`). `undefined` when the body is
 * neither, which for a 403 means a protection rule: a code that Klarna does not document proves nothing without the id
 * that each of its errors has.
 */
export function readProviderError(body: unknown): ProviderError | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  const code = field(body, "error_code");
  if (typeof code !== "string" || code === "") return undefined;
  const network = Object.hasOwn(body, "error_id");
  const errorId = opaqueId(field(body, network ? "error_id" : "correlation_id"));
  if (!isErrorCode(code) && errorId === undefined) return undefined;
  const type = field(body, "error_type");
  const form = !network && Object.hasOwn(body, "correlation_id") ? "classic" : "network";
  return {
    form,
    errorCode: isErrorCode(code) ? code : UNKNOWN_CODE,
    errorId,
    errorType: isErrorType(type) ? type : undefined,
    parameters: parametersOf(body),
  };
}

/** An id fit to keep, or `undefined`. */
export function opaqueId(value: unknown): string | undefined {
  return typeof value === "string" && ID.test(value) ? value : undefined;
}

function parametersOf(body: object): string[] {
  const named = ["validation_errors", "errors"].flatMap((list) =>
    itemsOf(body, list).map((one) => field(one, "parameter")),
  );
  const told = itemsOf(body, "error_messages").map((one) =>
    typeof one === "string" ? CLASSIC_MESSAGE.exec(one)?.[1] : undefined,
  );
  return [...named, ...told]
    .filter((name): name is string => typeof name === "string" && PARAMETER.test(name))
    .slice(0, PARAMETERS_MAX);
}

function itemsOf(body: object, name: string): readonly unknown[] {
  const list = field(body, name);
  return Array.isArray(list) ? list.slice(0, PARAMETERS_MAX) : [];
}

/** An object's own field; whatever it inherits was not sent. */
function field(from: unknown, name: string): unknown {
  const own = typeof from === "object" && from !== null && Object.hasOwn(from, name);
  return own ? Reflect.get(from, name) : undefined;
}
