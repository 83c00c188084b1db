import { visible } from "../../../guard/foreign-text.ts";
import type { Distribution, Report } from "../../schema.ts";
import { percentileAtNines, type Spectrum, spectrumOf } from "../spectrum.ts";
import { type Chart, PLAIN, round, type Series, scaleOf } from "./chart.ts";
import { halo, operationStroke } from "./strokes.ts";

/** Values between 90 and 99 %, and as many for each further nine. */
const STEPS_A_NINE = 40;

/** @param baselineOf the response time of an operation in the run that this one is compared with, where there is one */
export function spectrumChart(
  operations: Report["operations"],
  baselineOf: (operation: string) => Distribution | undefined,
): Chart {
  const own = operations.map(({ responseTime }) => spectrumOf(responseTime));
  const baselines = operations.map(({ name }) => {
    const baseline = baselineOf(name);
    return baseline && spectrumOf(baseline);
  });
  const most = Math.max(0, ...[...own, ...baselines].map((one) => one?.nines ?? 0));
  const xs = Array.from({ length: Math.ceil(most * STEPS_A_NINE) + 1 }, (_, i) =>
    round(i / STEPS_A_NINE),
  );
  const series = operations.flatMap(({ name }, i): Series[] => {
    const stroke = operationStroke(i);
    const label = visible(name);
    const baseline = baselines[i];
    return [
      { label, ...line(own[i], xs), stroke },
      ...(baseline
        ? [{ label: `${label}, baseline`, ...line(baseline, xs), stroke: halo(stroke.color) }]
        : []),
    ];
  });
  return {
    ...PLAIN,
    id: "spectrum",
    unit: "us",
    scale: scaleOf(series),
    draw: "spectrum",
    xs: xs.length > 1 ? xs : [],
    series,
  };
}

/** Up to the largest sample, or to the first percentile that falls among censored ones: what comes after it is not known. */
function line(
  spectrum: Spectrum | undefined,
  xs: readonly number[],
): Pick<Series, "values" | "open"> {
  const values: (number | null)[] = [];
  let open = false;
  for (const x of xs) {
    const within = spectrum && !open && x < spectrum.nines + 1 / STEPS_A_NINE;
    const value = within ? spectrum.valueUs(percentileAtNines(x)) : null;
    if (within && value === null) open = true;
    values.push(value);
  }
  return { values, open };
}
