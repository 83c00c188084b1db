import type * as z from "zod";
import type {
  Answer,
  ClassicProblem,
  ClassicProblemCode,
  Problem,
  ValidationError,
} from "./answers.ts";

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
  return { refused: problem("VALIDATION_ERROR", errorsOf(parsed.error)) };
}

/** The same in the classic APIs' form: `BAD_VALUE : order_lines[0].name`, one message a rule. */
export function checkClassic<Body>(
  schema: z.ZodType<Body>,
  body: unknown,
  code: ClassicProblemCode,
  problem: ClassicProblem,
): Checked<Body> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return { body: parsed.data };
  const [first, ...others] = errorsOf(parsed.error).map(
    ({ parameter }) => `${code} : ${parameter}`,
  );
  return { refused: problem(code, [first ?? code, ...others]) };
}

function errorsOf({ issues }: z.ZodError): ValidationError[] {
  return issues
    .slice(0, MOST_ERRORS)
    .map((issue) => ({ parameter: dotPath(issue.path), reason: issue.message }));
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
