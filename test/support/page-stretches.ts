import type { Report } from "../../src/report/schema.ts";

/** So many rows at most are listed: of a longer timeline several make one, counts added and percentiles the highest of them. */
const LISTED_MOST = 120;

export function coarse(timeline: Report["timeline"]): Report["timeline"] {
  const together = Math.ceil(timeline.length / LISTED_MOST);
  return Array.from({ length: Math.ceil(timeline.length / together) || 0 }, (_, i) => {
    const rows = timeline.slice(i * together, (i + 1) * together);
    const [first] = rows;
    if (!first) throw new Error("a stretch has rows");
    const sum = (of: "planned" | "started" | "answered" | "unexpected" | "failed" | "dropped") =>
      rows.reduce((all, row) => all + row[of], 0);
    const most = (of: (row: Report["timeline"][number]) => number | null): number | null => {
      const known = rows.flatMap((row) => of(row) ?? []);
      return known.length === 0 ? null : Math.max(...known);
    };
    return {
      ...first,
      planned: sum("planned"),
      started: sum("started"),
      answered: sum("answered"),
      unexpected: sum("unexpected"),
      failed: sum("failed"),
      dropped: sum("dropped"),
      responseP50Us: most((row) => row.responseP50Us),
      responseP95Us: most((row) => row.responseP95Us),
      responseP99Us: most((row) => row.responseP99Us),
      responseMaxUs: most((row) => row.responseMaxUs),
      serviceP50Us: most((row) => row.serviceP50Us),
      serviceP99Us: most((row) => row.serviceP99Us),
    };
  });
}
