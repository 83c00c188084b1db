// The emulator's own speed: requests a second of creating a payment request over keep-alive plain HTTP, one after the
// other on each connection, and what it adds to the latency at a steady 2 000 a second.
//   node bench/emulator.mjs [seconds] [rounds] [rate]
// wrk, h2load, hey and autocannon are looked for in node_modules/.bin, then on the PATH; what is not there is skipped.
// What it adds is stated twice. Inside, by its own clock: from a request's last byte to its answer in the system's hands.
// Outside, by the client's: what its quantiles are above those of a bare server of Node's, which answers as many bytes and does nothing else, turn
// about. Medians of the rounds. Loopback only; prints Markdown.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startBare, startEmulator } from "./emulator/servers.mjs";
import { makeTools, sampleAnswer } from "./emulator/tools.mjs";

const [seconds = 5, rounds = 5, rate = 2000] = process.argv.slice(2).map(Number);
if (!(seconds >= 1 && seconds <= 60)) throw new RangeError("give 1 to 60 seconds");
if (!(rounds >= 1 && rounds <= 20)) throw new RangeError("give 1 to 20 rounds");
const AT_LEAST_PER_SECOND = 10_000;
const P99_AT_MOST_MS = 2;

const folder = mkdtempSync(join(tmpdir(), "klarna-perf-bench-"));
const bin = fileURLToPath(new URL("../node_modules/.bin", import.meta.url));
const world = {
  folder,
  env: { PATH: [bin, process.env.PATH].join(delimiter), HOME: folder },
};
const { throughput, steady } = makeTools(world, { seconds, rate });
const emulator = await startEmulator(world);
const bare = await startBare(world, (await sampleAnswer(emulator.url)).length);
try {
  await printThroughput();
  await printAdded();
} finally {
  await emulator.end();
  await bare.end();
  rmSync(folder, { recursive: true, force: true });
}

async function printThroughput() {
  // The second figure holds on a busy machine as well: what the server would do with a processor to itself.
  console.log(
    "| requests a second | for a second of its processor time | by | failed | at least |",
  );
  console.log("| ---: | ---: | --- | ---: | ---: |");
  for (const { name, isThere, measure } of throughput) {
    if (!isThere) {
      console.log(`| skipped | | ${name} is not installed | | |`);
      continue;
    }
    const before = await emulator.processorS();
    const { perSecond, failed } = await measure(emulator.url);
    const alone = (perSecond * seconds) / ((await emulator.processorS()) - before);
    console.log(
      `| ${Math.round(perSecond)} | ${Math.round(alone)} | ${name} | ${failed} | ${AT_LEAST_PER_SECOND} |`,
    );
  }
}

async function printAdded() {
  const columns = [
    `at ${rate}/s, ms, by`,
    ...["inside: p50", "p99", "a bare server's p50", "its p99"],
    ...["outside: p50", "p99", "a bare server's p50", "its p99", "added: p50", "p99"],
    ...["p99 of each round", "p99 at most"],
  ];
  console.log(`\n| ${columns.join(" | ")} |`);
  console.log(`| --- |${" ---: |".repeat(columns.length - 1)}`);
  for (const { name, isThere, measure } of steady) {
    if (!isThere) {
      console.log(`| ${name} is not installed |${" |".repeat(columns.length - 1)}`);
      continue;
    }
    const seen = [];
    for (let round = 0; round < rounds; round++) seen.push(await turnAbout(measure, round));
    const middle = (of) => median(seen.map(of));
    const figures = [
      ...[(one) => one.ours.inside.p50, (one) => one.ours.inside.p99],
      ...[(one) => one.floor.inside.p50, (one) => one.floor.inside.p99],
      ...[(one) => one.ours.outside.p50, (one) => one.ours.outside.p99],
      ...[(one) => one.floor.outside.p50, (one) => one.floor.outside.p99],
      ...[(one) => added(one, "p50"), (one) => added(one, "p99")],
    ].map((of) => middle(of).toFixed(2));
    const each = seen.map((one) => added(one, "p99").toFixed(2)).join(", ");
    console.log(`| ${[name, ...figures, each, P99_AT_MOST_MS].join(" | ")} |`);
  }
}

/** Both servers, the one that is first in turn. */
async function turnAbout(measure, round) {
  const seen = {};
  const both = [
    ["floor", bare],
    ["ours", emulator],
  ];
  for (const [key, server] of round % 2 === 0 ? both : both.reverse()) {
    await server.inside();
    const outside = await measure(server.url);
    seen[key] = { outside, inside: await server.inside() };
  }
  return seen;
}

function added({ ours, floor }, quantile) {
  return ours.outside[quantile] - floor.outside[quantile];
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
