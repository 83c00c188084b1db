/** What a threshold judges, in the steady phase. Parsed once; `figureText` writes it back. */
export type Figure =
  | { readonly kind: "percentile"; readonly time: MeasuredTime; readonly p: number }
  | { readonly kind: "max"; readonly time: MeasuredTime }
  | { readonly kind: "ratio"; readonly of: "errorRatio" | "dropRatio" }
  | { readonly kind: "count"; readonly of: "errors" | "dropped" };

export type MeasuredTime = "serviceTime" | "responseTime";
export type FigureUnit = "us" | "ratio" | "count";

const TIME_FIGURE = /^(serviceTime|responseTime)\.(?:(max)|p(\d{1,2}(?:\.\d{1,3})?))$/;

/**
 * `undefined` for anything else. There is no mean: with censored samples it has no value, and without them no bound
 * that holds whatever the distribution. There is no p0 and no p100: the largest value is `max`.
 */
export function parseFigure(text: string): Figure | undefined {
  if (text === "errorRatio" || text === "dropRatio") return { kind: "ratio", of: text };
  if (text === "errors" || text === "dropped") return { kind: "count", of: text };
  const match = TIME_FIGURE.exec(text);
  if (!match) return undefined;
  const time = match[1] === "serviceTime" ? "serviceTime" : "responseTime";
  if (match[2] !== undefined) return { kind: "max", time };
  const p = Number(match[3]);
  return p > 0 ? { kind: "percentile", time, p } : undefined;
}

export function figureText(figure: Figure): string {
  if (figure.kind === "percentile") return `${figure.time}.p${figure.p}`;
  if (figure.kind === "max") return `${figure.time}.max`;
  return figure.of;
}

/** The unit of the figure's limit: whole microseconds, a ratio from 0 to 1, or a count. */
export function figureUnit(figure: Figure): FigureUnit {
  if (figure.kind === "ratio" || figure.kind === "count") return figure.kind;
  return "us";
}
