import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exponential, seededRandom } from "../src/base/random.ts";
import { CensoredHistogram } from "../src/measure/censored.ts";
import { formatLogEntry, logHeader } from "../src/measure/interval-log.ts";
import { needed } from "./support/needed.ts";

/** Other implementations of HdrHistogram read our interval log: those that this machine has. */

const scripts = fileURLToPath(new URL("../scripts/hdr-interop/", import.meta.url));
const TAGS = ["payment-request.create:response", "payment-request.create:response:censored"];

/** `HDRHISTOGRAM_JAR`, or where Maven keeps it. */
const jar =
  process.env.HDRHISTOGRAM_JAR ??
  join(homedir(), ".m2/repository/org/hdrhistogram/HdrHistogram/2.2.2/HdrHistogram-2.2.2.jar");
const python = process.env.HDRHISTOGRAM_PYTHON ?? "python3";

interface Reader {
  readonly name: string;
  readonly install: string;
  readonly here: boolean;
  readonly command: (log: string) => readonly [string, readonly string[]];
}

const readers: readonly Reader[] = [
  {
    name: "Python hdrhistogram",
    install: "pip install hdrhistogram; HDRHISTOGRAM_PYTHON names another python3",
    here: spawnSync(python, ["-c", "import hdrh"]).status === 0 || needed("hdrhistogram"),
    command: (log) => [python, [join(scripts, "read.py"), log]],
  },
  {
    name: "Java org.hdrhistogram:HdrHistogram",
    install: "HDRHISTOGRAM_JAR=HdrHistogram-2.2.2.jar, and Java 11 or newer",
    here: existsSync(jar) && spawnSync("java", ["-version"]).status === 0,
    command: (log) => ["java", ["-cp", jar, join(scripts, "Read.java"), log]],
  },
];

describe("our interval log in other implementations of HdrHistogram", () => {
  let folder: string;
  let expected: readonly object[];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "klarna-perf-interop-"));
    expected = writeLog(join(folder, "intervals.hlog"));
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  for (const { name, install, here, command } of readers) {
    test.skipIf(!here)(
      here ? name : `${name} (SKIPPED: not installed; ${install})`,
      { timeout: 60_000 },
      () => {
        const [file, args] = command(join(folder, "intervals.hlog"));
        const { stdout, stderr, status } = spawnSync(file, args, { encoding: "utf8" });
        expect([status, stderr]).toEqual([0, ""]);
        const read = stdout.trim().split("\n");
        expect(read.map((line) => JSON.parse(line))).toEqual(expected);
      },
    );
  }
});

/** Of two tags and 30 intervals, one of them with values from 0 to the largest. @returns what is in it, as the readers print it */
function writeLog(path: string): object[] {
  const random = seededRandom(3);
  const all = TAGS.map(() => new CensoredHistogram());
  let text = logHeader(Date.UTC(2026, 8, 1, 12, 0, 0, 250));
  for (let second = 0; second < 30; second++) {
    for (const [i, tag] of TAGS.entries()) {
      const interval = new CensoredHistogram();
      for (let k = 0; k < 200; k++) interval.record(Math.round(exponential(random) * 40_000));
      if (second === 7) for (const us of [0, 1, 2047, 2048, 2 ** 37 - 1]) interval.record(us);
      all[i]?.merge(interval);
      text += formatLogEntry({
        tag,
        startUs: second * 1e6,
        lengthUs: 1e6,
        maxUs: interval.maxUs ?? 0,
        histogram: interval.encodeKnown(),
      });
    }
  }
  writeFileSync(path, text);
  return all.map((times, i) => {
    const top = (p: number): number | null => times.percentile(p).valueUs;
    return { tag: TAGS[i], count: times.count, p50: top(50), p99: top(99), p100: top(100) };
  });
}
