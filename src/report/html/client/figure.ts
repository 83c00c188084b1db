/** The part of a chart that stands in the page's markup: names, readings, and the place to draw in. */
export interface Figure {
  readonly root: HTMLElement;
  readonly plot: HTMLElement;
  /** The names of the lines, which switch them. */
  readonly lines: readonly HTMLElement[];
  /** The names of the occurrences. */
  readonly marks: readonly HTMLElement[];
  readonly fateNames: readonly string[];
  /** Where the chart says what place it shows figures of. */
  readonly where: HTMLElement;
  /** What a screen reader says. */
  readonly said: HTMLElement;
}

/** @returns undefined where the page has no such chart */
export function figureOf(id: string): Figure | undefined {
  const root = document.getElementById(`chart-${id}`);
  const plot = root?.querySelector<HTMLElement>(".plot");
  const where = root?.querySelector<HTMLElement>(".at");
  const said = root?.querySelector<HTMLElement>(".said-now");
  if (!root || !plot || !where || !said) return undefined;
  return {
    root,
    plot,
    where,
    said,
    lines: [...root.querySelectorAll<HTMLElement>("button.key")],
    marks: [...root.querySelectorAll<HTMLElement>(".mark")],
    fateNames: [...root.querySelectorAll<HTMLElement>(".fate")].map(
      ({ dataset }) => dataset.label ?? "",
    ),
  };
}

/** The drawing stands in for the table, which stays at hand. */
export function showDrawing({ root }: Figure): void {
  root.querySelector(".drawn")?.removeAttribute("hidden");
  root.querySelector("details:not(.how)")?.removeAttribute("open");
}
