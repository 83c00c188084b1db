import { type Place, UsageError } from "../../base/errors.ts";
import { nearest } from "../../base/nearest.ts";
import { personalDataIn } from "../../klarna/personal-data.ts";
import { forbiddenIn } from "../forbidden.ts";
import { shownText } from "../messages.ts";
import { isPathLiteral, PATH_LITERAL_FORM } from "../path-value.ts";
import { personalDataProblem } from "../personal.ts";
import { at, entriesOf, everyStep, type Tree, textOf } from "../tree.ts";
import type { Loaded } from "./load.ts";
import type { PlacedTable } from "./table.ts";
import { noSuchColumn } from "./table-checks.ts";
import { filled, type Reference, referencesIn, wholeReference } from "./template.ts";

/** Where rows fill nothing: a text that names one there would be sent, or looked for, as it stands. */
const NOT_FILLED = ["headers", "expect", "poll", "when"] as const;

/**
 * What is wrong between a profile's steps and the rows that fill them. Every text is looked at as each row makes it:
 * harmless parts can make a sign of live, or an address of somebody, together.
 */
export function dataReferenceProblems(tree: Tree, loaded: Loaded): UsageError[] {
  const check = new ReferenceCheck(loaded);
  return everyStep(tree).flatMap((step) => [
    ...[...entriesOf(at(step, "with"))].flatMap(([name, { value }]) =>
      check.parameter(name, value),
    ),
    ...check.body(at(step, "body"), ""),
    ...NOT_FILLED.flatMap((key) => check.notFilled(at(step, key), key)),
  ]);
}

class ReferenceCheck {
  readonly #loaded: Loaded;

  constructor(loaded: Loaded) {
    this.#loaded = loaded;
  }

  /** A cell that fills a path or a header stands in a request's head, where less is allowed than in a body. */
  parameter(name: string, value: Tree): UsageError[] {
    const reference = wholeReference(textOf(value) ?? "");
    if (!reference) return [];
    return this.#eachRow([reference], value.place, (text, place) => {
      if (!isPathLiteral(text)) {
        return new UsageError(
          "PROFILE_DATA_CELL",
          `\`${shownText(text)}\` can't fill \`${shownText(name)}\``,
          { place, hint: `expected ${PATH_LITERAL_FORM}` },
        );
      }
      return problemOf(text, name, place);
    });
  }

  body(tree: Tree | undefined, field: string): UsageError[] {
    if (tree?.kind === "map") {
      return [...tree.entries].flatMap(([name, { value }]) => this.body(value, name));
    }
    if (tree?.kind === "list") return tree.items.flatMap((item) => this.body(item, field));
    const text = textOf(tree) ?? "";
    const references = referencesIn(text);
    if (!tree || references.length === 0) return [];
    return this.#eachRow(
      references,
      tree.place,
      (made, place) => problemOf(made, field, place),
      text,
    );
  }

  notFilled(tree: Tree | undefined, key: string): UsageError[] {
    if (tree?.kind === "map") {
      return [...tree.entries.values()].flatMap(({ value }) => this.notFilled(value, key));
    }
    if (tree?.kind === "list") return tree.items.flatMap((item) => this.notFilled(item, key));
    if (!tree || referencesIn(textOf(tree) ?? "").length === 0) return [];
    return [
      new UsageError("PROFILE_DATA_PLACE", `rows fill nothing in \`${key}\``, {
        place: tree.place,
        hint: "name a column in `with` or `body`",
      }),
    ];
  }

  /** What is wrong with the references, or else with the texts that the rows make of them. */
  #eachRow(
    references: readonly Reference[],
    place: Place,
    problemOf: (text: string, place: Place) => UsageError | undefined,
    text?: string,
  ): UsageError[] {
    const unknown = references.flatMap((reference) => this.#unknown(reference, place));
    if (unknown.length > 0) return unknown;
    const [first, ...others] = references;
    const mixed = others.find((other) => other.table !== first?.table);
    if (!first) return [];
    if (mixed) {
      return [
        new UsageError(
          "PROFILE_DATA_MIXED",
          `one text names two tables: \`${shownText(first.table)}\` and \`${shownText(mixed.table)}\``,
          { place, hint: "put both columns into one table, whose rows are checked whole" },
        ),
      ];
    }
    const placed = this.#loaded.tables.get(first.table);
    return placed ? problemsOfRows(placed, first, text, problemOf) : [];
  }

  #unknown(reference: Reference, place: Place): UsageError[] {
    const { tables } = this.#loaded;
    const { table, column } = reference;
    if (!tables.has(table)) {
      const near = nearest(table, [...tables.keys()]);
      const known =
        tables.size > 0
          ? `the tables are ${[...tables.keys()].map(shownText).join(", ")}`
          : `declare it: data: { ${table}: { file: ${table}.csv } }`;
      return [
        new UsageError("PROFILE_DATA_UNKNOWN", `there is no table \`${shownText(table)}\``, {
          place,
          hint: near ? `did you mean \`{${shownText(near)}.${column}}\`? ${known}` : known,
        }),
      ];
    }
    const columns = tables.get(table)?.table.columns.map(({ name }) => name);
    if (!columns || columns.includes(column)) return [];
    return [noSuchColumn(column, columns, place)];
  }
}

/** Texts that rows have in common are looked at once. */
function problemsOfRows(
  { table, placeOf }: PlacedTable,
  first: Reference,
  text: string | undefined,
  problemOf: (text: string, place: Place) => UsageError | undefined,
): UsageError[] {
  const indices = new Map(table.columns.map(({ name }, i) => [name, i]));
  const firstColumn = indices.get(first.column) ?? 0;
  const seen = new Set<string>();
  const problems: UsageError[] = [];
  for (const [i, row] of table.rows.entries()) {
    const cellOf = ({ column }: Reference): string => row[indices.get(column) ?? -1] ?? "";
    const made = text === undefined ? cellOf(first) : filled(text, cellOf);
    if (seen.has(made)) continue;
    seen.add(made);
    const problem = problemOf(made, placeOf(i, firstColumn));
    if (problem) problems.push(problem);
    if (problems.length >= PROBLEMS_MAX) break;
  }
  return problems;
}

const PROBLEMS_MAX = 50;

/** What must not be sent, in a text under the name that it stands under. */
function problemOf(text: string, field: string, place: Place): UsageError | undefined {
  const [forbidden] = forbiddenIn(text, place);
  if (forbidden) return forbidden;
  const data = personalDataIn(text, field);
  return data && personalDataProblem(data, `\`${shownText(field)}\``, place);
}
