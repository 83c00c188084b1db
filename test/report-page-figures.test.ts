import { expect, test } from "vitest";
import type { Report } from "../src/report/schema.ts";
import { longReport } from "./support/long-report.ts";
import { type Expected, expectedTables, intervalOf, others } from "./support/page-expected.ts";
import { describeInChromium } from "./support/page-fixtures.ts";
import { spectrumAt } from "./support/page-spectrum.ts";
import { type SeenCell, shows, tablesOf, valueShown } from "./support/page-tables.ts";
import {
  comparedReport,
  hostileReport,
  passedReport,
  stressedReport,
} from "./support/report-fixture.ts";

const reports = {
  compared: comparedReport(),
  passed: passedReport(),
  stressed: stressedReport(),
  hostile: hostileReport(),
  long: longReport(),
};
type Name = keyof typeof reports;
const NAMES: readonly Name[] = ["compared", "passed", "stressed", "hostile", "long"];

/** Every figure of the page, read back from it and held against report.json, without the code that made it. */
describeInChromium(
  "the figures of report.html",
  (pages) => pages.addReports(reports),
  (open) => {
    test.each(NAMES)("%s: every cell of every table is a figure of the report", async (name) => {
      const { page } = await open(name);
      const seen = await tablesOf(page);
      const expected = expectedTables(reports[name]);
      const wrong: string[] = [];
      for (const { caption, rows } of expected) {
        const table = seen.find((one) => one.caption.startsWith(caption));
        if (!table || table.rows.length !== rows.length) {
          wrong.push(
            `${caption}: ${rows.length} rows expected, ${table?.rows.length ?? "no table"}`,
          );
          continue;
        }
        rows.forEach((row, i) => {
          row.forEach((cell, k) => {
            const text = table.rows[i]?.[k]?.text ?? "no cell";
            if (!says(text, cell))
              wrong.push(
                `${caption}, row ${i + 1}, ${table.heads[k]}: \`${text}\`, not ${JSON.stringify(cell)}`,
              );
          });
        });
      }
      expect(wrong).toEqual([]);
      const known = [
        ...expected.map(({ caption }) => caption),
        "Thresholds",
        "Response time by percentile",
      ];
      expect(
        seen
          .map(({ caption }) => caption)
          .filter((one) => !known.some((start) => one.startsWith(start))),
      ).toEqual([]);
      await page.context().close();
    });

    test.each(NAMES)("%s: below each percentile stands its interval", async (name) => {
      const { page } = await open(name);
      const seen = await tablesOf(page);
      const table = seen.find(({ caption }) => caption.startsWith("Latency by operation"));
      const distributions = reports[name].operations.flatMap((one) => [
        one.responseTime,
        one.serviceTime,
        ...others(one).map(([, times]) => times),
      ]);
      const bounds = distributions.map(({ percentiles }) => percentiles.map(intervalOf));
      const shown = (cell: SeenCell): readonly string[] =>
        cell.small.flatMap((text) => text.replace(/^from /, "").split(" to "));
      table?.rows.forEach((row, i) => {
        row.slice(3, -1).forEach((cell, k) => {
          const [low, high] = shown(cell);
          const unit = /[a-zµ]+$/.exec(high ?? low ?? "")?.[0];
          const texts = [low, high].filter((one) => one !== undefined);
          const withUnit = texts.map((one) => (/[a-zµ]$/.test(one) ? one : `${one} ${unit}`));
          const values = bounds[i]?.[k] ?? [];
          expect(withUnit.map((one, n) => shows(one, values[n] ?? Number.NaN))).toEqual(
            values.map(() => true),
          );
        });
      });
      expect(bounds.flat(2).length > 0).toBe(name !== "passed");
      await page.context().close();
    });

    test.each(NAMES)("%s: every threshold shows its outcome, figures and reason", async (name) => {
      const { page } = await open(name);
      const seen = await tablesOf(page);
      const table = seen.find(({ caption }) => caption.startsWith("Thresholds"));
      const { thresholds } = reports[name];
      expect(table?.rows).toHaveLength(thresholds.length);
      thresholds.forEach((threshold, i) => {
        const [outcome, text, observed, , reason] = (table?.rows[i] ?? []).map((cell) => cell.text);
        expect(outcome).toBe(threshold.outcome.replace("-", " "));
        expect(says(text ?? "", threshold.text)).toBe(true);
        expect(says(reason ?? "", threshold.reason)).toBe(true);
        if (threshold.observed === null) expect(observed).toBe("–");
        else expect(shows(observed ?? "", threshold.observed)).toBe(true);
        expect(observed?.startsWith("> ")).toBe(threshold.observedCensored);
      });
      await page.context().close();
    });

    test.each(NAMES)("%s: the spectrum is counted out from the histograms", async (name) => {
      const { page } = await open(name);
      const table = (await tablesOf(page)).find(({ caption }) =>
        caption.startsWith("Response time by percentile"),
      );
      const { operations } = reports[name];
      expect(table?.rows).toHaveLength(operations.length);
      operations.forEach(({ responseTime }, i) => {
        table?.heads.slice(1, -1).forEach((head, k) => {
          const p = Number(head.slice(1));
          const text = table.rows[i]?.[k + 1]?.text ?? "no cell";
          const stated = responseTime.percentiles.find((one) => one.p === p);
          const expected = stated
            ? stated.censored && stated.valueUs !== null
              ? { beyond: stated.valueUs }
              : stated.valueUs
            : spectrumAt(responseTime, p);
          expect(says(text, expected) || `${head}: ${text}, not ${JSON.stringify(expected)}`).toBe(
            true,
          );
        });
      });
      const [xs, drawn]: [number[], { values: (number | null)[] }[]] = await page.evaluate(
        "(({ xs, series }) => [xs, series])(JSON.parse(document.getElementById('chart-data').textContent).charts.find(({ id }) => id === 'spectrum'))",
      );
      const lines = operations.flatMap(({ name: operation, responseTime }) => {
        const baselines = reports[name].comparison?.operations ?? [];
        const baseline = baselines.find((one) => one.name === operation)?.baseline;
        return [responseTime, ...(baseline ? [baseline] : [])];
      });
      expect(drawn).toHaveLength(lines.length);
      lines.forEach((distribution, i) => {
        const known = xs.map((nines) =>
          spectrumAt(distribution, Math.round((1 - 10 ** -nines) * 1e8) / 1e6),
        );
        // A line goes on to the largest sample and no further: there its last place may be the first beyond.
        const ends = known.findLastIndex((us) => us !== null);
        expect(drawn[i]?.values.slice(0, ends + 1)).toEqual(known.slice(0, ends + 1));
        expect(drawn[i]?.values.slice(ends + 2).filter((us) => us !== null)).toEqual([]);
      });
      await page.context().close();
    });

    test.each(NAMES)("%s: the charts draw the report's timeline and nothing else", async (name) => {
      const { page } = await open(name);
      const data: {
        edgesS: number[];
        charts: { id: string; draw: string; series: { values: (number | null)[] }[] }[];
      } = await page.evaluate("JSON.parse(document.getElementById('chart-data').textContent)");
      const { timeline, requests }: Report = reports[name];
      expect(data.edgesS.slice(0, -1)).toEqual(timeline.map(({ atS }) => atS));
      const values = (id: string): (number | null)[][] =>
        (data.charts.find((one) => one.id === id)?.series ?? []).map((one) => one.values);
      const rate = (count: number, lengthS: number): number =>
        Math.round((1000 * count) / lengthS) / 1000;
      expect(values("throughput")).toEqual([
        timeline.map((row) => rate(row.planned, row.lengthS)),
        timeline.map((row) => rate(row.started, row.lengthS)),
        timeline.map((row) => rate(row.answered, row.lengthS)),
      ]);
      if (name === "passed") {
        const drawn = values("latency").flatMap((one) => one.filter((value) => value !== null));
        expect(drawn.sort()).toEqual(requests.map(({ responseTimeUs }) => responseTimeUs).sort());
      } else {
        expect(values("latency")).toEqual([
          timeline.map((row) => row.responseP50Us),
          timeline.map((row) => row.responseP95Us),
          timeline.map((row) => row.responseP99Us),
          timeline.map((row) => row.responseMaxUs),
          timeline.map((row) => row.serviceP50Us),
          timeline.map((row) => row.serviceP99Us),
        ]);
      }
      await page.context().close();
    });
  },
);

