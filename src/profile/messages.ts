import type * as z from "zod";
import { type Place, UsageError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import { visible } from "../guard/foreign-text.ts";
import { at, entriesOf, type Path, pathText, placeOf, type Tree, textOf } from "./tree.ts";
import type { Told } from "./written.ts";

type Issue = z.core.$ZodIssue;

/** The schema's complaints in our words, each with the place that it is about. */
export function problemsOf(issues: readonly Issue[], tree: Tree): UsageError[] {
  return issues.flatMap((issue) => problemsOfOne(issue, tree));
}

function problemsOfOne(issue: Issue, tree: Tree): UsageError[] {
  if (issue.code === "unrecognized_keys") {
    const accepted = issue.message.split(" ");
    return issue.keys.map((key) => unknownKey(tree, issue.path, key, accepted));
  }
  if (issue.code === "invalid_key") {
    const [inner] = issue.issues;
    const told = inner && toldOf(inner);
    return told ? [badKey(tree, issue.path, told)] : [];
  }
  const told = toldOf(issue) ?? modelOf(issue, tree) ?? containerOf(issue);
  if (told.aboutKey) return [badKey(tree, issue.path, told)];
  return [
    at(tree, ...issue.path) ? badValue(tree, issue.path, told) : missing(tree, issue.path, told),
  ];
}

function toldOf(issue: Issue): Told | undefined {
  return issue.code === "custom" ? issue.params?.told : undefined;
}

/** The word that tells one shape of a mapping from another. */
function modelOf(issue: Issue, tree: Tree): Told | undefined {
  if (issue.code !== "invalid_union") return undefined;
  return {
    code: "PROFILE_UNKNOWN_VALUE",
    what: "a workload model",
    form: `one of ${WORKLOAD_MODELS.join(", ")}`,
    near: nearest(textOf(at(tree, ...issue.path)) ?? "", WORKLOAD_MODELS),
  };
}

const WORKLOAD_MODELS = ["open", "closed"];

/** The issues that the schema leaves to the library: a mapping or a list was expected. */
function containerOf(issue: Issue): Told {
  if (issue.code === "invalid_type" && issue.expected === "array") {
    return {
      code: "PROFILE_VALUE",
      what: "a list",
      form: "a list: [ … ], or one line with a dash for each item",
    };
  }
  return {
    code: "PROFILE_VALUE",
    what: "a mapping",
    form: "a mapping: { key: value }, or one line for each key",
  };
}

function unknownKey(
  tree: Tree,
  parent: Path,
  key: string,
  accepted: readonly string[],
): UsageError {
  const where = parent.length > 0 ? ` in \`${shownPath(parent)}\`` : "";
  const place = keyPlaceOf(tree, [...parent, key]);
  return new UsageError("PROFILE_UNKNOWN_KEY", `unknown key \`${shownText(key)}\`${where}`, {
    place,
    hint: didYouMean(nearest(key, accepted), `the keys here are ${accepted.join(", ")}`),
  });
}

function badKey(tree: Tree, path: Path, told: Told): UsageError {
  const parent = path.slice(0, -1);
  const key = String(path.at(-1));
  const place = keyPlaceOf(tree, path);
  const where = parent.length > 0 ? ` in \`${shownPath(parent)}\`` : "";
  const message = told.message ?? `\`${shownText(key)}\`${where} is not ${told.what}`;
  return new UsageError(told.code, message, {
    place,
    hint: didYouMean(told.near, `expected ${told.form}`),
  });
}

function missing(tree: Tree, path: Path, told: Told): UsageError {
  return new UsageError("PROFILE_MISSING_KEY", `\`${shownPath(path)}\` is missing`, {
    place: placeOf(tree, path),
    hint: `expected ${told.form}`,
  });
}

function badValue(tree: Tree, path: Path, told: Told): UsageError {
  const value = at(tree, ...path);
  const place = placeOf(tree, path);
  if (value?.kind === "map" && value.loneBraces && told.what !== "a mapping") {
    const [inside = ""] = value.entries.keys();
    return new UsageError(
      "PROFILE_UNQUOTED_BRACES",
      `\`${shownPath(path)}\` is not text: YAML reads \`{${shownText(inside)}}\` as a mapping`,
      { place, hint: `quote it: "{${shownText(inside)}}"` },
    );
  }
  const message = told.message ?? `\`${shownPath(path)}\` ${isNot(value)} ${told.what}`;
  return new UsageError(told.code, message, {
    place,
    hint: didYouMean(told.near, `expected ${told.form}`),
  });
}

function keyPlaceOf(tree: Tree, path: Path): Place {
  const parent = path.slice(0, -1);
  const entry = entriesOf(at(tree, ...parent)).get(String(path.at(-1)));
  return entry?.keyPlace ?? placeOf(tree, parent);
}

function didYouMean(near: string | undefined, otherwise: string): string {
  return near === undefined ? otherwise : `did you mean \`${visible(near)}\`? ${otherwise}`;
}

function isNot(value: Tree | undefined): string {
  if (value?.kind === "map") return "is a mapping, not";
  if (value?.kind === "list") return "is a list, not";
  return value && value.source !== "" ? `is \`${shownText(value.source)}\`, not` : "is empty, not";
}

/** A profile's words, fit to stand in a message: printable, short, and without backticks that would end the quote. */
export function shownText(text: string): string {
  return visible(text).replaceAll("`", "'");
}

export function shownPath(path: Path): string {
  return shownText(pathText(path));
}
