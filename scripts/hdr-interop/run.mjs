// Other implementations of HdrHistogram read our interval log: those that are installed, and says which are not.
//   node scripts/hdr-interop/run.mjs
//   Python: pip install hdrhistogram
//   Java:   HDRHISTOGRAM_JAR=HdrHistogram-2.2.2.jar (Maven: org.hdrhistogram:HdrHistogram)
// Exit 1 where one reads another count, median, p99 or maximum than was recorded, or reads nothing at all; 2 where none
// is installed.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const { outputFiles } = await build({
  stdin: {
    contents: `
      export { CensoredHistogram } from "./src/measure/censored.ts";
      export { formatLogEntry, logHeader } from "./src/measure/interval-log.ts";
      export { exponential, seededRandom } from "./src/base/random.ts";
    `,
    resolveDir: fileURLToPath(new URL("../..", import.meta.url)),
  },
  bundle: true,
  format: "esm",
  platform: "node",
  external: ["hdr-histogram-js"],
  write: false,
});
const bundle = new URL(`./.bundle-${process.pid}.mjs`, import.meta.url);
writeFileSync(bundle, outputFiles[0].contents);
const { CensoredHistogram, exponential, formatLogEntry, logHeader, seededRandom } = await import(
  bundle.href
);
rmSync(bundle);

const folder = mkdtempSync(join(tmpdir(), "klarna-perf-interop-"));
const log = join(folder, "intervals.hlog");
const expected = writeLog(log);
const readers = [
  {
    name: "Python hdrhistogram",
    here: () => spawnSync("python3", ["-c", "import hdrh"]).status === 0,
    read: () => spawnSync("python3", [join(here, "read.py"), log], { encoding: "utf8" }),
  },
  {
    name: "Java org.hdrhistogram:HdrHistogram",
    here: () => process.env.HDRHISTOGRAM_JAR && spawnSync("java", ["-version"]).status === 0,
    read: () =>
      spawnSync("java", ["-cp", process.env.HDRHISTOGRAM_JAR, join(here, "Read.java"), log], {
        encoding: "utf8",
      }),
  },
];

let read = 0;
let wrong = 0;
for (const reader of readers) {
  if (!reader.here()) {
    console.log(`${reader.name}: not installed, not tried`);
    continue;
  }
  read++;
  const { stdout, stderr, status } = reader.read();
  const lines = stdout
    .trim()
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const same = status === 0 && JSON.stringify(lines) === JSON.stringify(expected);
  if (!same) {
    wrong++;
    console.log(`${reader.name}: differs\n${stderr}`, { expected, read: lines });
  } else {
    const samples = lines.reduce((sum, { count }) => sum + count, 0);
    console.log(`${reader.name}: the same ${samples} samples in ${lines.length} tags`);
  }
}
rmSync(folder, { recursive: true });
process.exit(wrong > 0 ? 1 : read === 0 ? 2 : 0);

/** A log of two tags and of 30 intervals, one of them with values from 0 to the largest. @returns what is in it */
function writeLog(path) {
  const random = seededRandom(3);
  const tags = ["payment-request.create:response", "payment-request.create:response:censored"];
  const all = tags.map(() => new CensoredHistogram());
  let text = logHeader(Date.UTC(2026, 8, 1, 12, 0, 0, 250));
  for (let second = 0; second < 30; second++) {
    tags.forEach((tag, i) => {
      const interval = new CensoredHistogram();
      const samples = second === 7 ? [0, 1, 2047, 2048, 2 ** 37 - 1] : [];
      for (let k = 0; k < 200; k++) samples.push(Math.round(exponential(random) * 40_000));
      for (const us of samples) {
        interval.record(us);
        all[i].record(us);
      }
      text += formatLogEntry({
        tag,
        startUs: second * 1e6,
        lengthUs: 1e6,
        maxUs: interval.maxUs,
        histogram: interval.encodeKnown(),
      });
    });
  }
  writeFileSync(path, text);
  return tags.map((tag, i) => {
    const top = (p) => all[i].percentile(p).valueUs;
    return { tag, count: all[i].count, p50: top(50), p99: top(99), p100: top(100) };
  });
}