test("a wrong figure would be seen", () => {
  expect(shows("412 ms", 412_345)).toBe(true);
  expect(shows("412 ms", 415_000)).toBe(false);
  expect(shows("12\u00a0345", 12_345)).toBe(true);
  expect(valueShown("> 1.07 s")).toBe(1_070_000);
  expect(valueShown("none")).toBeNaN();
  expect(says("abcdefgh", "abcdefghi")).toBe(false);
  expect(says("abcdefgh‹U+000A›x", "abcdefgh\nx")).toBe(true);
});

function says(text: string, expected: Expected): boolean {
  if (expected === null) return text === "–";
  if (expected === "") return true;
  if (typeof expected === "string") {
    const plain = expected.replace(/\s+/g, " ").trim();
    if (text === plain || text.replaceAll(" ", "") === plain) return true;
    // What is foreign is shortened, and its hidden characters are written out: up to the first, it is as it was.
    const [start = ""] = /^[!-~ ]{8,120}/.exec(expected) ?? [];
    return start !== "" && start !== expected && text.startsWith(start.trim());
  }
  if (typeof expected === "number") return !/^[>≥]/.test(text) && shows(text, expected);
  if ("difference" in expected) {
    const [, sign, size = ""] = /^([+-]?)(.*?)(?: \(|$)/.exec(text) ?? [];
    return (sign === "-") === expected.difference < 0 && shows(size, Math.abs(expected.difference));
  }
  if ("atS" in expected) return Math.abs(valueShown(text) / 1e6 - expected.atS) <= 0.0501;
  return /^[>≥] /.test(text) && shows(text, expected.beyond);
}
