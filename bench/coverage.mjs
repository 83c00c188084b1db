// How often the 95 % interval of a percentile holds, by simulation: the share of made-up runs whose stated interval
// holds the percentile that their process has in truth, or who state none; behind it, how many state one and how many of
// these hold. No clock is read: the same numbers on every machine.
//   npm run bench:coverage [-- runs [plain]]
// `plain`: with the largest variance inflation as it is, for comparison: without what src/measure/effective-size.ts makes
// of few batches, and of what chance makes.
import { rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const runs = Number(process.argv[2] ?? 1_000);
const plain = process.argv[3] === "plain";
const PERCENTILES = [50, 90, 95, 99];
/** These percentiles of independent answers are stated by every run. */
const ALWAYS_STATED = [50, 90];
/** What is promised: at least so many state nothing wrong, by how long answers are remembered, as a share of the steady phase. */
const LEAST = { independent: 0.94, "1/100": 0.94, "1/30": 0.88 };

const { outputFiles } = await build({
  stdin: {
    contents: `
      export * from "./src/measure/coverage.support.ts";
      export { CensoredHistogram } from "./src/measure/censored.ts";
      export { varianceInflation } from "./src/measure/effective-size.ts";
      export { seededRandom } from "./src/base/random.ts";
    `,
    resolveDir: fileURLToPath(new URL("..", import.meta.url)),
  },
  bundle: true,
  format: "esm",
  platform: "node",
  external: ["hdr-histogram-js"],
  write: false,
});
const bundle = new URL(`./.coverage-${process.pid}.mjs`, import.meta.url);
writeFileSync(bundle, outputFiles[0].contents);
const {
  BIMODAL,
  batchesOf,
  CensoredHistogram,
  LOG_NORMAL,
  look,
  NORMAL,
  QUEUE,
  sampleOf,
  seededRandom,
  sharesOf,
  stalls,
  varianceInflation,
} = await import(bundle.href);
rmSync(bundle);

function plainSample(answers) {
  const times = new CensoredHistogram();
  for (const { responseUs } of answers) times.record(responseUs);
  const batches = batchesOf(answers, times);
  const cuts = batches[0].beyond
    .map((_, cut) => cut)
    .filter((cut) => cut === 0 || batches.reduce((sum, one) => sum + one.beyond[cut], 0) >= 10);
  let largest = 1;
  for (let length = 1, level = batches; level.length >= 10; length *= 2) {
    for (const cut of cuts) largest = Math.max(largest, varianceInflation(level, cut));
    level = joined(batches, 2 * length);
  }
  return { times, effective: { count: Math.floor(times.count / largest) } };
}

function joined(batches, length) {
  const first = batches[0].at;
  const longer = new Map();
  for (const { at, count, beyond } of batches) {
    const place = Math.floor((at - first) / length);
    const batch = longer.get(place) ?? { at: place, count: 0, beyond: beyond.map(() => 0) };
    batch.count += count;
    beyond.forEach((n, cut) => {
      batch.beyond[cut] += n;
    });
    longer.set(place, batch);
  }
  return [...longer.values()];
}

const shapes = [
  { steadyS: 60, perSecond: 10 },
  // Of all lengths the worst: its batches can't be doubled to a ninth of it.
  { steadyS: 70, perSecond: 50 },
  { steadyS: 600, perSecond: 20 },
];
const memories = [
  ["independent", 0],
  ["1/100", 1 / 100],
  ["1/30", 1 / 30],
];
let below = 0;
console.log(
  `| latencies | run | remembered | worth | ${PERCENTILES.map((p) => `p${p}`).join(" | ")} |`,
);
console.log(`| --- | --- | --- | --: |${PERCENTILES.map(() => " --: |").join("")}`);
for (const { steadyS, perSecond } of shapes) {
  for (const source of [NORMAL, LOG_NORMAL, BIMODAL, QUEUE]) {
    for (const [memory, share] of memories) {
      row(source, steadyS, perSecond, memory, share * steadyS * 1e6);
    }
  }
}
// Stalls are remembered for as long as they last: a few in each run, and enough of them to learn from.
row(stalls(600_000, 6_000_000), 60, 50, "1/100", 0);
row(stalls(1_000_000, 30_000_000), 600, 20, "1/100", 0);
row(stalls(2_000_000, 20_000_000), 60, 50, "1/30", 0);
row(stalls(20_000_000, 120_000_000), 600, 20, "1/30", 0);
console.log(
  below === 0 ? "\nall as promised" : `\n${below} figures below what is promised (marked)`,
);
process.exit(below === 0 || plain ? 0 : 1);

function row(source, steadyS, perSecond, memory, correlationUs) {
  const steadyUs = steadyS * 1e6;
  const coverages = PERCENTILES.map(() => ({ stated: 0, held: 0, width: 0 }));
  const truths = PERCENTILES.map((p) => source.truth(p, steadyUs, perSecond, correlationUs));
  let worth = 0;
  const random = seededRandom(1).fork(`${source.name} ${steadyS} ${perSecond} ${memory}`);
  for (let i = 0; i < runs; i++) {
    const answers = source.run(random.fork(String(i)), steadyUs, perSecond, correlationUs);
    const sample = plain ? plainSample(answers) : sampleOf(answers);
    worth += sample.effective.count / sample.times.count / runs;
    PERCENTILES.forEach((p, k) => {
      look(coverages[k], sample, p, truths[k]);
    });
  }
  const least = LEAST[memory];
  const cells = coverages.map((coverage, k) => {
    const { stated, notWrong, held } = sharesOf(coverage, runs);
    const isAlwaysStated = memory === "independent" && ALWAYS_STATED.includes(PERCENTILES[k]);
    const tooSeldom = isAlwaysStated && stated < 1;
    if (tooSeldom) below++;
    if (held === null) return tooSeldom ? "**–**" : "–";
    // Three standard errors of the simulation itself.
    const missed = 1 - notWrong > 1 - least + 3 * Math.sqrt((least * (1 - least)) / runs);
    if (missed) below++;
    const text = `${(100 * notWrong).toFixed(1)} %`;
    const often =
      stated < 1
        ? `, ${Math.round(100 * stated)} % state it, ${(100 * held).toFixed(1)} % of these hold`
        : "";
    return (missed ? `**${text}**` : text) + (tooSeldom ? `**${often}**` : often);
  });
  console.log(
    `| ${source.name} | ${steadyS} s at ${perSecond}/s | ${memory} | ${(100 * worth).toFixed(1)} % | ${cells.join(" | ")} |`,
  );
}
