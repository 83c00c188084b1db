import type { Random } from "../../base/random.ts";
import type { ArrivalValues } from "../../workload/feed.ts";
import { RowPicker } from "../../workload/row-order.ts";
import type { ScenarioBinding } from "../bindings.ts";
import type { Plan } from "../plan.ts";
import type { ColumnType, DataTable } from "./table.ts";
import { type Reference, referencesInJson, valueName } from "./template.ts";

/** The type of each column of the tables. */
export function columnTypes(tables: readonly DataTable[]): (reference: Reference) => ColumnType {
  const types = new Map(
    tables.flatMap(({ name, columns }) =>
      columns.map((column) => [valueName({ table: name, column: column.name }), column.type]),
    ),
  );
  return (reference) => types.get(valueName(reference)) ?? "text";
}

/**
 * Gives each journey its row at its arrival: of every table that its scenario names, the next in the table's order,
 * whatever becomes of the journey. So the rows depend on the seed and the order of arrival alone.
 */
export function rowValues(
  { profile, bindings }: Pick<Plan, "profile" | "bindings">,
  random: Random,
): ArrivalValues {
  const pickers = new Map(
    profile.data.map(({ name, order, rows }) => [
      name,
      new RowPicker(order, rows.length, random.fork(`data ${name}`)),
    ]),
  );
  const scenarios = bindings.map((binding) => {
    const named = columnsOf(binding);
    return profile.data.flatMap((table) => {
      const cells = table.columns.flatMap(({ name: column }, i) => {
        const name = valueName({ table: table.name, column });
        return named.has(name) ? [[name, i] as const] : [];
      });
      const picker = pickers.get(table.name);
      return picker && cells.length > 0 ? [{ picker, rows: table.rows, cells }] : [];
    });
  });
  return (scenario) => {
    const values: Record<string, string> = {};
    for (const { picker, rows, cells } of scenarios[scenario] ?? []) {
      const row = rows[picker.next()] ?? [];
      for (const [name, i] of cells) values[name] = row[i] ?? "";
    }
    return values;
  };
}

function columnsOf({ steps }: ScenarioBinding): ReadonlySet<string> {
  const references = steps.flatMap(({ with: values, body }) => [
    ...Object.values(values).flatMap((value) => (value.kind === "row" ? [value] : [])),
    ...(body ? referencesInJson(body) : []),
  ]);
  return new Set(references.map(valueName));
}
