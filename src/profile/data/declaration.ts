import * as z from "zod";
import { ROW_ORDERS } from "../../workload/row-order.ts";
import { isSavedName, SAVED_NAME_FORM } from "../path-value.ts";
import { oneOf, strict, text, written } from "../written.ts";
import type { DataDeclaration } from "./table.ts";

/** Below the folder, by names alone: nothing climbs out of it, and nothing starts at a root or a drive. */
const FILE =
  /^(?!\.{1,2}(?:\/|$))[^/\\:\x00-\x1f]{1,200}(?:\/(?!\.{1,2}(?:\/|$))[^/\\:\x00-\x1f]{1,200}){0,9}$/;

const file = written(
  {
    code: "PROFILE_DATA_FILE",
    what: "a file of the profile's folder",
    form: "a path from the profile's folder to a CSV file in it or below, such as carts.csv or data/carts.csv",
  },
  (value) => (typeof value === "string" && FILE.test(value) ? value : undefined),
);

export const declarationSchema = strict({
  file,
  order: oneOf(ROW_ORDERS, "an order of rows").default("sequential"),
  text: z.array(text(/^[\s\S]{1,64}$/, "a column's name", "the name of a column")).default([]),
}).transform((declaration): DataDeclaration => declaration);

const tableName = written(
  { code: "PROFILE_VALUE", what: "a name for a table", form: SAVED_NAME_FORM },
  (value) => (typeof value === "string" && isSavedName(value) ? value : undefined),
);

/** A profile's `data`: tables by name. */
export const dataSchema = z.record(tableName, declarationSchema);
