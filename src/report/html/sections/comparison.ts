import { visible } from "../../../guard/foreign-text.ts";
import {
  COMPARISON_WORDS,
  comparedWith,
  formatDifference,
  formatShiftInterval,
  formatSide,
  JUDGED_WORDS,
  SHIFT_BASIS,
  shownPoints,
} from "../../comparison-text.ts";
import { DASH, formatProportion, sentence, VERDICT_WORDS } from "../../figures.ts";
import type { JudgedFigure, ShiftPoint } from "../../schema/comparison.ts";
import type { Comparison, Report } from "../../schema.ts";
import { type Fragment, html, type Raw } from "../escape.ts";
import { COMPARISON_LOOKS, JUDGED_LOOKS } from "../icon.ts";
import { shiftPlots } from "../shift-plot.ts";
import { howToRead, section, table } from "../table.ts";
import { civil } from "./summary.ts";

/** The run beside its baseline. */
export function comparison({ comparison }: Report): Fragment {
  if (!comparison) return null;
  const { tone, icon } = COMPARISON_LOOKS[comparison.outcome];
  return section(
    "comparison",
    "Against the baseline",
    html`<p class="found"><span class="outcome ${tone}">${icon}${COMPARISON_WORDS[comparison.outcome]}</span> ${sentence(comparison.reason)}</p>`,
    judged(comparison),
    differences(comparison),
    baselines(comparison),
    notices(comparison),
    comparison.operations.length > 0 &&
      howToRead([
        SHIFT_BASIS,
        "An upward triangle: slower than the baseline beyond that; a downward one: faster.",
      ]),
  );
}

function judged({ judged }: Comparison): Fragment {
  if (judged.length === 0) return null;
  return table({
    caption: "Figures judged by how the baseline runs differ from one another",
    titled: true,
    columns: [
      { head: "outcome" },
      { head: "operation", whole: true },
      { head: "figure" },
      { head: "expected", numeric: true },
      { head: "limit", numeric: true },
      { head: "this run", numeric: true },
      { head: "why", wide: true },
    ],
    rows: judged.map((one) => [
      judgedOutcome(one),
      visible(one.operation),
      visible(one.figure),
      formatSide(one.expectedUs, false),
      formatSide(one.limitUs, false),
      formatSide(one.candidateUs, one.candidateCensored),
      sentence(one.reason),
    ]),
  });
}

function judgedOutcome({ outcome }: JudgedFigure): Raw {
  const { tone, icon } = JUDGED_LOOKS[outcome];
  return html`<span class="outcome ${tone}">${icon}${JUDGED_WORDS[outcome]}</span>`;
}

function differences(comparison: Comparison): Fragment {
  const { operations } = comparison;
  if (operations.length === 0) return null;
  const id = comparedWith(comparison);
  return [
    html`<h3>Response time${id !== undefined && html` beside <code>${visible(id)}</code>`}</h3>`,
    shiftPlots(comparison),
    shiftTable("Response time beside the baseline’s, steady phase", operations, shownPoints),
    html`<details><summary>Every percentile of the plots as a table</summary>${shiftTable("Every percentile beside the baseline’s", operations, ({ shift }) => shift)}</details>`,
    table({
      caption: "Error ratio of the steady phase beside the baseline’s",
      titled: true,
      columns: [{ head: "operation" }, { head: "baseline" }, { head: "this run" }],
      rows: operations.map(({ name, errorRatio }) => [
        visible(name),
        formatProportion(errorRatio.baseline),
        formatProportion(errorRatio.candidate),
      ]),
    }),
  ];
}

type Operation = Comparison["operations"][number];

function shiftTable(
  caption: string,
  operations: readonly Operation[],
  pointsOf: (operation: Operation) => readonly ShiftPoint[],
): Raw {
  return table({
    caption,
    columns: [
      { head: "operation", whole: true },
      { head: "percentile", numeric: true },
      { head: "baseline", numeric: true },
      { head: "this run", numeric: true },
      { head: "difference", numeric: true },
      { head: "95 % interval", numeric: true },
      { head: "why none", wide: true },
    ],
    rows: operations.flatMap((operation) =>
      pointsOf(operation).map((point) => [
        visible(operation.name),
        `p${point.p}`,
        formatSide(point.baselineUs, point.baselineCensored),
        formatSide(point.candidateUs, point.candidateCensored),
        formatDifference(point),
        formatShiftInterval(point),
        point.reason === undefined ? null : sentence(point.reason),
      ]),
    ),
  });
}

function baselines({ baselines }: Comparison): Fragment {
  if (baselines.length === 0) return null;
  return table({
    caption: "Baseline runs, the newest last",
    titled: true,
    columns: [
      { head: "run" },
      { head: "began", whole: true },
      { head: "verdict" },
      { head: "not like this run", wide: true },
    ],
    rows: baselines.map(({ id, startedAt, verdict, unlike }) => [
      html`<code>${visible(id)}</code>`,
      civil(visible(startedAt)),
      VERDICT_WORDS[verdict].toLowerCase(),
      unlike.length === 0
        ? DASH
        : unlike
            .map(
              ({ what, baseline, candidate }) =>
                `${visible(what)}: ${visible(baseline)}, here ${visible(candidate)}`,
            )
            .join("; "),
    ]),
  });
}

function notices({ onlyInBaseline, onlyInCandidate, confirms, problems }: Comparison): Fragment {
  const names = (operations: readonly string[]): string => operations.map(visible).join(", ");
  const notes = [
    ...(confirms === null ? [] : [`Made to confirm what ${visible(confirms)} showed.`]),
    ...(onlyInBaseline.length > 0 ? [`Only in the baseline: ${names(onlyInBaseline)}.`] : []),
    ...(onlyInCandidate.length > 0 ? [`Only in this run: ${names(onlyInCandidate)}.`] : []),
    ...problems.map((problem) => `Not read: ${sentence(problem)}.`),
  ];
  return (
    notes.length > 0 && html`<ul class="notes">${notes.map((note) => html`<li>${note}</li>`)}</ul>`
  );
}
