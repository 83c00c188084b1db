import { type Place, UsageError } from "../base/errors.ts";
import { personalDataIn } from "../klarna/personal-data.ts";
import { shownText } from "./messages.ts";
import { at, entriesOf, everyStep, type Tree } from "./tree.ts";

/** Where a step says what it sends. */
const SENT = ["body", "headers", "with"] as const;

/** Personal data in anything that the profile would send. The messages name the field, and never what it holds. */
export function personalDataProblems(tree: Tree): UsageError[] {
  return everyStep(tree)
    .flatMap((step) => SENT.map((key) => at(step, key)))
    .flatMap((part) => (part ? problemsIn(part, "") : []));
}

function problemsIn(tree: Tree, field: string): UsageError[] {
  if (tree.kind === "list") return tree.items.flatMap((item) => problemsIn(item, field));
  if (tree.kind === "map") {
    return [...entriesOf(tree)].flatMap(([name, { keyPlace, value }]) => {
      const data = personalDataIn(name);
      const problems = data ? [personalDataProblem(data, "a key", keyPlace)] : [];
      return [...problems, ...problemsIn(value, name)];
    });
  }
  // As it was written and as it is sent: a number loses its leading zeros.
  const data = personalDataIn(tree.source, field) ?? personalDataIn(String(tree.value), field);
  return data ? [personalDataProblem(data, `\`${shownText(field)}\``, tree.place)] : [];
}

/** @param where what holds it, in the message's words */
export function personalDataProblem(data: string, where: string, place: Place): UsageError {
  return new UsageError(
    "PROFILE_PERSONAL_DATA",
    `${where} holds ${data} that is none of Klarna's samples`,
    {
      place,
      hint: "no personal data may reach Klarna's test environment: leave it out (no operation needs it), or use a published sample customer, such as customer@email.se",
    },
  );
}
