// How often a comparison calls a regression: without any change (false alarms, about 3 %), and with one of a known
// size (power), by simulation. Runs differ from one another by 8 % for no reason, as a whole and by operation; each
// figure is that of a made-up run's samples. No clock is read: the same numbers on every machine.
//   npm run bench:regression [-- comparisons]
import { rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const comparisons = Number(process.argv[2] ?? 4_000);
const SPREAD = 0.08;
const SAMPLES = 100;
const FIGURES = [50, 95];
const CHANGES = [0, 0.1, 0.2, 0.3, 0.5, 1];

const { outputFiles } = await build({
  stdin: {
    contents: `
      export { FALSE_ALARMS_MOST, judgeRegression } from "./src/measure/regression.ts";
      export { normal, seededRandom } from "./src/base/random.ts";
    `,
    resolveDir: fileURLToPath(new URL("..", import.meta.url)),
  },
  bundle: true,
  format: "esm",
  platform: "node",
  write: false,
});
const bundle = new URL(`./.regression-${process.pid}.mjs`, import.meta.url);
writeFileSync(bundle, outputFiles[0].contents);
const { FALSE_ALARMS_MOST, judgeRegression, normal, seededRandom } = await import(bundle.href);
rmSync(bundle);

/** One run's figures, by operation and percentile, slower by a factor. */
function runOf(random, operations, factor) {
  const whole = normal(random);
  return Array.from({ length: operations }, () => {
    const spread = SPREAD * (Math.SQRT1_2 * whole + Math.SQRT1_2 * normal(random));
    const times = Float64Array.from({ length: SAMPLES }, () =>
      Math.round(40_000 * factor * Math.exp(spread + 0.4 * normal(random))),
    ).sort();
    return FIGURES.map((p) => ({
      valueUs: times[Math.ceil((p / 100) * SAMPLES) - 1],
      censored: false,
      count: SAMPLES,
    }));
  });
}

function beyond(baseline, candidate, operations) {
  const falseAlarms = FALSE_ALARMS_MOST / (operations * FIGURES.length);
  return candidate.flatMap((figures, i) =>
    figures.map(
      (figure, k) =>
        judgeRegression(
          baseline.map((run) => run[i][k]),
          figure,
          falseAlarms,
        ).outcome === "beyond",
    ),
  );
}

let most = 0;
console.log(
  `| baseline runs | operations | asked for | ${CHANGES.map((change) => (change === 0 ? "no change" : `+${change * 100} %`)).join(" | ")} |`,
);
console.log(`| --: | --: | --- |${CHANGES.map(() => " --: |").join("")}`);
for (const runs of [5, 10, 20]) {
  for (const operations of [1, 3]) {
    const once = CHANGES.map(() => 0);
    const twice = CHANGES.map(() => 0);
    CHANGES.forEach((change, c) => {
      const random = seededRandom(1).fork(`${runs} ${operations} ${change}`);
      for (let i = 0; i < comparisons; i++) {
        const baseline = Array.from({ length: runs }, () => runOf(random, operations, 1));
        const first = beyond(baseline, runOf(random, operations, 1 + change), operations);
        if (!first.some(Boolean)) continue;
        once[c]++;
        const second = beyond(baseline, runOf(random, operations, 1 + change), operations);
        if (second.some((one, k) => one && first[k])) twice[c]++;
      }
    });
    most = Math.max(most, once[0] / comparisons);
    const line = (what, counts) =>
      console.log(
        `| ${runs} | ${operations} | ${what} | ${counts.map((n) => `${((100 * n) / comparisons).toFixed(1)} %`).join(" | ")} |`,
      );
    line("one run", once);
    line("--confirm", twice);
  }
}
const noise = 3 * Math.sqrt((FALSE_ALARMS_MOST * (1 - FALSE_ALARMS_MOST)) / comparisons);
const kept = most <= FALSE_ALARMS_MOST + noise;
console.log(
  `\nfalse alarms ${(100 * most).toFixed(1)} % at most, ${kept ? "as promised" : "more than promised"}`,
);
process.exit(kept ? 0 : 1);
