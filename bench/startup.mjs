// How long the commands take above a bare Node, interleaved so that a machine that changes its speed changes all alike.
//   npm run bench [-- runs]
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const runs = Number(process.argv[2] ?? 15);
const bin = fileURLToPath(new URL("../dist/bin.js", import.meta.url));
const commands = [
  { name: "node -e 0", args: ["-e", "0"] },
  { name: "--help", args: [bin, "--help"], mostAboveMs: 110 },
  { name: "plan smoke", args: [bin, "plan", "smoke"], mostAboveMs: 200 },
  { name: "plan baseline", args: [bin, "plan", "baseline"] },
  { name: "list", args: [bin, "list"] },
];
const times = commands.map(() => []);
for (let run = -1; run < runs; run++) {
  for (const [i, { args, name }] of commands.entries()) {
    const begun = process.hrtime.bigint();
    const { status } = spawnSync(process.execPath, args, { stdio: "ignore" });
    if (status !== 0) throw new Error(`${name} exited with ${status}`);
    // The first round only warms the disk's cache.
    if (run >= 0) times[i].push(Number(process.hrtime.bigint() - begun) / 1e6);
  }
}
const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
console.log(`| command | median ms | above bare node | at most |\n| --- | ---: | ---: | ---: |`);
for (const [i, { name, mostAboveMs }] of commands.entries()) {
  // Pair by pair: the two of one round ran at the same speed.
  const above = median(times[i].map((time, run) => time - times[0][run]));
  console.log(
    `| ${name} | ${median(times[i]).toFixed(0)} | ${i === 0 ? "" : above.toFixed(0)} | ${mostAboveMs ?? ""} |`,
  );
}
