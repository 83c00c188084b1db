// What a part of the bench comes to: lines of Markdown, and which figures of it were met.

/** @param columns names; those after the first `left` are aligned to the right */
export function table(columns, rows, left = 1) {
  const rule = columns.map((_, i) => (i < left ? "---" : "---:"));
  return [columns, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Milliseconds with three digits that count. */
export function ms(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "?";
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3);
}

export const percent = (share) => (share === undefined ? "?" : `${(share * 100).toFixed(1)} %`);

/** One line of the table: what was asked for and what was seen. */
export const figure = (what, atMost, seen, met) => ({ what, atMost, seen, met });

export function figuresTable(figures) {
  const rows = figures.map(({ what, atMost, seen, met }) => [
    what,
    atMost,
    seen,
    met ? "met" : "**missed**",
  ]);
  return table(["what", "at least", "seen", ""], rows, 4);
}
