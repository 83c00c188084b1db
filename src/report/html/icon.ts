import type { JudgedFigure } from "../schema/comparison.ts";
import type { Comparison, Drill, Report, ThresholdReport } from "../schema.ts";
import { html, type Raw, raw } from "./escape.ts";

/** A colour class of the style sheet; each goes with a shape of its own, for readers who do not see the colour. */
export type Tone = "good" | "bad" | "doubt" | "halt" | "plain";

type Shape = "check" | "cross" | "question" | "warning" | "stop" | "sides";

const DRAWINGS: Readonly<Record<Shape, string>> = {
  // A disc with a tick.
  check: '<circle cx="12" cy="12" r="11"/><path class="ink" d="m6.8 12.4 3.5 3.5 7-7.6"/>',
  // A square on its point with a cross.
  cross:
    '<path d="M12 .4 23.6 12 12 23.6.4 12z"/><path class="ink" d="m8.3 8.3 7.4 7.4m0-7.4-7.4 7.4"/>',
  // A square with a question mark.
  question:
    '<rect x="1" y="1" width="22" height="22" rx="2"/><path class="ink" d="M8.6 9.2a3.4 3.4 0 1 1 5.2 2.9c-1.2.8-1.8 1.3-1.8 2.7m0 3.1v.3"/>',
  // A triangle with an exclamation mark.
  warning: '<path d="M12 1.2 23.6 22H.4z"/><path class="ink" d="M12 8.6v6.2m0 3.3v.3"/>',
  // A disc with two bars.
  sides: '<circle cx="12" cy="12" r="11"/><path class="ink" d="M8.6 6.5v11m6.8-7.5v7.5"/>',
  // An octagon with a bar.
  stop: '<path d="M7.4 1h9.2L23 7.4v9.2L16.6 23H7.4L1 16.6V7.4z"/><path class="ink" d="M6.8 12h10.4"/>',
};

function shape(name: Shape): Raw {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${raw(DRAWINGS[name])}</svg>`;
}

export const VERDICT_LOOKS: Readonly<Record<Report["verdict"], { tone: Tone; icon: Raw }>> = {
  passed: { tone: "good", icon: shape("check") },
  failed: { tone: "bad", icon: shape("cross") },
  inconclusive: { tone: "doubt", icon: shape("question") },
  invalid: { tone: "doubt", icon: shape("warning") },
  stopped: { tone: "halt", icon: shape("stop") },
};

export const OUTCOME_LOOKS: Readonly<
  Record<ThresholdReport["outcome"], { tone: Tone; icon: Raw }>
> = {
  met: { tone: "good", icon: shape("check") },
  missed: { tone: "bad", icon: shape("cross") },
  undecided: { tone: "doubt", icon: shape("question") },
  "no-data": { tone: "doubt", icon: shape("warning") },
};

export const COMPARISON_LOOKS: Readonly<Record<Comparison["outcome"], { tone: Tone; icon: Raw }>> =
  {
    difference: { tone: "plain", icon: shape("sides") },
    regressed: { tone: "bad", icon: shape("cross") },
    "not-regressed": { tone: "good", icon: shape("check") },
    unconfirmed: { tone: "doubt", icon: shape("question") },
    "not-compared": { tone: "doubt", icon: shape("warning") },
  };

export const JUDGED_LOOKS: Readonly<Record<JudgedFigure["outcome"], { tone: Tone; icon: Raw }>> = {
  beyond: { tone: "bad", icon: shape("cross") },
  within: { tone: "good", icon: shape("check") },
  undecided: { tone: "doubt", icon: shape("question") },
};

export const POINT_LOOKS: Readonly<
  Record<Drill["points"][number]["outcome"], { tone: Tone; icon: Raw }>
> = {
  pass: { tone: "good", icon: shape("check") },
  fail: { tone: "bad", icon: shape("cross") },
  untold: { tone: "doubt", icon: shape("question") },
};
