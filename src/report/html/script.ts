/**
 * The page's own script. It only draws: every figure already stands in the page's tables, which stay open
 * where no script runs (printing, sandboxed viewers). No dependency but uPlot, no network, no storage.
 * Kept as text, since it runs in the browser of whoever opens the report and never in this program.
 */

/** `formatMicros` and `formatRate` of src/base/units.ts again; a test holds them together. */
export const CLIENT_FORMATS = `
function threeDigits(n) {
  return n >= 100 ? String(Math.round(n)) : String(Number(n.toPrecision(3)));
}
function formatMicros(us) {
  if (us < 1e3) return Math.round(us) + " µs";
  if (us < 1e6) return threeDigits(us / 1e3) + " ms";
  if (us < 12e7) return threeDigits(us / 1e6) + " s";
  if (us < 72e8) return threeDigits(us / 6e7) + " min";
  return threeDigits(us / 36e8) + " h";
}
function formatRate(rate) {
  return threeDigits(rate) + "/s";
}
`;

const DRAWING = `
const data = JSON.parse(document.getElementById("chart-data").textContent);
const root = document.documentElement;
const edges = data.edgesS;
const color = (name) => getComputedStyle(root).getPropertyValue("--" + name).trim();
const middle = (i) => (edges[i] + edges[i + 1]) / 2;
const plots = [];

function pathsOf(chart) {
  if (chart.draw === "requests") return () => null;
  if (chart.draw === "steps") return uPlot.paths.stepped({ align: 1 });
  // A percentile holds from the sample before it: of a hundred samples or fewer the steps are seen.
  const few = chart.draw === "spectrum" && chart.xs[chart.xs.length - 1] <= 2;
  return few ? uPlot.paths.stepped({ align: -1 }) : undefined;
}

/** The last place whose start is not beyond x. */
function startsBefore(starts, x) {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const half = (low + high + 1) >> 1;
    if (starts[half] <= x) low = half;
    else high = half - 1;
  }
  return low;
}

function nearest(xs, x) {
  const i = startsBefore(xs, x);
  return i + 1 < xs.length && xs[i + 1] - x < x - xs[i] ? i + 1 : i;
}

/** What stands where on the horizontal axis of a chart. */
function axisOf(chart) {
  if (chart.draw === "spectrum") {
    const percent = (x) => Number((100 - 100 * 10 ** -x).toFixed(Math.ceil(x))) + " %";
    const end = chart.xs[chart.xs.length - 1];
    const ticks = [Math.log10(2), 1, 2, 3, 4, 5, 6, 7, 8];
    return {
      xs: chart.xs,
      places: chart.xs.length,
      ends: [0, end],
      place: (i) => chart.xs[i],
      at: (x) => nearest(chart.xs, x),
      name: (i) => percent(chart.xs[i]),
      axis: { filter: (u, splits) => splits, splits: (u, k, min, max) => ticks.filter((x) => x >= min && x <= max), values: (u, splits) => splits.map((x) => (x < 1 ? "50 %" : percent(x))) },
    };
  }
  const seconds = { values: (u, splits) => splits.map((s) => s + " s") };
  const ends = [edges[0], edges[edges.length - 1]];
  if (chart.draw === "requests") {
    return {
      xs: chart.xs,
      places: chart.xs.length,
      ends,
      place: (i) => chart.xs[i],
      at: (x) => nearest(chart.xs, x),
      name: (i) => "request " + (i + 1) + " of " + chart.xs.length + ", due at " + chart.xs[i] + " s",
      axis: seconds,
      sync: "run",
    };
  }
  const starts = edges.slice(0, -1);
  return {
    xs: chart.draw === "steps" ? edges : starts.map((_, i) => middle(i)),
    places: starts.length,
    ends,
    place: middle,
    at: (x) => startsBefore(starts, x),
    name: (i) => edges[i] + " to " + edges[i + 1] + " s",
    axis: seconds,
    sync: "run",
  };
}

function oneTwoFive(min, max) {
  const found = [];
  for (let power = 10 ** Math.floor(Math.log10(min)); power <= max; power *= 10) {
    for (const step of [1, 2, 5]) if (step * power >= min && step * power <= max) found.push(step * power);
  }
  return found;
}

function eachBand(u, act) {
  const { left, width } = u.bbox;
  for (const band of data.bands) {
    const from = Math.max(left, u.valToPos(band.fromS, "x", true));
    const to = Math.min(left + width, u.valToPos(band.toS, "x", true));
    if (to > from) act(band, from, to - from);
  }
}

function drawBands(u) {
  eachBand(u, (band, from, width) => {
    u.ctx.fillStyle = color(band.kind === "gap" ? "c-gap" : "c-band");
    u.ctx.fillRect(from, u.bbox.top, width, u.bbox.height);
  });
}

function drawLabels(u, chart) {
  const { ctx } = u;
  const ratio = devicePixelRatio;
  const y = u.bbox.top + (16 + 14 * chart.marks.length) * ratio;
  ctx.save();
  ctx.font = 11 * ratio + "px system-ui, sans-serif";
  ctx.textAlign = "left";
  eachBand(u, (band, from, width) => {
    const text = ctx.measureText(band.label).width;
    if (width < text + 8 * ratio) return;
    ctx.fillStyle = color("c-band");
    ctx.fillRect(from + 2 * ratio, y - 12 * ratio, text + 4 * ratio, 16 * ratio);
    ctx.fillStyle = color("muted");
    ctx.fillText(band.label, from + 4 * ratio, y);
  });
  ctx.restore();
}

function shape(ctx, name, x, y, size) {
  ctx.beginPath();
  if (name === "cross") {
    ctx.moveTo(x - size, y - size);
    ctx.lineTo(x + size, y + size);
    ctx.moveTo(x + size, y - size);
    ctx.lineTo(x - size, y + size);
    ctx.stroke();
    return;
  }
  const turned = name === "triangle" ? 1 : -1;
  if (name === "dot") ctx.arc(x, y, size, 0, 7);
  else {
    ctx.moveTo(x - size, y - turned * size);
    ctx.lineTo(x + size, y - turned * size);
    ctx.lineTo(x, y + turned * size);
  }
  ctx.fill();
}

function drawMarks(u, chart) {
  const { ctx } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.lineWidth = 2 * ratio;
  chart.marks.forEach((mark, lane) => {
    const y = u.bbox.top + (8 + lane * 14) * ratio;
    ctx.strokeStyle = ctx.fillStyle = color(mark.color);
    for (const i of mark.at) {
      const x = u.valToPos(middle(i), "x", true);
      if (x < u.bbox.left || x > u.bbox.left + u.bbox.width) continue;
      shape(ctx, mark.shape, x, y, 4 * ratio);
    }
  });
  ctx.restore();
}

/** In the order of the fates in the chart's data. */
const FATE_SHAPES = ["dot", "cross", "up", "triangle"];

/** Each request where it was due: its response time, and a stem down to its service time, which is what it waited. */
function drawRequests(u, chart, shown) {
  const { ctx } = u;
  const ratio = devicePixelRatio;
  const { left, top, width, height } = u.bbox;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left - 6 * ratio, top - 6 * ratio, width + 12 * ratio, height + 6 * ratio);
  ctx.clip();
  chart.series.forEach(({ values, stroke }, k) => {
    if (!shown[k]) return;
    ctx.strokeStyle = ctx.fillStyle = color(stroke.color);
    values.forEach((value, i) => {
      if (value === null) return;
      const x = u.valToPos(chart.xs[i], "x", true);
      const y = u.valToPos(seen(chart, value), "y", true);
      const service = chart.serviceUs[i];
      ctx.lineWidth = ratio;
      if (service !== null && service < value) {
        ctx.beginPath();
        ctx.moveTo(x, y);
        ctx.lineTo(x, Math.min(top + height, u.valToPos(seen(chart, service), "y", true)));
        ctx.stroke();
      }
      ctx.lineWidth = 2 * ratio;
      shape(ctx, FATE_SHAPES[chart.fates[i]], x, y, 4 * ratio);
    });
  });
  ctx.restore();
}

/** A logarithmic axis has no 0. */
const seen = (chart, value) => (value !== null && chart.scale === "log" ? Math.max(1, value) : value);

function build(chart) {
  const axis = axisOf(chart);
  if (axis.places === 0) return;
  const figure = document.getElementById("chart-" + chart.id);
  const plot = figure.querySelector(".plot");
  const lines = [...figure.querySelectorAll("button.key")];
  const marks = [...figure.querySelectorAll(".mark")];
  const fates = [...figure.querySelectorAll(".fate")];
  const where = figure.querySelector(".at");
  const said = figure.querySelector(".said");
  const format = chart.unit === "us" ? formatMicros : formatRate;
  const { xs } = axis;
  // A page of A4 or Letter is narrower than most windows, and is laid out only after the drawing.
  const width = () => ("print" in root.dataset ? 640 : Math.max(240, plot.clientWidth));
  const size = () => ({ width: width(), height: innerWidth < 600 ? 240 : 300 });
  const drawn = (values) => {
    const plain = values.map((value) => seen(chart, value));
    return chart.draw === "steps" ? plain.concat(plain[plain.length - 1]) : plain;
  };
  const order = chart.series.map((_, k) => k).sort((a, b) => chart.series[b].stroke.width - chart.series[a].stroke.width);
  const shown = chart.series.map(() => true);
  let u;

  /** What the chart says at a place: beside each name a text, null where there is nothing to say. */
  function reading(i) {
    const values = chart.series.map(({ values }) => (values[i] === null ? (chart.draw === "requests" ? null : "–") : format(values[i])));
    const counts = chart.marks.map((mark) => String(mark.counts[mark.at.indexOf(i)] || 0));
    let name = axis.name(i);
    if (chart.draw === "requests") {
      name += ", " + fates[chart.fates[i]].dataset.label;
      if (chart.serviceUs[i] !== null) name += ", service time " + formatMicros(chart.serviceUs[i]);
    }
    return { name, texts: values.concat(counts) };
  }

  function show(i) {
    const now = i === null ? null : reading(i);
    where.textContent = now ? now.name : figure.dataset.whole;
    lines.concat(marks).forEach((key, k) => {
      key.querySelector(".now").textContent = (now && now.texts[k]) || "";
    });
  }

  function options() {
    const look = { stroke: color("muted"), grid: { stroke: color("line"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
    return {
      ...size(),
      padding: [12, 24, 0, 0],
      legend: { show: false },
      cursor: {
        ...(axis.sync ? { sync: { key: axis.sync } } : {}),
        points: { show: chart.draw !== "steps" },
        drag: { x: true, y: false },
        dataIdx: (self, s, hovered, x) => axis.at(x),
      },
      scales: {
        x: { time: false, range: (self, min, max) => (min === xs[0] && max === xs[xs.length - 1] ? axis.ends : [min, max]) },
        y: chart.scale === "log" ? { distr: 3, range: (self, min, max) => [(min || 1) / 1.3, (max || 1) * 1.3] } : { range: (self, min, max) => [0, (max || 1) * (chart.marks.length ? 1.3 : 1.1)] },
      },
      axes: [
        { ...look, size: 32, ...axis.axis },
        { ...look, ...ladder, size: 68, values: (self, splits) => splits.map((v) => (v === null ? null : v === 0 ? "0" : format(v))) },
      ],
      series: [
        {},
        ...order.map((k) => [chart.series[k], k]).map(([{ stroke }, k]) => ({
          show: shown[k],
          stroke: color(stroke.color),
          width: stroke.width,
          dash: stroke.dash,
          paths: pathsOf(chart),
          points: { show: chart.dots && stroke.width < 6, size: 6, fill: color(stroke.color) },
        })),
      ],
      hooks: {
        drawClear: axis.sync ? [drawBands] : [],
        drawAxes: axis.sync ? [(self) => drawLabels(self, chart)] : [],
        draw: [(self) => (chart.draw === "requests" ? drawRequests(self, chart, shown) : drawMarks(self, chart))],
        setCursor: [(self) => show(self.cursor.left >= 0 ? axis.at(self.posToVal(self.cursor.left, "x")) : null)],
      },
    };
  }

  // Uplot's own splits of a logarithmic axis stand at whole powers alone, too few within one.
  const ladder = chart.scale === "log" ? { filter: (self, splits) => splits, splits: (self, i, min, max) => oneTwoFive(min, max) } : {};

  function draw() {
    if (u) u.destroy();
    u = new uPlot(options(), [xs, ...order.map((k) => drawn(chart.series[k].values))], plot);
  }

  lines.forEach((key, k) => {
    key.addEventListener("click", () => {
      shown[k] = !shown[k];
      key.setAttribute("aria-pressed", String(shown[k]));
      u.setSeries(order.indexOf(k) + 1, { show: shown[k] });
    });
  });

  let at = null;
  const last = axis.places - 1;
  plot.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 }[event.key];
    if (event.key === "Home") at = 0;
    else if (event.key === "End") at = last;
    else if (step) at = at === null ? 0 : Math.min(last, Math.max(0, at + step));
    else if (event.key === "Escape") {
      for (const one of plots) if (one.sync === axis.sync) one.showAll();
      return;
    } else return;
    event.preventDefault();
    u.setCursor({ left: u.valToPos(axis.place(at), "x"), top: 10 });
    const now = reading(at);
    const names = lines.concat(marks).map((key, k) => [key.dataset.label, now.texts[k]]);
    said.textContent = now.name + ": " + names.filter(([, text]) => text !== null).map(([name, text]) => name + " " + text).join(", ");
  });

  figure.querySelector(".drawn").hidden = false;
  figure.querySelector("details").open = false;
  draw();
  show(null);
  new ResizeObserver(() => u.setSize(size())).observe(plot);
  plots.push({ draw, sync: axis.sync, showAll: () => u.setScale("x", { min: xs[0], max: xs[xs.length - 1] }) });
}

data.charts.forEach(build);
const redraw = () => plots.forEach(({ draw }) => draw());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
addEventListener("beforeprint", () => {
  root.dataset.print = "";
  redraw();
});
addEventListener("afterprint", () => {
  delete root.dataset.print;
  redraw();
});

// Only what can be scrolled is a stop for the keyboard.
const boxes = [...document.querySelectorAll(".scroll")];
const stops = () => boxes.forEach((box) => {
  if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) box.tabIndex = 0;
  else box.removeAttribute("tabindex");
});
stops();
addEventListener("resize", stops);
document.addEventListener("toggle", stops, true);
`;

export const CLIENT_SCRIPT = `"use strict";\n(() => {${CLIENT_FORMATS}${DRAWING}})();\n`;
