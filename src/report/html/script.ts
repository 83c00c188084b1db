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
const last = data.startS.length - 1;
const color = (name) => getComputedStyle(root).getPropertyValue("--" + name).trim();
const middle = (i) => (data.startS[i] + data.endS[i]) / 2;
const drawn = [];

function intervalAt(s) {
  let low = 0;
  let high = last;
  while (low < high) {
    const half = (low + high + 1) >> 1;
    if (data.startS[half] <= s) low = half;
    else high = half - 1;
  }
  return low;
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

function drawMarks(u, chart) {
  const { ctx } = u;
  const ratio = devicePixelRatio;
  const size = 4 * ratio;
  ctx.save();
  ctx.lineWidth = 2 * ratio;
  chart.marks.forEach((mark, lane) => {
    const y = u.bbox.top + (8 + lane * 14) * ratio;
    ctx.strokeStyle = ctx.fillStyle = color(mark.color);
    for (const i of mark.at) {
      const x = u.valToPos(middle(i), "x", true);
      if (x < u.bbox.left || x > u.bbox.left + u.bbox.width) continue;
      ctx.beginPath();
      if (mark.shape === "cross") {
        ctx.moveTo(x - size, y - size);
        ctx.lineTo(x + size, y + size);
        ctx.moveTo(x + size, y - size);
        ctx.lineTo(x - size, y + size);
        ctx.stroke();
      } else {
        ctx.moveTo(x - size, y - size);
        ctx.lineTo(x + size, y - size);
        ctx.lineTo(x, y + size);
        ctx.fill();
      }
    }
  });
  ctx.restore();
}

function build(chart) {
  const figure = document.getElementById("chart-" + chart.id);
  const plot = figure.querySelector(".plot");
  const keys = [...figure.querySelectorAll(".key")];
  const time = figure.querySelector(".at");
  const said = figure.querySelector(".said");
  const format = chart.unit === "us" ? formatMicros : formatRate;
  // A page of A4 or Letter is narrower than most windows, and is laid out only after the drawing.
  const width = () => ("print" in root.dataset ? 640 : Math.max(240, plot.clientWidth));
  const size = () => ({ width: width(), height: innerWidth < 600 ? 240 : 300 });
  const extend = (values) => (chart.steps ? values.concat(values[last]) : values);
  const xs = chart.steps ? data.startS.concat(data.endS[last]) : data.startS.map((_, i) => middle(i));
  const order = chart.series.map((_, k) => k).sort((a, b) => chart.series[b].stroke.width - chart.series[a].stroke.width);
  const shown = chart.series.map(() => true);
  let u;

  function reading(i) {
    if (i === null) return null;
    const span = data.startS[i] + " to " + data.endS[i] + " s";
    const lines = chart.series.map((one) => (one.values[i] === null ? "–" : format(one.values[i])));
    const marks = chart.marks.map((mark) => String(mark.counts[mark.at.indexOf(i)] || 0));
    return { span, texts: lines.concat(marks) };
  }

  function show(i) {
    const now = reading(i);
    time.textContent = now ? now.span : "whole run";
    keys.forEach((key, k) => {
      key.querySelector(".now").textContent = now ? now.texts[k] : "";
    });
  }

  function options() {
    const axis = { stroke: color("muted"), grid: { stroke: color("line"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
    return {
      ...size(),
      padding: [12, 20, 0, 0],
      legend: { show: false },
      cursor: {
        sync: { key: "run" },
        points: { show: !chart.steps },
        drag: { x: true, y: false },
        dataIdx: (self, s, hovered, x) => intervalAt(x),
      },
      scales: {
        x: { time: false, range: (self, min, max) => (min === xs[0] && max === xs[xs.length - 1] ? [data.startS[0], data.endS[last]] : [min, max]) },
        y: chart.scale === "log" ? { distr: 3, range: (self, min, max) => [(min || 1) / 1.3, (max || 1) * 1.3] } : { range: (self, min, max) => [0, (max || 1) * (chart.marks.length ? 1.3 : 1.1)] },
      },
      axes: [
        { ...axis, size: 32, values: (self, splits) => splits.map((s) => s + " s") },
        { ...axis, ...ladder, size: 68, values: (self, splits) => splits.map((v) => (v === null ? null : v === 0 ? "0" : format(v))) },
      ],
      series: [
        {},
        ...order.map((k) => [chart.series[k], k]).map(([one, k]) => ({
          show: shown[k],
          label: one.label,
          stroke: color(one.stroke.color),
          width: one.stroke.width,
          dash: one.stroke.dash,
          paths: chart.steps ? uPlot.paths.stepped({ align: 1 }) : undefined,
          points: { show: chart.dots && one.stroke.width < 6, size: 6, fill: color(one.stroke.color) },
        })),
      ],
      hooks: {
        drawClear: [drawBands],
        drawAxes: [(self) => drawLabels(self, chart)],
        draw: [(self) => drawMarks(self, chart)],
        setCursor: [(self) => show(self.cursor.left >= 0 ? intervalAt(self.posToVal(self.cursor.left, "x")) : null)],
      },
    };
  }

  // Uplot's own splits of a logarithmic axis stand at whole powers alone, too few within one.
  const ladder = chart.scale === "log" ? { filter: (self, splits) => splits, splits: (self, i, min, max) => oneTwoFive(min, max) } : {};

  function draw() {
    if (u) u.destroy();
    u = new uPlot(options(), [xs, ...order.map((k) => extend(chart.series[k].values))], plot);
  }

  keys.forEach((key, k) => {
    if (k >= shown.length) return;
    key.addEventListener("click", () => {
      shown[k] = !shown[k];
      key.setAttribute("aria-pressed", String(shown[k]));
      u.setSeries(order.indexOf(k) + 1, { show: shown[k] });
    });
  });

  let at = null;
  plot.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 }[event.key];
    if (event.key === "Home") at = 0;
    else if (event.key === "End") at = last;
    else if (step) at = at === null ? 0 : Math.min(last, Math.max(0, at + step));
    else if (event.key === "Escape") {
      u.setScale("x", { min: xs[0], max: xs[xs.length - 1] });
      return;
    } else return;
    event.preventDefault();
    u.setCursor({ left: u.valToPos(middle(at), "x"), top: 10 });
    const now = reading(at);
    said.textContent = now.span + ": " + keys.map((key, k) => key.dataset.label + " " + now.texts[k]).join(", ");
  });

  figure.querySelector(".drawn").hidden = false;
  figure.querySelector("details").open = false;
  draw();
  show(null);
  new ResizeObserver(() => u.setSize(size())).observe(plot);
  drawn.push(draw);
}

if (last >= 0) data.charts.forEach(build);
const redraw = () => drawn.forEach((draw) => draw());
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
  if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  else box.removeAttribute("tabindex");
});
stops();
addEventListener("resize", stops);
document.addEventListener("toggle", stops, true);
`;

export const CLIENT_SCRIPT = `"use strict";\n(() => {${CLIENT_FORMATS}${DRAWING}})();\n`;
