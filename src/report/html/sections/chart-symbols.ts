import type { Fate } from "../charts/chart.ts";
import { html, type Raw } from "../escape.ts";
import type { Occurrences, Stroke } from "../page-data.ts";

/** What stands beside the names of what a chart shows. */

export function line({ color, width, dash }: Stroke): Raw {
  return html`<svg viewBox="0 0 28 12" aria-hidden="true"><path class="s-${color}" d="M0 6h28" fill="none" stroke-width="${width}"${dash.length > 0 && html` stroke-dasharray="${dash.join(" ")}"`}/></svg>`;
}

export function dot({ color }: Stroke): Raw {
  return html`<svg viewBox="0 0 28 12" aria-hidden="true"><circle class="p-${color}" cx="14" cy="6" r="5"/></svg>`;
}

export function symbol({ shape, color }: Pick<Occurrences, "shape" | "color">): Raw {
  return shape === "cross"
    ? html`<svg viewBox="0 0 28 12" aria-hidden="true"><path class="s-${color}" d="m10 2 8 8m0-8-8 8" fill="none" stroke-width="2"/></svg>`
    : html`<svg viewBox="0 0 28 12" aria-hidden="true"><path class="p-${color}" d="M9 2h10l-5 9z"/></svg>`;
}

export const FATE_SYMBOLS: Readonly<Record<Fate, Raw>> = {
  "answered as expected": html`<svg viewBox="0 0 28 12" aria-hidden="true"><circle class="p-c-max" cx="14" cy="6" r="4"/></svg>`,
  throttled: html`<svg viewBox="0 0 28 12" aria-hidden="true"><circle class="s-c-max" cx="14" cy="6" r="4" fill="none" stroke-width="2"/></svg>`,
  "answered otherwise": symbol({ shape: "cross", color: "c-max" }),
  "failed or unfinished": html`<svg viewBox="0 0 28 12" aria-hidden="true"><path class="p-c-max" d="M9 10h10l-5-9z"/></svg>`,
  dropped: symbol({ shape: "triangle", color: "c-max" }),
};
