import * as z from "zod";
import { DURATION_FORM } from "../base/units.ts";
import { acceptable, nearDuration, oneOf, readDuration, strict, tell, written } from "./written.ts";

/** The percentiles that a threshold may judge; `plan` says which of them the sample size allows. */
export const PERCENTILES = [50, 90, 95, 99, 99.9] as const;

const times = (["responseTime", "serviceTime"] as const).flatMap((time) => [
  ...PERCENTILES.map((p) => `${time}.p${p}` as const),
  `${time}.max` as const,
]);

/**
 * What a threshold may judge, of the steady phase. Response time counts from when a request was due, service
 * time from when it was sent; `errors` and `dropped` are numbers, the ratios are over sent and planned requests.
 */
export const FIGURES = [...times, "errorRatio", "dropRatio", "errors", "dropped"] as const;
export type Figure = (typeof FIGURES)[number];

/** Figures that were observed rather than estimated: decided at any sample size, and all that a smoke run may judge. */
export const OBSERVED_FIGURES: readonly Figure[] = [
  "errors",
  "dropped",
  "responseTime.max",
  "serviceTime.max",
];

/** A pass-or-fail check on one run: the figure is at most the limit. */
export interface Threshold {
  /** For people: `payment-request.create responseTime.p95 <= 800ms`. */
  readonly text: string;
  /** `null`: all operations together. */
  readonly operation: string | null;
  readonly figure: Figure;
  /** In the unit below; a ratio is 0 to 1. */
  readonly limit: number;
  readonly unit: "us" | "ratio" | "count";
  /** Ends the run once it is as good as missed; `undefined`: it does not. */
  readonly abort?: true;
}

/** @param operation what names an operation */
export function threshold<Name extends string>(operation: z.ZodType<Name>) {
  return strict({
    operation: operation.optional(),
    figure: oneOf(FIGURES, "a figure that a threshold can judge"),
    max: z.unknown().optional(),
    abort: written({ code: "PROFILE_VALUE", what: "abort", form: "true or false" }, (value) =>
      typeof value === "boolean" ? value : undefined,
    ).default(false),
  }).transform(({ operation, figure, max, abort }, ctx): Threshold => {
    const { unit, form, read, near } = scaleOf(figure);
    const limit = read(max);
    if (limit === undefined) {
      const what = `a limit for ${figure}`;
      tell(ctx, { code: "PROFILE_VALUE", what, form, near: acceptable(near(max), read) }, ["max"]);
      return z.NEVER;
    }
    if (abort && OBSERVED_FIGURES.includes(figure)) {
      const message = `${figure} is a fact of the whole run and can't end it early`;
      const form = "abort: true with a percentile or a ratio, such as errorRatio";
      tell(ctx, { code: "PROFILE_ABORT", what: "abort", form, message }, ["abort"]);
      return z.NEVER;
    }
    const subject = operation === undefined ? figure : `${operation} ${figure}`;
    return {
      text: `${subject} <= ${String(max)}`,
      operation: operation ?? null,
      figure,
      limit,
      unit,
      ...(abort && { abort }),
    };
  });
}

interface Scale {
  readonly unit: Threshold["unit"];
  readonly form: string;
  read(max: unknown): number | undefined;
  near(max: unknown): string | undefined;
}

function scaleOf(figure: Figure): Scale {
  if (figure === "errorRatio" || figure === "dropRatio") return RATIO;
  if (figure === "errors" || figure === "dropped") return COUNT;
  return TIME;
}

const TIME: Scale = {
  unit: "us",
  form: DURATION_FORM,
  read: (max) => readDuration(max, 1),
  near: nearDuration,
};

const COUNT: Scale = {
  unit: "count",
  form: "a whole number, 0 or more",
  read: (max) =>
    typeof max === "number" && Number.isSafeInteger(max) && max >= 0 ? max : undefined,
  near: () => undefined,
};

const PERCENT = /^(\d{1,3}(?:\.\d{1,9})?)%$/;

const RATIO: Scale = {
  unit: "ratio",
  form: "a percentage such as 1% or 0.5%, or a ratio below 1 such as 0.01",
  read(max) {
    // A bare 1 could be meant as either: it has to say which.
    if (typeof max === "number") return max >= 0 && max < 1 ? max : undefined;
    const percent = Number(PERCENT.exec(typeof max === "string" ? max : "")?.[1] ?? Number.NaN);
    return percent <= 100 ? percent / 100 : undefined;
  },
  near: (max) => (typeof max === "number" && max >= 1 && max <= 100 ? `${max}%` : undefined),
};
