import { type Place, UsageError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import { shownText } from "./messages.ts";
import { parsePathValue } from "./path-value.ts";
import { at, entriesOf, type Tree, textOf } from "./tree.ts";

/** The names that steps save which are never passed over: those without a condition that read no name but such. */
export function surelySaved(steps: readonly Tree[]): Set<string> {
  const sure = new Set<string>();
  for (const step of steps) {
    if (at(step, "when") || savedReads(step).some(({ name }) => !sure.has(name))) continue;
    for (const name of entriesOf(at(step, "save")).keys()) sure.add(name);
  }
  return sure;
}

/**
 * What a step reads that nothing before it is sure to have saved.
 *
 * @param saved the names that the steps before it have saved, or that are surely known from the set-up
 * @param setUp the names that the set-up saves, surely or perhaps
 */
export function savedProblems(
  step: Tree,
  saved: ReadonlySet<string>,
  setUp: ReadonlySet<string>,
): UsageError[] {
  return savedReads(step).flatMap(({ name, place }) => {
    if (saved.has(name)) return [];
    if (setUp.has(name)) {
      return [
        new UsageError("PROFILE_NOT_SAVED", `the set-up may end without having saved \`${name}\``, {
          place,
          hint: "a step with `when` may be passed over, and so may one that reads what it saves: save it in a step that always runs",
        }),
      ];
    }
    const near = nearest(name, saved);
    const known =
      saved.size > 0
        ? `saved so far: ${[...saved].map(shownText).join(", ")}`
        : "nothing is saved so far";
    return [
      new UsageError("PROFILE_NOT_SAVED", `no earlier step of the scenario saves \`${name}\``, {
        place,
        hint: near
          ? `did you mean \`"{${shownText(near)}}"\`? ${known}`
          : `${known}; add \`save: { ${name}: $.payment_request_id }\` to the step that makes it`,
      }),
    ];
  });
}

/** Where a step reads values that others save. */
function savedReads(step: Tree): { readonly name: string; readonly place: Place }[] {
  return [...entriesOf(at(step, "with")).values()].flatMap(({ value }) => {
    const read = parsePathValue(textOf(value) ?? "");
    return read?.kind === "saved" ? [{ name: read.name, place: value.place }] : [];
  });
}
