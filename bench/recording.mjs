// What the recorder costs between two requests, with and without what an answer's time went on, side by side.
//   npm run bench:recording [-- requests]
import { build } from "esbuild";

const requests = Number(process.argv[2] ?? 100_000);
const PER_SECOND = 1_000;
const OPERATIONS = 8;
const ROUNDS = 7;

const { outputFiles } = await build({
  stdin: {
    contents: 'export { Recorder } from "./src/measure/recorder.ts";',
    resolveDir: new URL("..", import.meta.url).pathname,
  },
  bundle: true,
  format: "esm",
  platform: "node",
  external: ["hdr-histogram-js"],
  write: false,
});
const { writeFileSync, rmSync } = await import("node:fs");
const bundle = new URL(`./.recording-${process.pid}.mjs`, import.meta.url);
writeFileSync(bundle, outputFiles[0].contents);
const { Recorder } = await import(bundle.href);
rmSync(bundle);

/** A seeded sequence, so that both ways record the same times. */
function* random(seed) {
  for (let state = seed; ; ) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    yield state / 2_147_483_648;
  }
}

function run(withPhases) {
  let bytes = 0;
  const sink = { append: (_, text) => (bytes += text.length), retry() {} };
  const recorder = new Recorder(sink, 0);
  const draw = random(7);
  let busyNs = 0n;
  for (let i = 0; i < requests; i++) {
    const due = Math.floor((i * 1e6) / PER_SECOND);
    const wait = Math.floor(2_000 + 30_000 * draw.next().value ** 4);
    const body = Math.floor(50 + 400 * draw.next().value);
    const first = i < 64;
    const request = {
      request: i,
      journey: i,
      scenario: "checkout",
      operation: `operation-${i % OPERATIONS}`,
      category: "capture",
      phase: "steady",
      due,
    };
    const waits = { inFlight: 0, cap: 20, runnerLag: 30 };
    const sent = { ...request, start: due + 50, waits };
    const outcome = {
      ...sent,
      kind: "answered",
      end: due + 50 + wait + body,
      status: 200,
      expected: true,
      ...(withPhases && {
        phases: {
          waitUs: wait,
          bodyUs: body,
          connection: first ? "new" : "reused",
          ...(first && { connectUs: 900, tlsUs: 3_000 }),
        },
      }),
    };
    const begun = process.hrtime.bigint();
    recorder.due(request);
    recorder.started(sent);
    recorder.outcome(outcome);
    recorder.flushOne();
    busyNs += process.hrtime.bigint() - begun;
  }
  const begun = process.hrtime.bigint();
  recorder.close();
  busyNs += process.hrtime.bigint() - begun;
  recorder.checkAccounting();
  const { arrayBuffers } = process.memoryUsage();
  return { usEach: Number(busyNs) / 1e3 / requests, bytes, arrayBuffers };
}

const rounds = { without: [], with: [] };
for (let round = -1; round < ROUNDS; round++) {
  for (const [name, withPhases] of [
    ["without", false],
    ["with", true],
  ]) {
    globalThis.gc?.();
    const result = run(withPhases);
    // The first round only warms up.
    if (round >= 0) rounds[name].push(result);
  }
}
const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
const above = median(rounds.with.map(({ usEach }, i) => usEach - rounds.without[i].usEach));
console.log(
  `${requests} requests of ${OPERATIONS} operations, ${PER_SECOND}/s in the run's own time\n`,
);
console.log("| recorder | µs a request, all in all | record, MB | buffers, MB |");
console.log("| --- | ---: | ---: | ---: |");
for (const [name, list] of Object.entries(rounds)) {
  const [{ bytes, arrayBuffers }] = list;
  console.log(
    `| ${name} phases | ${median(list.map(({ usEach }) => usEach)).toFixed(2)} | ${(bytes / 1e6).toFixed(1)} | ${(arrayBuffers / 1e6).toFixed(0)} |`,
  );
}
console.log(`\nphases add ${above.toFixed(2)} µs, the median of ${ROUNDS} pairs`);
