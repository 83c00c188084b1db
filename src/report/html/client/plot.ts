import uPlot from "uplot";
import type { DrawnChart, PageData } from "../page-data.ts";
import { axisOf, type PlaceAxis } from "../reading/axis.ts";
import { figureText, readingAt } from "../reading/readout.ts";
import { oneTwoFive } from "../reading/ticks.ts";
import { drawBandNames, drawBands } from "./bands.ts";
import { type Figure, showDrawing } from "./figure.ts";
import { drawOccurrences } from "./occurrences.ts";
import { drawOpenEnds, drawRequests } from "./requests.ts";
import { color, print } from "./surface.ts";

/** A page of A4 or Letter is narrower than most windows, and is laid out only after the drawing. */
const PRINTED_WIDTH = 640;
const NARROWEST = 240;
const FONT = "12px system-ui, sans-serif";
/** Strokes of this width lie behind the others and get no dots. */
const BEHIND = 6;

/** One chart as it is drawn. */
export class Plot {
  readonly axis: PlaceAxis;
  readonly #chart: DrawnChart;
  readonly #page: PageData;
  readonly #figure: Figure;
  /** The series in the order of drawing: wide strokes beneath. */
  readonly #order: readonly number[];
  readonly #shown: boolean[];
  #u: uPlot;

