import * as z from "zod";
import { isJson, type Json } from "./body.ts";
import { parseResponsePath, type ResponsePath } from "./response-path.ts";
import { tell } from "./written.ts";

/** What an answer is held against: a status, and values at places in it. All of it must be so. */
export interface Expectation {
  /** Any of these; `undefined`: any of the operation's own success statuses. */
  readonly statuses: readonly number[] | undefined;
  /** Values that the answer must hold. */
  readonly values: readonly { readonly path: ResponsePath; readonly equals: Json }[];
}

export const EXPECT_FORM =
  "status: 201, status: [201, 429], or a path and the value that must stand there, as in $.state: SUBMITTED";
const STATUS_FORM = "a whole number from 100 to 599, or a list of some";
const isStatus = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 100 && value <= 599;

type Context = Parameters<typeof tell>[0];

/** `{ status: 201, $.state: SUBMITTED }` */
export const expectation = z.record(z.string(), z.unknown()).transform(readExpectation);

export const EMPTY_CONDITION = {
  code: "PROFILE_LIST_LENGTH",
  what: "a condition",
  form: EXPECT_FORM,
  message: "the condition is empty",
} as const;

/** The same, and something in it: what is waited for. */
export const condition = z.record(z.string(), z.unknown()).transform((given, ctx): Expectation => {
  if (Object.keys(given).length === 0) tell(ctx, EMPTY_CONDITION);
  return readExpectation(given, ctx);
});

export function readExpectation(
  expect: Readonly<Record<string, unknown>>,
  ctx: Context,
): Expectation {
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
}
