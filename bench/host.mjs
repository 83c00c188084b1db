// What the host takes away from this machine while it measures: two loops that do nothing but look at the clock. Nothing
// here makes them give way, so what either does not see for long, something outside has taken. As a command it is one of them.
//   node bench/host.mjs [seconds]
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const OWN = fileURLToPath(import.meta.url);
/** Longer than a timer's interrupt or a switch between processes takes. */
const GAP_MS = 0.3;

if (process.argv[1] === OWN) process.stdout.write(JSON.stringify(watch(Number(process.argv[2]))));

function watch(seconds) {
  const begin = performance.now();
  let [last, lostMs, longestMs] = [begin, 0, 0];
  while (last < begin + seconds * 1000) {
    const now = performance.now();
    const gap = now - last;
    if (gap > GAP_MS) {
      lostMs += gap;
      longestMs = Math.max(longestMs, gap);
    }
    last = now;
  }
  return { lostMs, longestMs };
}

/** Two busy loops side by side. @returns a sentence for a table's conditions */
export async function takenByHost(seconds = 3) {
  const loops = await Promise.all([busyLoop(seconds), busyLoop(seconds)]);
  const lost = loops.reduce((sum, one) => sum + one.lostMs, 0) / loops.length / (seconds * 1000);
  const longest = Math.max(...loops.map((one) => one.longestMs));
  return `Two busy loops lost ${(lost * 100).toFixed(1)} % of their time to others, at most ${longest.toFixed(1)} ms at once.`;
}

async function busyLoop(seconds) {
  const child = spawn(process.execPath, [OWN, String(seconds)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  for await (const chunk of child.stdout) text += chunk;
  return JSON.parse(text);
}
