import { z } from "zod";
import { type Micros, micros, type PerSecond, seconds } from "../base/units.ts";
import { ENVIRONMENT_NAMES, KINDS, type Kind } from "../guard/environments.ts";
import { CATEGORIES, type Category } from "../guard/quotas.ts";
import { OPERATIONS } from "../klarna/catalogue.ts";
import type { ClosedWorkload, OpenWorkload, Stage } from "../workload/workload.ts";
import { isJson, isJsonObject, type Json, type JsonObject } from "./body.ts";
import { dataSchema } from "./data/declaration.ts";
import type { DataDeclaration, DataTable } from "./data/table.ts";
import {
  isSavedName,
  PATH_VALUE_FORM,
  type PathValue,
  parsePathValue,
  SAVED_NAME_FORM,
} from "./path-value.ts";
import { parseResponsePath, RESPONSE_PATH_FORM, type ResponsePath } from "./response-path.ts";
import { type Threshold, threshold } from "./threshold.ts";
import {
  duration,
  listOf,
  oneOf,
  positiveDuration,
  positiveRate,
  rate,
  strict,
  type Told,
  tell,
  text,
  whole,
  written,
} from "./written.ts";

/** A profile as it will be run: defaults filled in, overrides applied, every value parsed into its unit. */
export interface Profile {
  /** `[a-z0-9][a-z0-9-]{0,63}` */
  readonly name: string;
  readonly description: string;
  readonly kind: Kind;
  readonly workload: ProfileWorkload;
  readonly scenarios: readonly [ProfileScenario, ...ProfileScenario[]];
  readonly thresholds: readonly Threshold[];
  readonly limits: Limits;
  /** In the order of the file. */
  readonly data: readonly DataTable[];
  readonly tags: Readonly<Record<string, string>>;
}

/** A profile before the files that it names are read. */
export interface ProfileFile extends Omit<Profile, "data"> {
  readonly data: Readonly<Record<string, DataDeclaration>>;
}

export type ProfileWorkload = Omit<OpenWorkload, "scenarios"> | ClosedProfileWorkload;

/** A closed workload as a profile has it: the plan works out what rate it can come to. */
export interface ClosedProfileWorkload
  extends Pick<
    ClosedWorkload,
    "model" | "virtualUsers" | "thinkTime" | "rampUp" | "requestTimeout" | "drainTimeout"
  > {
  /** After the ramp-up. */
  readonly for: Micros;
}

export interface ProfileScenario {
  readonly name: string;
  /** Its share of the arrivals, in proportion to the other scenarios' weights; more than 0. */
  readonly weight: number;
  readonly steps: readonly [ProfileStep, ...ProfileStep[]];
}

export interface ProfileStep {
  /** A name in the catalogue. */
  readonly operation: string;
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
}

/** When an answer counts as expected. */
export interface Expectation {
  /** Any of these; `undefined`: any of the operation's own success statuses. */
  readonly statuses: readonly number[] | undefined;
  /** Values that the answer must hold. */
  readonly values: readonly { readonly path: ResponsePath; readonly equals: Json }[];
}

/** The cap, as far as the profile chooses it. It can only lower what the guard allows. */
export interface Limits {
  /** The most that any one category may be given, requests a second. */
  readonly rate: PerSecond | undefined;
  readonly perCategory: Readonly<Partial<Record<Category, PerSecond>>>;
}

const NAME_FORM =
  "lower-case letters, digits and dashes, at most 64, beginning with a letter or digit";
/** Names of profiles: what `run <name>` takes. */
export const PROFILE_NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;
export { NAME_FORM as PROFILE_NAME_FORM };

const operation = oneOf(
  [...OPERATIONS.keys()],
  "an operation",
  "PROFILE_UNKNOWN_OPERATION",
  "one of docs/operations.md, such as payment-request.create",
);
const phase = oneOf(["warm-up", "ramp", "steady"], "a phase");

const stage = strict({
  rate: rate().optional(),
  from: rate().optional(),
  to: rate().optional(),
  for: positiveDuration(),
  phase: phase.optional(),
}).transform((stage, ctx): Stage => {
  const { rate, from, to, for: duration, phase } = stage;
  if (rate !== undefined && from === undefined && to === undefined) {
    return { phase: phase ?? "steady", from: rate, to: rate, duration };
  }
  if (rate === undefined && from !== undefined && to !== undefined) {
    return { phase: phase ?? "ramp", from, to, duration };
  }
  tell(ctx, {
    code: "PROFILE_STAGE",
    what: "a stage",
    message: "a stage has either `rate`, or both `from` and `to`",
    form: "{ rate: 5/s, for: 60s } for a constant rate, { from: 0/s, to: 5/s, for: 10s } for a ramp",
  });
  return z.NEVER;
});

