import { formatConformance, formatMet, POINT_WORDS } from "./drill-text.ts";
import { sentence } from "./figures.ts";
import type { Drill } from "./schema.ts";
import { type Hue, length, shown, type View, wrap } from "./terminal-lines.ts";

const POINT_HUES: Readonly<Record<Drill["points"][number]["outcome"], Hue>> = {
  pass: "green",
  fail: "red",
  untold: "yellow",
};

/** How the client behaved at the limit, point by point. */
export function drillLines(drill: Drill, { columns, paint }: View): string[] {
  const widest = Math.max(...Object.values(POINT_WORDS).map(length));
  const indent = " ".repeat(widest + 4);
  const head = `drill: the client ${formatConformance(drill)}; ${shown(formatMet(drill))}`;
  return [
    ...wrap(head, columns, "    ", "  "),
    ...drill.points.flatMap(({ outcome, text, evidence }) => {
      const word = POINT_WORDS[outcome].padEnd(widest);
      const line = `${word}  ${text}: ${shown(sentence(evidence))}`;
      const [first = "", ...rest] = wrap(line, columns, indent, "  ");
      return [first.replace(word, paint(POINT_HUES[outcome])), ...rest];
    }),
  ];
}
