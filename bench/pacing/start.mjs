// From the start of the process to its first request at a recorder that runs already, above what a bare Node takes.
import { spawnSync } from "node:child_process";
import { median, monotonicUs, writeProfile } from "../witness.mjs";
import { runOurs } from "./ours.mjs";
import { figure, ms, table } from "./table.mjs";

const WAYS = [
  { name: "without the warm-up", args: ["--no-warm-up"], mostMs: 300 },
  { name: "with it", args: [], mostMs: 1200 },
];

export async function startUp(world, { rounds }) {
  const profile = writeProfile(world, "start", { rate: 10, seconds: 1, cap: 20, inFlight: 10 });
  const above = WAYS.map(() => []);
  const bare = [];
  for (let round = 0; round < rounds; round++) {
    const begunUs = monotonicUs();
    spawnSync(process.execPath, ["-e", "0"]);
    const bareMs = (monotonicUs() - begunUs) / 1000;
    bare.push(bareMs);
    for (const [i, { args }] of WAYS.entries()) {
      const ran = await runOurs(world, profile, { args, tls: true, mostS: 30 });
      above[i].push((ran.recording.firstUs - ran.begunUs) / 1000 - bareMs);
    }
  }
  const seen = above.map(median);
  return {
    text: table(
      ["", "ms"],
      [
        ["bare node, start to end", ms(median(bare))],
        ...WAYS.map(({ name }, i) => [
          `klarna-perf, start to first request, above it, ${name}`,
          ms(seen[i]),
        ]),
      ],
    ),
    figures: WAYS.map(({ name, mostMs }, i) =>
      figure(
        `process start to first request, above bare node, ${name}`,
        `${mostMs} ms`,
        `${ms(seen[i])} ms`,
        seen[i] <= mostMs,
      ),
    ),
  };
}
