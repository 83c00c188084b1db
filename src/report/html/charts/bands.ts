import type { TimelineRow } from "../../schema.ts";
import type { Band } from "../page-data.ts";
import { round } from "./chart.ts";

/** The phases that are not steady, then the runner's gaps; what follows without a break is one band. */
export function bandsOf(timeline: readonly TimelineRow[]): Band[] {
  const phases = timeline.filter(({ phase }) => phase !== "steady");
  const gaps = timeline.filter(({ gap }) => gap);
  return [
    ...joined(phases.map((row) => bandOf(row, row.phase, "phase"))),
    ...joined(gaps.map((row) => bandOf(row, "runner gap", "gap"))),
  ];
}

function bandOf({ atS, lengthS }: TimelineRow, label: string, kind: Band["kind"]): Band {
  return { fromS: round(atS), toS: round(atS + lengthS), label, kind };
}

function joined(bands: readonly Band[]): Band[] {
  const apart: Band[] = [];
  for (const band of bands) {
    const last = apart.at(-1);
    if (last?.label === band.label && last.toS === band.fromS) {
      apart[apart.length - 1] = { ...last, toS: band.toS };
    } else apart.push(band);
  }
  return apart;
}
