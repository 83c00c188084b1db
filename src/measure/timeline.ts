import type { Micros } from "../base/units.ts";
import type { Phase } from "../workload/outcome.ts";
import { CensoredHistogram } from "./censored.ts";
import type { DecodedHistogram } from "./codec.ts";
import { total } from "./counts.ts";
import type { CountsLine } from "./record-format.ts";

/** Each second of half an hour: what a person can tell apart on a page once a stretch of it is enlarged. */
const ROWS_MAX = 1800;

/** One stretch of the run; rows follow each other without holes. */
export interface TimelineRow {
  /** Seconds from the first due time to the start of the row. */
  readonly atS: number;
  readonly lengthS: number;
  /** The phase at the row's start; `drain` after the plan's end. */
  readonly phase: Phase | "drain";
  /** Requests whose due time fell in the row. */
  readonly planned: number;
  /** Requests that started in the row. */
  readonly started: number;
  readonly answered: number;
  readonly unexpected: number;
  readonly failed: number;
  readonly dropped: number;
  /** Response times of expected answers that ended in the row, all operations; null without any. */
  readonly responseP50Us: number | null;
  readonly responseP95Us: number | null;
  readonly responseP99Us: number | null;
  readonly responseMaxUs: number | null;
  /** Service times of the same. */
  readonly serviceP50Us: number | null;
  readonly serviceP99Us: number | null;
  /** The runner was frozen or starved in this row. */
  readonly gap: boolean;
}

/** A stretch of the run as it went. */
export interface CourseStage {
  readonly phase: Phase | "drain";
  readonly duration: Micros;
}

interface RowCounts {
  planned: number;
  started: number;
  answered: number;
  unexpected: number;
  failed: number;
  dropped: number;
}

type RowTimes = Pick<
  TimelineRow,
  | "responseP50Us"
  | "responseP95Us"
  | "responseP99Us"
  | "responseMaxUs"
  | "serviceP50Us"
  | "serviceP99Us"
>;

/**
 * Rows of equal length, the record's interval doubled until there are at most 1 800. Percentiles come from the merged
 * histograms of a row's intervals: percentiles can't be averaged. One row's histograms are held at a time.
 */
export class TimelineBuilder {
  readonly #rowUs: number;
  readonly #rows: RowCounts[];
  readonly #times = new Map<number, RowTimes>();
  #filling = 0;
  readonly #response = new CensoredHistogram();
  readonly #service = new CensoredHistogram();

  constructor(counts: readonly CountsLine[], intervalUs: number) {
    const intervals = counts.reduce((most, { interval }) => Math.max(most, interval + 1), 0);
    let together = 1;
    while (Math.ceil(intervals / together) > ROWS_MAX) together *= 2;
    this.#rowUs = together * intervalUs;
    this.#rows = Array.from({ length: Math.ceil(intervals / together) }, emptyRow);
    for (const line of counts) {
      const row = this.#rows[Math.floor(line.interval / together)];
      if (row) addCounts(row, line);
    }
  }

  /**
   * Adds expected answers of one interval, in the order of the log.
   * @returns false for an interval that lies before one already added, or outside of the counted run
   */
  add(
    series: "response" | "service",
    startUs: number,
    decoded: DecodedHistogram,
    maxUs: number,
  ): boolean {
    const row = Math.floor(startUs / this.#rowUs);
    if (row < this.#filling || row >= this.#rows.length) return false;
    if (row > this.#filling) {
      this.#closeRow();
      this.#filling = row;
    }
    (series === "response" ? this.#response : this.#service).add(decoded, false, maxUs);
    return true;
  }

  /** @param gaps from and to, in microseconds from the first due time */
  rows(
    stages: readonly CourseStage[],
    gaps: readonly { readonly fromUs: number; readonly toUs: number }[],
  ): TimelineRow[] {
    this.#closeRow();
    return this.#rows.map((counts, i) => {
      const fromUs = i * this.#rowUs;
      return {
        atS: fromUs / 1e6,
        lengthS: this.#rowUs / 1e6,
        phase: phaseAt(stages, fromUs),
        ...counts,
        ...(this.#times.get(i) ?? timesOf(this.#response, this.#service)),
        gap: gaps.some((gap) => gap.fromUs < fromUs + this.#rowUs && gap.toUs > fromUs),
      };
    });
  }

  #closeRow(): void {
    this.#times.set(this.#filling, timesOf(this.#response, this.#service));
    this.#response.reset();
    this.#service.reset();
  }
}

function timesOf(response: CensoredHistogram, service: CensoredHistogram): RowTimes {
  return {
    responseP50Us: response.percentile(50).valueUs,
    responseP95Us: response.percentile(95).valueUs,
    responseP99Us: response.percentile(99).valueUs,
    responseMaxUs: response.maxUs,
    serviceP50Us: service.percentile(50).valueUs,
    serviceP99Us: service.percentile(99).valueUs,
  };
}

function addCounts(row: RowCounts, line: CountsLine): void {
  for (const { phases } of Object.values(line.operations)) {
    for (const counts of Object.values(phases)) {
      row.planned += counts.planned;
      row.started += counts.started;
      row.answered += total(counts.answered);
      row.unexpected += counts.unexpected;
      row.failed += total(counts.failed);
      row.dropped += total(counts.dropped);
    }
  }
}

function phaseAt(stages: readonly CourseStage[], us: number): Phase | "drain" {
  let end = 0;
  for (const { phase, duration } of stages) {
    end += duration;
    if (us < end) return phase;
  }
  return "drain";
}

function emptyRow(): RowCounts {
  return { planned: 0, started: 0, answered: 0, unexpected: 0, failed: 0, dropped: 0 };
}
