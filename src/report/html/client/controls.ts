import type { Figure } from "./figure.ts";
import type { Plot } from "./plot.ts";

/** What a reader does with a chart. */

/** Each name switches its line. */
export function switchLines(plot: Plot, { lines }: Figure): void {
  lines.forEach((key, k) => {
    key.addEventListener("click", () => {
      key.setAttribute("aria-pressed", String(plot.toggle(k)));
    });
  });
}

const STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  PageUp: -10,
  PageDown: 10,
};

/** Arrow keys go from place to place and read it out; Escape shows all of the axis again. */
export function readByKeys(plot: Plot, figure: Figure, showAll: () => void): void {
  const last = plot.axis.places - 1;
  let at: number | undefined;
  figure.plot.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      showAll();
      return;
    }
    const next = nextPlace(event.key, at, last);
    if (next === undefined) return;
    at = next;
    event.preventDefault();
    plot.moveTo(at);
    figure.said.textContent = plot.sentenceAt(at);
  });
}

function nextPlace(key: string, at: number | undefined, last: number): number | undefined {
  if (key === "Home") return 0;
  if (key === "End") return last;
  const step = STEPS[key];
  if (step === undefined) return undefined;
  return at === undefined ? 0 : Math.min(last, Math.max(0, at + step));
}

/** Only what can be scrolled is a stop for the keyboard. */
export function stopAtScrollable(): void {
  const boxes = [...document.querySelectorAll<HTMLElement>(".scroll")];
  const stops = (): void => {
    for (const box of boxes) {
      const scrolls = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
      if (scrolls) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  stops();
  addEventListener("resize", stops);
  document.addEventListener("toggle", stops, true);
}