const openWorkload = strict({
  model: z.literal("open"),
  arrivals: oneOf(["uniform", "poisson"], "a way of arriving").default("uniform"),
  stages: listOf(stage, "stages", 1000),
  maxInFlight: whole(1, 1_000_000).default(20),
  maxLateness: duration().optional(),
  requestTimeout: positiveDuration().default(seconds(60)),
  drainTimeout: duration().default(seconds(30)),
}).transform((workload) => ({ ...workload, maxLateness: workload.maxLateness }));

const closedWorkload = strict({
  model: z.literal("closed"),
  virtualUsers: whole(1, 10_000),
  thinkTime: duration().default(micros(0)),
  rampUp: duration().default(micros(0)),
  for: positiveDuration(),
  requestTimeout: positiveDuration().default(seconds(60)),
  drainTimeout: duration().default(seconds(30)),
});

const workload = z.discriminatedUnion("model", [openWorkload, closedWorkload]);

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

const EXPECT_FORM =
  "status: 201, status: [201, 429], or a path and the value that must stand there, as in $.state: SUBMITTED";
const STATUS_FORM = "a whole number from 100 to 599, or a list of some";
const isStatus = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 100 && value <= 599;
const expectation = z.record(z.string(), z.unknown()).transform((expect, ctx): Expectation => {
  let statuses: readonly number[] | undefined;
  const values: { path: ResponsePath; equals: Json }[] = [];
  for (const [key, value] of Object.entries(expect)) {
    const path = parseResponsePath(key);
    if (key === "status") {
      const given: readonly unknown[] = Array.isArray(value) ? value : [value];
      if (given.length > 0 && given.every(isStatus)) statuses = given;
      else tell(ctx, { code: "PROFILE_VALUE", what: "a status", form: STATUS_FORM }, [key]);
    } else if (!path) {
      tell(
        ctx,
        {
          code: "PROFILE_UNKNOWN_KEY",
          what: "an expectation",
          form: EXPECT_FORM,
          aboutKey: true,
        },
        [key],
      );
    } else if (isJson(value) && typeof value !== "object") {
      values.push({ path, equals: value });
    } else {
      tell(
        ctx,
        {
          code: "PROFILE_VALUE",
          what: "a plain value",
          form: "text, a finite number, true or false",
        },
        [key],
      );
    }
  }
  return { statuses, values };
});

const step = strict({
  operation,
  with: z.record(z.string(), pathValue).default({}),
  save: z.record(savedName, responsePath).default({}),
  body: body.optional(),
  headers: headers.default({}),
  expect: expectation.optional(),
  thinkTime: duration().default(micros(0)),
}).transform((step): ProfileStep => ({ ...step, body: step.body, expect: step.expect }));

const scenario = strict({
  name: text(PROFILE_NAME, "a name", NAME_FORM),
  weight: written(
    { code: "PROFILE_WEIGHT", what: "a weight", form: "a number above 0, at most 1000000" },
    (value) => (typeof value === "number" && value > 0 && value <= 1_000_000 ? value : undefined),
  ).default(1),
  steps: listOf(step, "steps", 100),
});

const category = oneOf(CATEGORIES, "a rate-limit category", "PROFILE_UNKNOWN_CATEGORY");
const limits = strict({
  rate: positiveRate().optional(),
  perCategory: z.partialRecord(category, positiveRate()).default({}),
}).transform((limits): Limits => ({ rate: limits.rate, perCategory: limits.perCategory }));

// `read.ts` lays these over the rest and checks the whole again, so here only their keys are looked at.
const overrides = strict({
  workload: z.unknown().optional(),
  scenarios: z.unknown().optional(),
  thresholds: z.unknown().optional(),
  limits: z.unknown().optional(),
  data: z.unknown().optional(),
  tags: z.unknown().optional(),
});

/** The shape of a profile file. What spans several places is checked by `references.ts`. */
export const profileSchema = strict({
  name: text(PROFILE_NAME, "a name", NAME_FORM),
  description: text(/^[\s\S]{0,500}$/, "a description", "text of at most 500 characters").default(
    "",
  ),
  kind: oneOf(KINDS, "a kind"),
  workload,
  scenarios: listOf(scenario, "scenarios", 100),
  thresholds: z.array(threshold(operation)).default([]),
  limits: limits.default({ rate: undefined, perCategory: {} }),
  data: dataSchema.default({}),
  tags: z
    .record(
      text(
        /^[A-Za-z0-9_.-]{1,64}$/,
        "a tag's name",
        "letters, digits, or any of _ . -, at most 64",
      ),
      text(/^.{0,200}$/u, "a tag's value", "text of at most 200 characters on one line"),
    )
    .default({}),
  environments: z
    .record(oneOf(ENVIRONMENT_NAMES, "an environment", "PROFILE_UNKNOWN_ENVIRONMENT"), overrides)
    .optional(),
}).transform(({ environments: _, ...profile }): ProfileFile => profile);
