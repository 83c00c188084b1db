import {
  DASH,
  formatCount,
  formatInterval,
  formatMax,
  formatPercentile,
  percentileOf,
  statedPercentiles,
} from "../figures.ts";
import type { Distribution } from "../schema.ts";
import { type Fragment, html, type Raw } from "./escape.ts";
import type { Column } from "./table.ts";

/** More would push the next table off the screen. */
const NOTES_AT_MOST = 3;

/**
 * Why a figure is missing, once for a table instead of in each cell: a cell gets a letter, the list below
 * the table the words.
 */
export class Footnotes {
  readonly #reasons: string[] = [];

  /** The letter of a reason, the same for the same reason. */
  mark(reason: string): Raw {
    let index = this.#reasons.indexOf(reason);
    if (index < 0) index = this.#reasons.push(reason) - 1;
    return html`<sup>${letter(index)}</sup>`;
  }

  list(): Fragment {
    if (this.#reasons.length === 0) return null;
    const list = html`<ul class="notes">${this.#reasons.map(
      (reason, i) => html`<li><sup>${letter(i)}</sup> ${reason}</li>`,
    )}</ul>`;
    if (this.#reasons.length <= NOTES_AT_MOST) return list;
    return html`<details class="how"><summary>Notes a to ${letter(this.#reasons.length - 1)}: why figures or intervals are missing</summary>${list}</details>`;
  }
}

function letter(index: number): string {
  return index < 26 ? String.fromCharCode(97 + index) : String(index - 25);
}

/** Columns for the samples (the censored ones among them apart), each percentile that a distribution states, and the maximum. */
export function distributionColumns(distributions: readonly Distribution[]): Column[] {
  return [
    { head: "samples", numeric: true },
    ...statedPercentiles(distributions).map((p) => ({ head: `p${p}`, numeric: true })),
    { head: "max", numeric: true },
  ];
}

/** The cells of `distributionColumns`, in their order. */
export function distributionCells(
  distribution: Distribution,
  percentiles: readonly number[],
  notes: Footnotes,
): Fragment[] {
  return [
    samples(distribution, notes),
    ...percentiles.map((p) => percentileCell(distribution, p, notes)),
    distribution.maxUs === null ? missing("no uncensored sample", notes) : formatMax(distribution),
  ];
}

function samples(distribution: Distribution, notes: Footnotes): Fragment {
  const { count, censored, effectiveCount, effectiveCountReason: reason } = distribution;
  const worth = typeof effectiveCount === "number" && effectiveCount < count && effectiveCount;
  return html`${formatCount(count)}${count > 0 && reason && notes.mark(reason)}${
    censored > 0 && html`<small>${formatCount(censored)} censored</small>`
  }${worth !== false && html`<small>worth ${formatCount(worth)}</small>`}`;
}

function percentileCell(distribution: Distribution, p: number, notes: Footnotes): Fragment {
  const percentile = percentileOf(distribution, p);
  if (!percentile || percentile.valueUs === null) {
    return missing(percentile?.reason ?? "not stated", notes);
  }
  const { reason } = percentile;
  // What holds for the whole row is marked once, at its samples.
  const ofRow = reason !== undefined && reason === distribution.effectiveCountReason;
  const interval = formatInterval(percentile);
  return html`<span${isLargest(distribution, p) && html` class="nil"`}${reason && html` title="${reason}"`}>${formatPercentile(percentile)}</span>${
    reason && !ofRow && notes.mark(reason)
  }${interval && html`<small>${interval}</small>`}`;
}

/** Of so few samples this percentile is the largest of them. */
function isLargest({ count }: Distribution, p: number): boolean {
  return Math.ceil((count * p) / 100) >= count;
}

function missing(reason: string, notes: Footnotes): Raw {
  return html`<span class="nil" title="${reason}">${DASH}</span>${notes.mark(reason)}`;
}
