import type { Stroke } from "../page-data.ts";

/** Dashes that go round with the colours, so that lines differ for whoever does not see these. */
const DASHES: readonly (readonly number[])[] = [[], [8, 4], [2, 3], [12, 3, 2, 3]];

/** Six colours that stay apart for colour-blind readers, in lines that differ too: 24 operations before one comes back. */
export function operationStroke(index: number): Stroke {
  const dash = DASHES[(index + Math.floor(index / 6)) % DASHES.length] ?? [];
  return { color: `c-o${(index % 6) + 1}`, width: 2, dash };
}

/** Wide and pale behind, so that one line stays visible where another lies upon it. */
export function halo(color: string): Stroke {
  return { color: `${color}-pale`, width: 6, dash: [] };
}
