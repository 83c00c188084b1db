import * as z from "zod";
import { nearest } from "../base/nearest.ts";
import {
  DURATION_FORM,
  DURATION_PATTERN,
  type Micros,
  micros,
  type PerSecond,
  parseDuration,
  parseRate,
  RATE_FORM,
  RATE_PATTERN,
} from "../base/units.ts";

/** What a check found wrong: everything that `messages.ts` needs but the place and the words written there. */
export interface Told {
  /** `PROFILE_…` */
  readonly code: string;
  /** What the value should have been, with its article: `a rate`. */
  readonly what: string;
  /** The accepted form, in words. */
  readonly form: string;
  /** The accepted value that was most likely meant. */
  readonly near?: string | undefined;
  /** Instead of `… is not <what>`, where that would not be the point. */
  readonly message?: string;
  /** The key is wrong, whatever its value. */
  readonly aboutKey?: true;
}

interface Context {
  addIssue(issue: {
    readonly code: "custom";
    readonly message: string;
    readonly params: { readonly told: Told };
    readonly path?: PropertyKey[];
    readonly input?: unknown;
  }): void;
}

/** Notes a problem with the value in hand, or with the part of it at `path`. */
export function tell(ctx: Context, told: Told, path: PropertyKey[] = []): void {
  ctx.addIssue({ code: "custom", message: told.what, params: { told }, path });
}

/** What editors may know of a value beforehand, as keywords of JSON Schema. It takes at least what `read` takes. */
export type Keywords = Readonly<Record<string, unknown>>;

/** A value that `read` understands; anything else is told as `told` says. */
export function written<T>(
  told: Omit<Told, "near"> & { readonly near?: (value: unknown) => string | undefined },
  read: (value: unknown) => T | undefined,
  keywords: Keywords = {},
) {
  const seen = z.unknown().meta({ description: told.form, ...keywords });
  return seen.transform((value, ctx): T => {
    const result = read(value);
    if (result !== undefined) return result;
    tell(ctx, { ...told, near: acceptable(told.near?.(value), read) });
    return z.NEVER;
  });
}

/** A suggestion, unless it would be refused in its turn. Its quotes, if any, are YAML's. */
export function acceptable(
  near: string | undefined,
  read: (value: unknown) => unknown,
): string | undefined {
  if (near === undefined) return undefined;
  return read(near.replace(/^"(.*)"$/, "$1")) === undefined ? undefined : near;
}

/** A mapping with these keys and no others. */
export function strict<const Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  // The library does not say which keys it would have taken; the message carries them to `messages.ts`.
  const keys = Object.keys(shape).join(" ");
  return z.strictObject(shape, {
    error: (issue) => (issue.code === "unrecognized_keys" ? keys : undefined),
  });
}

/** A list of at least one. */
export function listOf<Item extends z.ZodType>(item: Item, what: string, max: number) {
  return z.array(item).transform((items, ctx): [z.output<Item>, ...z.output<Item>[]] => {
    const [first, ...rest] = items;
    const form = `1 to ${max} of them`;
    if (first !== undefined && items.length <= max) return [first, ...rest];
    const message = first === undefined ? `there are no ${what}` : `there are too many ${what}`;
    tell(ctx, { code: "PROFILE_LIST_LENGTH", what: `a list of ${what}`, form, message });
    return z.NEVER;
  });
}

/** One of a fixed set of words. */
export function oneOf<const T extends string>(
  values: readonly T[],
  what: string,
  code = "PROFILE_UNKNOWN_VALUE",
  form = values.length > 1 ? `one of ${values.join(", ")}` : values.join(),
) {
  const near = (value: unknown) => nearest(String(value), values);
  const known = (value: unknown) => values.find((one) => one === value);
  return written({ code, what, form, near }, known, { enum: values });
}

/** Text that matches a pattern. */
export function text(pattern: RegExp, what: string, form: string) {
  const near = (value: unknown) =>
    typeof value === "number" || typeof value === "boolean" ? `"${value}"` : undefined;
  return written(
    { code: "PROFILE_VALUE", what, form, near },
    (value) => (typeof value === "string" && pattern.test(value) ? value : undefined),
    { type: "string", pattern: pattern.source },
  );
}

