import * as z from "zod";
import { type Micros, micros } from "../base/units.ts";
import { OPERATIONS } from "../klarna/catalogue.ts";
import type { RetryPolicy } from "../workload/retry.ts";
import type { Poll } from "../workload/workload.ts";
import { isJsonObject, type JsonObject } from "./body.ts";
import { type ClientReference, clientReference } from "./client-reference.ts";
import {
  condition,
  EMPTY_CONDITION,
  EXPECT_FORM,
  type Expectation,
  expectation,
  readExpectation,
} from "./expectation.ts";
import {
  isSavedName,
  PATH_VALUE_FORM,
  type PathValue,
  parsePathValue,
  SAVED_NAME_FORM,
} from "./path-value.ts";
import { parseResponsePath, RESPONSE_PATH_FORM, type ResponsePath } from "./response-path.ts";
import { retry } from "./retry.ts";
import {
  duration,
  oneOf,
  positiveDuration,
  strict,
  type Told,
  tell,
  text,
  whole,
  written,
} from "./written.ts";

/** One thing that a journey does. */
export interface ProfileStep {
  /** By which later steps of the scenario name it. */
  readonly name: string | undefined;
  /** A name in the catalogue. */
  readonly operation: string;
  /** The user's own function that makes the step's requests; `undefined`: we make it. */
  readonly client: ClientReference | undefined;
  /** What fills each parameter of the operation's path. */
  readonly with: Readonly<Record<string, PathValue>>;
  /** Names for later steps, each with the place in this step's answer that it is taken from. */
  readonly save: Readonly<Record<string, ResponsePath>>;
  /** Merged over the operation's sample body by `mergeBody`; `undefined`: the sample as it is. */
  readonly body: JsonObject | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** `undefined`: any of the operation's own success statuses. */
  readonly expect: Expectation | undefined;
  /** Between the end of the step before (the arrival, for a first step) and this step's due time. */
  readonly thinkTime: Micros;
  /** Only where an earlier step was answered so. */
  readonly when: When | undefined;
  /** Asks again until the answer is so. */
  readonly poll: ProfilePoll | undefined;
  /** In place of the profile's own policy; `undefined`: that one. */
  readonly retry: RetryPolicy | undefined;
}

export interface When extends Expectation {
  /** The earlier step's name; `undefined`: the step before this one. */
  readonly step: string | undefined;
}

export interface ProfilePoll extends Poll {
  readonly until: Expectation;
}

/** A name for anything that the profile itself names. */
export const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;
export const NAME_FORM =
  "lower-case letters, digits and dashes, at most 64, beginning with a letter or digit";

export const operation = oneOf(
  [...OPERATIONS.keys()],
  "an operation",
  "PROFILE_UNKNOWN_OPERATION",
  "one of docs/operations.md, such as payment-request.create",
);

const savedName = written(
  { code: "PROFILE_VALUE", what: "a name for a saved value", form: SAVED_NAME_FORM },
  (value) => (typeof value === "string" && isSavedName(value) ? value : undefined),
);
const responsePath = written(
  { code: "PROFILE_VALUE", what: "a path into the answer", form: RESPONSE_PATH_FORM },
  (value) => (typeof value === "string" ? parseResponsePath(value) : undefined),
);
const pathValue = written(
  {
    code: "PROFILE_VALUE",
    what: "a value for a path parameter",
    form: PATH_VALUE_FORM,
    near: (value) => (typeof value === "number" ? `"${value}"` : undefined),
  },
  (value) => (typeof value === "string" ? parsePathValue(value) : undefined),
);

const HEADER_FORM =
  "Klarna-… (but Klarna-Idempotency-Key, which the client sets) or Partner-Correlation-Id";
const headerName = written(
  { code: "PROFILE_HEADER", what: "a header that a profile may set", form: HEADER_FORM },
  (value) =>
    typeof value === "string" &&
    /^(?:klarna-[a-z0-9-]{1,64}|partner-correlation-id)$/i.test(value) &&
    value.toLowerCase() !== "klarna-idempotency-key"
      ? value
      : undefined,
);
// 6 KB is Klarna's limit for one header, name and value.
const headerValue = text(
  /^[\x21-\x7e](?:[\x20-\x7e]{0,5998}[\x21-\x7e])?$/,
  "a header's value",
  "printable ASCII text",
);
const headers = z.record(headerName, headerValue).transform((headers, ctx) => {
  const seen = new Set<string>();
  for (const name of Object.keys(headers)) {
    if (seen.has(name.toLowerCase())) {
      const message = "the header stands twice: letter case does not tell headers apart";
      const told: Told = {
        code: "PROFILE_DUPLICATE_KEY",
        what: "a header",
        form: "each header once",
        aboutKey: true,
        message,
      };
      tell(ctx, told, [name]);
    }
    seen.add(name.toLowerCase());
  }
  return headers;
});

const BODY_FORM =
  "a mapping of finite numbers, text, lists and mappings; null takes a field of the sample away";
const body = written({ code: "PROFILE_BODY", what: "a body", form: BODY_FORM }, (value) =>
  isJsonObject(value) ? value : undefined,
);

const when = z.record(z.string(), z.unknown()).transform((given, ctx): When => {
  const { step, ...rest } = given;
  if (step !== undefined && !(typeof step === "string" && NAME.test(step))) {
    tell(ctx, { code: "PROFILE_VALUE", what: "a step's name", form: NAME_FORM }, ["step"]);
  }
  const asked = readExpectation(rest, ctx);
  if (Object.keys(rest).length === 0) {
    tell(ctx, {
      ...EMPTY_CONDITION,
      form: `${EXPECT_FORM}; with step: the name of an earlier one`,
    });
  }
  return { ...asked, step: typeof step === "string" ? step : undefined };
});

const poll = strict({
  until: condition,
  every: positiveDuration(),
  // Without a bound, a state that never comes would have a journey ask for ever.
  atMost: whole(1, 1000),
});

export const step = strict({
  name: text(NAME, "a name", NAME_FORM).optional(),
  operation,
  client: clientReference.optional(),
  requests: whole(1, 100).optional(),
  with: z.record(z.string(), pathValue).default({}),
  save: z.record(savedName, responsePath).default({}),
  body: body.optional(),
  headers: headers.default({}),
  expect: expectation.optional(),
  thinkTime: duration().default(micros(0)),
  when: when.optional(),
  poll: poll.optional(),
  retry: retry.optional(),
}).transform(({ name, client, requests = 1, ...step }): ProfileStep => {
  const { body, expect, when, poll, retry } = step;
  return {
    ...step,
    ...{ name, body, expect, when, poll, retry },
    client: client && { ...client, requests },
  };
});
