// From the start of the process to its first request at a recorder that runs already, above what a bare Node takes.
import { spawnSync } from "node:child_process";
import { median, monotonicUs, writeProfile } from "../witness.mjs";
import { runOurs } from "./ours.mjs";
import { figure, ms, table } from "./table.mjs";

const MOST_MS = 1200;

export async function startUp(world, { rounds }) {
  const profile = writeProfile(world, "start", { rate: 10, seconds: 1, cap: 20, inFlight: 10 });
  const above = [];
  const bare = [];
  for (let round = 0; round < rounds; round++) {
    const begunUs = monotonicUs();
    spawnSync(process.execPath, ["-e", "0"]);
    const bareMs = (monotonicUs() - begunUs) / 1000;
    const { recording, begunUs: ourUs } = await runOurs(world, profile, { tls: true, mostS: 30 });
    bare.push(bareMs);
    above.push((recording.firstUs - ourUs) / 1000 - bareMs);
  }
  const seen = median(above);
  return {
    text: table(
      ["", "ms"],
      [
        ["bare node, start to end", ms(median(bare))],
        ["klarna-perf, start to first request, above it", ms(seen)],
      ],
    ),
    figures: [
      figure(
        "process start to first request, above bare node",
        `${MOST_MS} ms`,
        `${ms(seen)} ms`,
        seen <= MOST_MS,
      ),
    ],
  };
}
