import { visible } from "../guard/foreign-text.ts";
import { COMPARISON_WORDS, JUDGED_WORDS } from "./comparison-text.ts";
import { POINT_WORDS } from "./drill-text.ts";
import {
  formatBounds,
  formatObserved,
  OUTCOME_WORDS,
  runLengthS,
  sentence,
  VERDICT_WORDS,
} from "./figures.ts";
import type { Report, ThresholdReport } from "./schema.ts";

/*
 * What CI systems make of JUnit's results: GitHub's report actions and Jenkins show `failure` and `error` as
 * broken (Jenkins counts them as one), GitLab shows both and lists them apart, and all three let `skipped`
 * through as not broken. GitLab shows an element's text and not its message, and of two cases with one name
 * it keeps the first. So:
 *
 *   threshold met                  passes
 *   threshold missed               failure, type `missed`
 *   threshold undecided, no data   failure, type `undecided` or `no-data`: skipped would read as fine
 *   a met, undecided or no-data threshold of a stopped, invalid or interrupted run: skipped, because such a
 *                                  run shows nothing about it, and the verdict case is broken already
 *   comparison regressed           failure, type `regressed`; `unconfirmed` is skipped, since a second run decides.
 *                                  A mere difference is no case; of a stopped, invalid or interrupted run: skipped
 *   a drill's point fails          failure, type `fail`; one that can't be told is skipped, since it decides nothing
 *   verdict passed                 passes
 *   verdict failed, inconclusive   failure, type as the verdict
 *   verdict stopped, invalid, or a run that was interrupted: error, since the run itself went wrong
 *
 * Every case can fail, none is there for the count.
 */

interface Case {
  readonly name: string;
  readonly result: Result | undefined;
  /** Seconds. */
  readonly time: number;
}

interface Result {
  readonly element: "failure" | "error" | "skipped";
  readonly type: string;
  readonly message: string;
  readonly details: readonly string[];
}