export function flag() {
  return written(
    { code: "PROFILE_VALUE", what: "true or false", form: "true or false, without quotes" },
    (value) => (typeof value === "boolean" ? value : undefined),
    { type: "boolean" },
  );
}

export function whole(min: number, max: number) {
  return written(
    {
      code: "PROFILE_VALUE",
      what: "a whole number in range",
      form: `a whole number from ${min} to ${max}`,
    },
    (value) =>
      typeof value === "number" && Number.isInteger(value) && value >= min && value <= max
        ? value
        : undefined,
    { type: "integer", minimum: min, maximum: max },
  );
}

/** Rates and times are bounded only so far that every sum stays exact; what may run is the guard's to say. */
const RATE_MAX_PER_SECOND = 1_000_000;
const DURATION_MAX_US = 1000 * 3_600_000_000;

const A_RATE: Keywords = { type: "string", pattern: RATE_PATTERN };
const A_DURATION: Keywords = { type: "string", pattern: DURATION_PATTERN };

/** `5/s`, `30/min`: 0 or more. */
export function rate(): z.ZodType<PerSecond> {
  return written(
    { code: "PROFILE_RATE", what: "a rate", form: `${RATE_FORM}, 0 or more`, near: nearRate },
    (value) => withRead(value, parseRate, (read) => read <= RATE_MAX_PER_SECOND),
    A_RATE,
  );
}

/** A rate above 0. */
export function positiveRate(): z.ZodType<PerSecond> {
  return written(
    { code: "PROFILE_RATE", what: "a rate above 0", form: RATE_FORM, near: nearRate },
    (value) => withRead(value, parseRate, (read) => read > 0 && read <= RATE_MAX_PER_SECOND),
    A_RATE,
  );
}

/** `800ms`, `10s`: 0 or more. */
export function duration(): z.ZodType<Micros> {
  return written(
    {
      code: "PROFILE_DURATION",
      what: "a time",
      form: `${DURATION_FORM}, at most 1000h`,
      near: nearDuration,
    },
    (value) => readDuration(value, 0),
    { anyOf: [A_DURATION, { const: 0 }] },
  );
}

/** A time above 0. */
export function positiveDuration(): z.ZodType<Micros> {
  return written(
    {
      code: "PROFILE_DURATION",
      what: "a time above 0",
      form: `${DURATION_FORM}, at most 1000h`,
      near: nearDuration,
    },
    (value) => readDuration(value, 1),
    A_DURATION,
  );
}

/** The time as microseconds, from `min` to the longest that a profile takes; 0 may be written without a unit. */
export function readDuration(value: unknown, min: number): Micros | undefined {
  if (value === 0 && min === 0) return micros(0);
  return withRead(value, parseDuration, (read) => read >= min && read <= DURATION_MAX_US);
}

function withRead<T>(
  value: unknown,
  read: (text: string) => T | undefined,
  inRange: (read: T) => boolean,
): T | undefined {
  const result = typeof value === "string" ? read(value) : undefined;
  return result !== undefined && inRange(result) ? result : undefined;
}

const BARE_RATE = /^(\d+(?:\.\d+)?)\s*(?:\/\s*(?:s|sec|second)|rps|per second)?$/i;

/** `5`, `5 / s` and `5rps` most likely mean `5/s`. */
function nearRate(value: unknown): string | undefined {
  const number = BARE_RATE.exec(String(value).trim())?.[1];
  return number === undefined ? undefined : `${number}/s`;
}

const LOOSE_DURATION = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i;
const LOOSE_UNITS: Readonly<Record<string, string>> = {
  "": "s",
  s: "s",
  sec: "s",
  secs: "s",
  second: "s",
  seconds: "s",
  ms: "ms",
  msec: "ms",
  millis: "ms",
  milliseconds: "ms",
  min: "min",
  mins: "min",
  minute: "min",
  minutes: "min",
  h: "h",
  hour: "h",
  hours: "h",
};

/** `10`, `10 s` and `10 seconds` most likely mean `10s`. */
export function nearDuration(value: unknown): string | undefined {
  const [, number, unit] = LOOSE_DURATION.exec(String(value).trim()) ?? [];
  const known = unit === undefined ? undefined : LOOSE_UNITS[unit.toLowerCase()];
  return known === undefined ? undefined : `${number}${known}`;
}
