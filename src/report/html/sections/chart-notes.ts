import type { Chart } from "../charts/chart.ts";
import { hiddenPercentiles } from "../charts/latency.ts";

/** What each chart shows, in a sentence, and what a reader needs to know who looks closer. */
export interface ChartNotes {
  readonly lead: string;
  readonly how: readonly string[];
}

export const USE =
  "Drag to enlarge a stretch of a chart, double-click or press Escape to see all of it again; charts over time go together. With a chart in focus, arrow keys read it out. A name above a chart switches its figures off and on.";

const RESPONSE_AND_SERVICE =
  "Response time counts from the moment a request was due, service time from the moment it was sent";

export function latency(chart: Chart): ChartNotes {
  const hidden = hiddenPercentiles(chart);
  const several = hidden.length > 1;
  return {
    lead: [
      `${RESPONSE_AND_SERVICE} (the wide, pale lines).${axisNote(chart)}`,
      ...(hidden.length > 0
        ? [
            `Response ${hidden.join(" and ")} ${several ? "are" : "is"} not drawn apart: with so few answers an interval, ${several ? "they equal" : "it equals"} a higher line throughout.`,
          ]
        : []),
    ].join(" "),
    how: ["Expected answers only, by the interval in which they ended."],
  };
}

export function requests(chart: Chart): ChartNotes {
  return {
    lead: `A mark for each request of the run, where it was due, at its response time.${axisNote(chart)}`,
    how: [
      `${RESPONSE_AND_SERVICE}; a stem reaches down to it where the two differ.`,
      "What was not answered had lasted at least so long.",
    ],
  };
}

export function throughput(): ChartNotes {
  return {
    lead: "Requests a second: planned by due time, started when written, answered when the last byte had come.",
    how: [
      "Marks at the top stand over intervals with failures or drops, whatever their number; where there are many, bars as high as their number.",
    ],
  };
}

export function rateLimit(): ChartNotes {
  return {
    lead: "What was sent in a second in the drill’s category, how much of that was answered 429, the least that an answer said was left, and the quota.",
    how: [
      "By the clock of the run: a server that counts in seconds of its own begins them elsewhere, so that more than the quota may be sent in one of these without a 429.",
    ],
  };
}

export function spectrum(chart: Chart): ChartNotes {
  const compared = chart.series.some(({ label }) => label.endsWith(", baseline"));
  const open = chart.series.some((one) => one.open);
  return {
    lead: `Response time of the steady phase by percentile.${compared ? " The wide, pale lines are those of the baseline." : ""}${axisNote(chart)}`,
    how: [
      "Each nine to the right is a tenth of the requests before it. A line ends at its largest sample.",
      ...(open
        ? [
            "A triangle at a line's end: there censored samples begin, of which nobody knows how long they would have taken; what follows is longer than that.",
          ]
        : []),
    ],
  };
}

function axisNote({ scale }: Chart): string {
  return scale === "log" ? " The axis of time is logarithmic." : "";
}
