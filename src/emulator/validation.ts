import type { z } from "zod";
import type { Answer, Problem, ValidationError } from "./answers.ts";

/** A body with thousands of broken lines gets no answer of megabytes. */
const MOST_ERRORS = 20;

export type Checked<Body> = { readonly body: Body } | { readonly refused: Answer };

/** Checks a body against its schema; what is broken becomes a VALIDATION_ERROR with one entry a rule. */
export function check<Body>(
  schema: z.ZodType<Body>,
  body: unknown,
  problem: Problem,
): Checked<Body> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return { body: parsed.data };
  const errors = parsed.error.issues
    .slice(0, MOST_ERRORS)
    .map((issue): ValidationError => ({ parameter: dotPath(issue.path), reason: issue.message }));
  return { refused: problem("VALIDATION_ERROR", errors) };
}

/** `["line_items", 0, "quantity"]` as `line_items[0].quantity`; `$` for the body itself. */
function dotPath(path: readonly PropertyKey[]): string {
  if (path.length === 0) return "$";
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else text += text === "" ? String(step) : `.${String(step)}`;
  }
  return text;
}
