import { formatCount } from "../../figures.ts";
import type { TimelineRow } from "../../schema.ts";

/** The timeline, as coarse as a table of it can be read. */

/** So many rows are read; the charts go further into detail, and report.json holds all of it. */
export const TABLE_ROWS = 120;

/**
 * Stretches of as many intervals each as it takes to get a table that can be read. Counts add up. Percentiles can't be
 * merged, so each is the highest that an interval of the stretch had.
 */
export function stretches(timeline: readonly TimelineRow[]): TimelineRow[] {
  const together = Math.ceil(timeline.length / TABLE_ROWS);
  const starts = timeline.flatMap((_, i) => (i % together === 0 ? [i] : []));
  return starts.map((start) => timeline.slice(start, start + together).reduce(joined));
}

function joined(a: TimelineRow, b: TimelineRow): TimelineRow {
  return {
    atS: a.atS,
    lengthS: b.atS + b.lengthS - a.atS,
    phase: a.phase,
    planned: a.planned + b.planned,
    started: a.started + b.started,
    answered: a.answered + b.answered,
    unexpected: a.unexpected + b.unexpected,
    failed: a.failed + b.failed,
    dropped: a.dropped + b.dropped,
    responseP50Us: higher(a.responseP50Us, b.responseP50Us),
    responseP95Us: higher(a.responseP95Us, b.responseP95Us),
    responseP99Us: higher(a.responseP99Us, b.responseP99Us),
    responseMaxUs: higher(a.responseMaxUs, b.responseMaxUs),
    serviceP50Us: higher(a.serviceP50Us, b.serviceP50Us),
    serviceP99Us: higher(a.serviceP99Us, b.serviceP99Us),
    gap: a.gap || b.gap,
  };
}

function higher(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}

/** What a coarse table's caption says of itself. */
export function coarseness(timeline: readonly TimelineRow[], of: string): string {
  const [first] = timeline;
  if (!first || timeline.length <= TABLE_ROWS) return "";
  return `; ${formatCount(Math.ceil(timeline.length / TABLE_ROWS))} intervals of ${plainSeconds(first.lengthS)} s a row${of}; report.json holds each`;
}

/** Seconds without a unit: whole where they are, to the millisecond below 100, to the tenth above. */
export function plainSeconds(s: number): string {
  return s.toFixed(Number.isInteger(s) ? 0 : s < 100 ? 3 : 1);
}
