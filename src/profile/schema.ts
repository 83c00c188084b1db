import * as z from "zod";
import { type Micros, micros, type PerSecond, seconds } from "../base/units.ts";
import { ENVIRONMENT_NAMES, KINDS, type Kind } from "../guard/environments.ts";
import type { RelaxableStop } from "../guard/kill-switch.ts";
import { CATEGORIES, type Category } from "../guard/quotas.ts";
import type { RetryPolicy } from "../workload/retry.ts";
import type { ClosedWorkload, OpenWorkload, Stage } from "../workload/workload.ts";
import { dataSchema } from "./data/declaration.ts";
import type { DataDeclaration, DataTable } from "./data/table.ts";
import { type EmulatorSection, emulatorSchema } from "./emulator-section.ts";
import { retry } from "./retry.ts";
import { NAME, NAME_FORM, operation, type ProfileStep, step } from "./step.ts";
import { stops } from "./stops.ts";
import { type Threshold, threshold } from "./threshold.ts";
import {
  duration,
  listOf,
  oneOf,
  positiveDuration,
  positiveRate,
  rate,
  strict,
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
  /** Once, before the first arrival; empty: nothing. */
  readonly setUp: readonly ProfileStep[];
  /** Whether the run ends what it has made; `undefined`: on Klarna's environments it does. */
  readonly cleanUp: boolean | undefined;
  /** For every step that sets none of its own; `undefined`: nothing is made again. */
  readonly retry: RetryPolicy | undefined;
  readonly limits: Limits;
  /** Stops of the kill switch that are off, which only the emulator takes; `undefined`: none. */
  readonly stops: readonly RelaxableStop[] | undefined;
  /** How the emulator is to be that a run starts for itself; `undefined`: as it is without being told. */
  readonly emulator: EmulatorSection | undefined;
  /** In the order of the file. */
  readonly data: readonly DataTable[];
  readonly tags: Readonly<Record<string, string>>;
}

/** A profile before the files that it names are read. */
export interface ProfileFile extends Omit<Profile, "data"> {
  readonly data: Readonly<Record<string, DataDeclaration>>;
}

/**
 * How due times are kept. `precise`: to tens of microseconds, for which the processor is kept awake up to 2.5 ms before
 * each; `relaxed`: to a millisecond or two, with the processor asleep.
 */
export const PACINGS = ["precise", "relaxed"] as const;
export type Pacing = (typeof PACINGS)[number];

export type ProfileWorkload = (Omit<OpenWorkload, "scenarios"> | ClosedProfileWorkload) & {
  readonly pacing: Pacing;
};

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

/** The cap, as far as the profile chooses it. It can only lower what the guard allows. */
export interface Limits {
  /** The most that any one category may be given, requests a second. */
  readonly rate: PerSecond | undefined;
  readonly perCategory: Readonly<Partial<Record<Category, PerSecond>>>;
}

/** Names of profiles: what `run <name>` takes. */
export { NAME as PROFILE_NAME, NAME_FORM as PROFILE_NAME_FORM } from "./step.ts";

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

const pacing = oneOf(PACINGS, "a way of pacing").default("precise");

const openWorkload = strict({
  model: z.literal("open"),
  arrivals: oneOf(["uniform", "poisson"], "a way of arriving").default("uniform"),
  stages: listOf(stage, "stages", 1000),
  maxInFlight: whole(1, 1_000_000).default(20),
  maxLateness: duration().optional(),
  pacing,
  requestTimeout: positiveDuration().default(seconds(60)),
  drainTimeout: duration().default(seconds(30)),
}).transform((workload) => ({ ...workload, maxLateness: workload.maxLateness }));

const closedWorkload = strict({
  model: z.literal("closed"),
  virtualUsers: whole(1, 10_000),
  thinkTime: duration().default(micros(0)),
  rampUp: duration().default(micros(0)),
  for: positiveDuration(),
  pacing,
  requestTimeout: positiveDuration().default(seconds(60)),
  drainTimeout: duration().default(seconds(30)),
});

const workload = z.discriminatedUnion("model", [openWorkload, closedWorkload]);

const scenario = strict({
  name: text(NAME, "a name", NAME_FORM),
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

const onOrOff = oneOf(["on", "off"], "on or off").transform((word) => word === "on");

// `read.ts` lays these over the rest and checks the whole again, so here only their keys are looked at.
const overrides = strict({
  workload: z.unknown().optional(),
  scenarios: z.unknown().optional(),
  thresholds: z.unknown().optional(),
  setUp: z.unknown().optional(),
  cleanUp: z.unknown().optional(),
  retry: z.unknown().optional(),
  limits: z.unknown().optional(),
  stops: z.unknown().optional(),
  data: z.unknown().optional(),
  emulator: z.unknown().optional(),
  tags: z.unknown().optional(),
});

/** The shape of a profile file. What spans several places is checked by `references.ts`. */
export const profileSchema = strict({
  name: text(NAME, "a name", NAME_FORM),
  description: text(/^[\s\S]{0,500}$/, "a description", "text of at most 500 characters").default(
    "",
  ),
  kind: oneOf(KINDS, "a kind"),
  workload,
  scenarios: listOf(scenario, "scenarios", 100),
  thresholds: z.array(threshold(operation)).default([]),
  setUp: z.array(step).default([]),
  cleanUp: onOrOff.optional(),
  retry: retry.optional(),
  limits: limits.default({ rate: undefined, perCategory: {} }),
  stops: stops.optional(),
  data: dataSchema.default({}),
  emulator: emulatorSchema.optional(),
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
}).transform(
  ({ environments: _, retry, cleanUp, stops, emulator, ...profile }): ProfileFile => ({
    ...profile,
    retry,
    cleanUp,
    stops,
    emulator,
  }),
);