  constructor(chart: DrawnChart, figure: Figure, page: PageData) {
    this.axis = axisOf(chart, page.edgesS);
    this.#chart = chart;
    this.#page = page;
    this.#figure = figure;
    const width = (k: number): number => chart.series[k]?.stroke.width ?? 0;
    this.#order = chart.series.map((_, k) => k).sort((a, b) => width(b) - width(a));
    this.#shown = chart.series.map(() => true);
    showDrawing(figure);
    this.#u = this.#made();
    this.point(null);
    new ResizeObserver(() => this.#u.setSize(this.#size())).observe(figure.plot);
  }

  /** Anew: after the colours have changed, or the width that the page is printed in. */
  redraw(): void {
    this.#u.destroy();
    this.#u = this.#made();
  }

  showAll(): void {
    const { xs } = this.axis;
    this.#u.setScale("x", { min: xs[0] ?? 0, max: xs.at(-1) ?? 0 });
  }

  /** @returns whether the line is shown now */
  toggle(k: number): boolean {
    const show = !this.#shown[k];
    this.#shown[k] = show;
    this.#u.setSeries(this.#order.indexOf(k) + 1, { show });
    return show;
  }

  /** Moves the chart's cursor to a place. */
  moveTo(i: number): void {
    this.#u.setCursor({ left: this.#u.valToPos(this.axis.place(i), "x"), top: 10 });
  }

  /** Shows the figures of a place beside their names; null: of none. */
  point(i: number | null): void {
    const { where, root, lines, marks, fateNames } = this.#figure;
    const now = i === null ? null : readingAt(i, this.#chart, this.axis, fateNames);
    where.textContent = now?.place ?? root.dataset.whole ?? "";
    [...lines, ...marks].forEach((key, k) => {
      const text = key.querySelector(".now");
      if (text) text.textContent = now?.texts[k] ?? "";
    });
  }

  /** All of a place in a sentence. */
  sentenceAt(i: number): string {
    const { lines, marks, fateNames } = this.#figure;
    const now = readingAt(i, this.#chart, this.axis, fateNames);
    const parts = [...lines, ...marks].flatMap(({ dataset }, k) => {
      const text = now.texts[k] ?? null;
      return text === null ? [] : [`${dataset.label} ${text}`];
    });
    return `${now.place}: ${parts.join(", ")}`;
  }

  #made(): uPlot {
    const values = this.#order.map((k) => this.#drawnValues(k));
    return new uPlot(this.#options(), [[...this.axis.xs], ...values], this.#figure.plot);
  }

  #drawnValues(k: number): (number | null)[] {
    const values = (this.#chart.series[k]?.values ?? []).map((value) =>
      value === null ? null : this.#height(value),
    );
    // The last step reaches to the end of its interval.
    return this.#chart.draw === "steps" ? [...values, values.at(-1) ?? null] : values;
  }

  /** A logarithmic axis has no 0. */
  readonly #height = (value: number): number =>
    this.#chart.scale === "log" ? Math.max(1, value) : value;

  #size(): { width: number; height: number } {
    const width = print.on ? PRINTED_WIDTH : Math.max(NARROWEST, this.#figure.plot.clientWidth);
    return { width, height: innerWidth < 600 ? 240 : 300 };
  }

  #options(): uPlot.Options {
    const { axis } = this;
    return {
      ...this.#size(),
      padding: [12, 24, 0, 0],
      legend: { show: false },
      cursor: {
        ...(axis.overTime ? { sync: { key: "run" } } : {}),
        points: { show: this.#chart.draw !== "steps" },
        drag: { x: true, y: false },
        dataIdx: (_u, _series, _hovered, x) => axis.at(x),
      },
      scales: { x: this.#scaleX(), y: this.#scaleY() },
      axes: this.#axes(),
      series: [{}, ...this.#order.map((k) => this.#series(k))],
      hooks: this.#hooks(),
    };
  }

  #scaleX(): uPlot.Scale {
    const { xs, ends } = this.axis;
    const whole = (min: number, max: number): boolean => min === xs[0] && max === xs.at(-1);
    return {
      time: false,
      range: (_u, min, max) => (whole(min, max) ? [ends[0], ends[1]] : [min, max]),
    };
  }

  #scaleY(): uPlot.Scale {
    if (this.#chart.scale === "log")
      return { distr: 3, range: (_u, min, max) => [(min || 1) / 1.3, (max || 1) * 1.3] };
    const room = this.#chart.marks.length > 0 ? 1.3 : 1.1;
    return { range: (_u, _min, max) => [0, (max || 1) * room] };
  }

  #axes(): uPlot.Axis[] {
    const { splits, steps, label } = this.axis;
    const look = {
      stroke: color("muted"),
      grid: { stroke: color("line"), width: 1 },
      ticks: { show: false },
      font: FONT,
    };
    const every = (_u: uPlot, found: number[]): number[] => found;
    const ladder: uPlot.Axis = {
      filter: every,
      splits: (_u, _i, min, max) => oneTwoFive(min, max),
    };
    return [
      {
        ...look,
        size: 32,
        ...(splits ? { filter: every, splits: (_u, _i, min, max) => splits(min, max) } : {}),
        ...(steps ? { incrs: [...steps] } : {}),
        values: (_u, found) => found.map((x) => label(x, found.at(-1) ?? 0)),
      },
      {
        ...look,
        ...(this.#chart.scale === "log" ? ladder : {}),
        size: 68,
        values: (_u, found) =>
          found.map((v) => (v === null ? null : v === 0 ? "0" : figureText(this.#chart, v))),
      },
    ];
  }

  #series(k: number): uPlot.Series {
    const stroke = this.#chart.series[k]?.stroke;
    if (!stroke) return {};
    const paths = this.#paths();
    return {
      show: this.#shown[k] === true,
      stroke: color(stroke.color),
      width: stroke.width,
      dash: [...stroke.dash],
      ...(paths ? { paths } : {}),
      points: {
        show: this.#chart.dots && stroke.width < BEHIND,
        size: 6,
        fill: color(stroke.color),
      },
    };
  }

  /** undefined: straight from value to value. */
  #paths(): uPlot.Series.PathBuilder | undefined {
    const { draw, xs } = this.#chart;
    if (draw === "requests") return () => null;
    if (draw === "steps") return uPlot.paths.stepped?.({ align: 1 });
    // A percentile holds from the sample before it: of a hundred samples or fewer the steps are seen.
    const few = draw === "spectrum" && (xs.at(-1) ?? 0) <= 2;
    return few ? uPlot.paths.stepped?.({ align: -1 }) : undefined;
  }

  #hooks(): uPlot.Hooks.Arrays {
    const { bands, edgesS } = this.#page;
    const { draw, marks } = this.#chart;
    const over = (u: uPlot): void => {
      if (draw === "requests") drawRequests(u, this.#chart, this.#shown, this.#height);
      else if (draw === "spectrum") drawOpenEnds(u, this.#chart, this.#shown, this.#height);
      else drawOccurrences(u, marks, edgesS);
    };
    const { overTime } = this.axis;
    return {
      drawClear: overTime ? [(u) => drawBands(u, bands)] : [],
      drawAxes: overTime ? [(u) => drawBandNames(u, bands, marks.length)] : [],
      draw: [over],
      setCursor: [
        (u) => {
          const left = u.cursor.left ?? -1;
          this.point(left >= 0 ? this.axis.at(u.posToVal(left, "x")) : null);
        },
      ],
    };
  }
}
