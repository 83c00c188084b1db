import type uPlot from "uplot";

/** Where and in what colours the charts are drawn. */

const root = document.documentElement;

/** A colour of the style sheet, as it is now: another in the dark, and on paper. */
export function color(name: string): string {
  return getComputedStyle(root).getPropertyValue(`--${name}`).trim();
}

/** Set while the page is being printed: the style sheet gives the light colours then. */
export const print = {
  get on(): boolean {
    return "print" in root.dataset;
  },
  set on(on: boolean) {
    if (on) root.dataset.print = "";
    else delete root.dataset.print;
  },
};

/** Draws without leaving anything behind in the canvas's state. */
export function drawn(u: uPlot, act: (ctx: CanvasRenderingContext2D, ratio: number) => void): void {
  u.ctx.save();
  act(u.ctx, devicePixelRatio);
  u.ctx.restore();
}

export type Shape = "dot" | "ring" | "cross" | "up" | "triangle";

export function shape(
  ctx: CanvasRenderingContext2D,
  name: Shape,
  x: number,
  y: number,
  size: number,
): void {
  ctx.beginPath();
  if (name === "cross") {
    ctx.moveTo(x - size, y - size);
    ctx.lineTo(x + size, y + size);
    ctx.moveTo(x + size, y - size);
    ctx.lineTo(x - size, y + size);
    ctx.stroke();
    return;
  }
  if (name === "ring") {
    ctx.arc(x, y, size, 0, 7);
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

export function inPlot({ bbox }: uPlot, x: number): boolean {
  return x >= bbox.left && x <= bbox.left + bbox.width;
}
