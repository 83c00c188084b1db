import { formatRate } from "../../base/units.ts";
import { visible } from "../../guard/foreign-text.ts";
import { formatRatio, sentence } from "../figures.ts";
import { code, escaped, table } from "../markdown.ts";
import type { CapacityReport } from "./schema.ts";
import {
  ABOUT,
  confirmationWords,
  figureWords,
  limitWords,
  OUTCOME_WORDS,
  rangeWords,
  realWords,
} from "./words.ts";

export function renderCapacityMarkdown(report: CapacityReport): string {
  const { check, outcome, reason, binds, cases, real, warnings } = report;
  const figures = figureWords(report).map(([name, value]) => `- ${name}: ${escaped(value)}`);
  const rows = cases.flatMap(({ name, bound, found }) =>
    found.map((one) => [
      name,
      formatRate(bound.journeysPerSecond),
      escaped(formatRatio(one.throttledShare)),
      escaped(limitWords(one)),
      escaped(rangeWords(one)),
      escaped(confirmationWords(one)),
    ]),
  );
  const heads = ["case", "bound >", "throttled >", "limit >", "95 % interval", "confirmed by"];
  const parts = [
    `## klarna-perf capacity: ${OUTCOME_WORDS[outcome].toLowerCase()}`,
    `**${escaped(visible(check.profile))}**: ${escaped(sentence(reason))}`,
    figures.join("\n"),
    `**${escaped(sentence(binds))}**`,
    table(heads, rows),
    real.runs.map((run) => `- In real time at ${escaped(realWords(run))}`).join("\n"),
    warnings
      .map(({ code: rule, text }) => `- Warning ${code(rule)}: ${escaped(sentence(text))}`)
      .join("\n"),
    escaped(ABOUT),
    `Again: ${code(sentence(check.command))}`,
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}