/** A report as JUnit XML: one suite, a case for each threshold and one for the verdict. */
export function renderJunit(report: Report): string {
  const { run } = report;
  const cases = withOwnNames([
    verdictCase(report),
    ...report.thresholds.map((threshold) => thresholdCase(threshold, report)),
    ...pointCases(report),
    ...comparisonCase(report),
  ]);
  const count = (element: Result["element"]): number =>
    cases.filter(({ result }) => result?.element === element).length;
  const figures = {
    tests: cases.length,
    failures: count("failure"),
    errors: count("error"),
    time: seconds(runLengthS(run)),
  };
  // Only a suite has a count of what was skipped, as Jenkins' schema would have it.
  const ofSuite = { ...figures, skipped: count("skipped"), timestamp: run.startedAt };
  const suite = `klarna-perf.${visible(run.profile)}.${visible(run.environment)}`;
  const properties = {
    run: visible(run.id),
    verdict: report.verdict,
    seed: run.seed,
    tool: `${run.tool.name} ${visible(run.tool.version)}`,
    profileHash: visible(run.profileHash),
    command: sentence(run.command),
  };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: "klarna-perf", ...figures })}>`,
    `  <testsuite${attributes({ name: suite, ...ofSuite })}>`,
    "    <properties>",
    ...Object.entries(properties).map(
      ([name, value]) => `      <property${attributes({ name, value })}/>`,
    ),
    "    </properties>",
    ...cases.flatMap((one) => caseLines(one, suite)),
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function verdictCase(report: Report): Case {
  const { verdict, interrupted, verdictReason, stopReason, run } = report;
  const time = runLengthS(run);
  if (verdict === "passed" && !interrupted) return { name: "verdict", result: undefined, time };
  const broken = showsNothing(report);
  const type = interrupted ? "interrupted" : verdict;
  const message = `${VERDICT_WORDS[verdict]}${interrupted ? ", interrupted" : ""}: ${sentence(verdictReason)}`;
  const details = [
    message,
    ...(stopReason
      ? [`Seen: ${sentence(stopReason.text)}`, `What to do: ${sentence(stopReason.advice)}`]
      : []),
    `Run it again: ${sentence(run.command)}`,
  ];
  return {
    name: "verdict",
    result: { element: broken ? "error" : "failure", type, message, details },
    time,
  };
}

function pointCases({ drill }: Report): Case[] {
  return (drill?.points ?? []).map(({ text, outcome, evidence }) => {
    const one = { name: `client: ${text}`, time: 0 };
    if (outcome === "pass") return { ...one, result: undefined };
    const message = `${POINT_WORDS[outcome]}: ${sentence(evidence)}`;
    const element = outcome === "fail" ? "failure" : "skipped";
    return { ...one, result: { element, type: outcome, message, details: [message] } };
  });
}

function notJudged({ interrupted, verdict }: Report): Result {
  const message = `not judged: the run ${interrupted ? "was interrupted" : `is ${verdict}`}`;
  return { element: "skipped", type: "not-judged", message, details: [] };
}

/** Of the target: the run itself went wrong. */
function showsNothing({ interrupted, verdict }: Report): boolean {
  return interrupted || verdict === "stopped" || verdict === "invalid";
}

function comparisonCase(report: Report): Case[] {
  const { comparison } = report;
  if (!comparison || comparison.judged.length === 0 || comparison.outcome === "difference")
    return [];
  const { outcome, judged } = comparison;
  const one = { name: "comparison", time: 0 };
  // A report of an earlier version may judge it.
  if (showsNothing(report)) return [{ ...one, result: notJudged(report) }];
  if (outcome === "not-regressed") return [{ ...one, result: undefined }];
  const message = `${COMPARISON_WORDS[outcome]}: ${sentence(comparison.reason)}`;
  const details = [
    message,
    ...judged.map(
      ({ operation, figure, outcome, reason }) =>
        `${JUDGED_WORDS[outcome]}: ${visible(operation)} ${visible(figure)}: ${sentence(reason)}`,
    ),
  ];
  const element = outcome === "regressed" ? "failure" : "skipped";
  return [{ ...one, result: { element, type: outcome, message, details } }];
}

function thresholdCase(threshold: ThresholdReport, report: Report): Case {
  return { name: visible(threshold.text), result: thresholdResult(threshold, report), time: 0 };
}

function thresholdResult(threshold: ThresholdReport, report: Report): Result | undefined {
  const { outcome, reason } = threshold;
  if (outcome !== "missed" && showsNothing(report)) {
    return notJudged(report);
  }
  if (outcome === "met") return undefined;
  const bounds = formatBounds(threshold);
  const message = `${OUTCOME_WORDS[outcome]}: ${sentence(reason)}`;
  const details = [
    message,
    `Threshold: ${visible(threshold.text)}`,
    `Observed: ${formatObserved(threshold)}`,
    ...(bounds ? [`95 % bounds: ${bounds}`] : []),
  ];
  return { element: "failure", type: outcome, message, details };
}

function caseLines({ name, result, time }: Case, classname: string): string[] {
  const open = `    <testcase${attributes({ classname, name, time: seconds(time) })}`;
  if (!result) return [`${open}/>`];
  const { element, type, message, details } = result;
  // JUnit's skipped has a message and no type.
  const shown = element === "skipped" ? { message } : { type, message };
  const text = escapeXml(details.join("\n"));
  const line = details.length === 0 ? "/>" : `>${text}</${element}>`;
  return [`${open}>`, `      <${element}${attributes(shown)}${line}`, "    </testcase>"];
}

/** A number after each name that was there before. */
function withOwnNames(cases: readonly Case[]): Case[] {
  const seen = new Map<string, number>();
  return cases.map((one) => {
    const times = (seen.get(one.name) ?? 0) + 1;
    seen.set(one.name, times);
    return times === 1 ? one : { ...one, name: `${one.name} (${times})` };
  });
}

function seconds(s: number): string {
  return s.toFixed(3);
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value))}"`)
    .join("");
}

const XML_ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** Not in the production Char of XML 1.0 (section 2.2): no document may hold these, not even as a reference. */
const NOT_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/**
 * Text for an element or a double-quoted attribute. `[[` is broken up too, since GitLab and Jenkins look for
 * `[[ATTACHMENT|path]]` in the text of a case and would offer the named file.
 */
function escapeXml(text: string): string {
  return text
    .replace(NOT_XML, (character) => {
      const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
      return `‹U+${code}›`;
    })
    .replace(/\[(?=\[)/g, "‹U+005B›")
    .replace(/[&<>"']/g, (character) => XML_ENTITIES[character] ?? "");
}
