import type { Page } from "playwright-core";

/** A table as a reader sees it: row headings that span several rows stand in each of them. */
export interface SeenTable {
  readonly caption: string;
  readonly heads: readonly string[];
  readonly rows: readonly (readonly SeenCell[])[];
}

export interface SeenCell {
  /** Without the small print and the letters of footnotes. */
  readonly text: string;
  readonly small: readonly string[];
}

/** Every table of a page, in its order, closed ones too. */
export function tablesOf(page: Page): Promise<SeenTable[]> {
  return page.evaluate(`(() => {
    const plain = (text) => text.replace(/\\s+/g, " ").trim();
    const cell = (element) => {
      const small = [...element.querySelectorAll("small")].map((one) => plain(one.textContent));
      const copy = element.cloneNode(true);
      for (const one of copy.querySelectorAll("small, sup, svg")) one.remove();
      return { text: plain(copy.textContent), small };
    };
    return [...document.querySelectorAll("main table")].map((table) => ({
      caption: plain(table.caption.textContent),
      heads: [...table.querySelectorAll("thead th")].map((head) => plain(head.textContent)),
      rows: [...table.tBodies].flatMap((body) => {
        let spanning;
        let left = 0;
        return [...body.rows].map((row) => {
          const cells = [...row.cells].map(cell);
          if (row.cells[0].rowSpan > 1) [spanning, left] = [cells[0], row.cells[0].rowSpan];
          else if (left > 0) cells.unshift(spanning);
          left -= 1;
          return cells;
        });
      }),
    }));
  })()`);
}

const UNITS: Readonly<Record<string, number>> = { µs: 1, ms: 1e3, s: 1e6, min: 6e7, h: 36e8 };

/** `412 ms` in microseconds, `0.34 %` as a ratio, `5/s` and `12 345` as they are; NaN for anything else. */
export function valueShown(text: string): number {
  const [, digits = "", unit = ""] =
    /^(?:[>≥] |at (?:least|most) |from )?([\d.\u00a0 ]*\d)(?: (µs|ms|s|min|h|%)|(\/s))?$/.exec(
      text,
    ) ?? [];
  const number = Number(digits.replace(/[\u00a0 ]/g, "") || Number.NaN);
  if (unit === "%") return number / 100;
  return number * (UNITS[unit] ?? 1);
}

/** Whether a text shows a number as far as three digits go. */
export function shows(text: string, value: number): boolean {
  return Math.abs(valueShown(text) - value) <= 0.0051 * Math.abs(value) + 1e-9;
}
