import type { Distribution, Report } from "../../schema.ts";
import type { Band, PageData } from "../page-data.ts";
import { bandsOf } from "./bands.ts";
import { type Chart, FATES, round } from "./chart.ts";
import { drillChart } from "./drill.ts";
import { latencyChart } from "./latency.ts";
import { requestsChart } from "./requests.ts";
import { spectrumChart } from "./spectrum.ts";
import { throughputChart } from "./throughput.ts";

/** What the page's charts show. */
export interface PageCharts {
  readonly edgesS: readonly number[];
  readonly bands: readonly Band[];
  readonly charts: readonly Chart[];
}

/** @param baselineOf the response time of an operation in the run that this one is compared with, where there is one */
export function pageCharts(
  { timeline, requests, operations, drill }: Report,
  baselineOf: (operation: string) => Distribution | undefined = () => undefined,
): PageCharts {
  const last = timeline.at(-1);
  return {
    edgesS: [
      ...timeline.map(({ atS }) => round(atS)),
      ...(last ? [round(last.atS + last.lengthS)] : []),
    ],
    bands: bandsOf(timeline),
    charts: [
      requests.length > 0 ? requestsChart(requests) : latencyChart(timeline),
      throughputChart(timeline),
      ...(drill ? [drillChart(drill)] : []),
      spectrumChart(operations, baselineOf),
    ],
  };
}

/** Without the names. */
export function pageData({ edgesS, bands, charts }: PageCharts): PageData {
  return {
    edgesS,
    bands,
    charts: charts.map(({ series, marks, fates, ...look }) => ({
      ...look,
      series: series.map(({ label, ...drawn }) => drawn),
      marks: marks.map(({ label, ...drawn }) => drawn),
      fates: fates.map((fate) => FATES.indexOf(fate)),
    })),
  };
}
