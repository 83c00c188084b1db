// The figures that this tool promises of its own pacing, truth and cost, judged by a recorder in a process of its own,
// median of several rounds, beside a bare loop and the other load generators.
//   npm run bench:pacing [-- --only lateness-50,lateness-500,stall,rate,error,stop,start,memory] [--rounds 5]
//     [--tools "klarna-perf,bare loop,wrk"] [--minutes 8] [--write] [--tiny]
// --write puts each table into results.md, in place of the one that is there. --tiny shows that all of it runs, and
// nothing else. All of it takes about half an hour; tools that are not installed are skipped. Loopback only.
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { takenByHost } from "./host.mjs";
import { conditions, keep } from "./kept.mjs";
import { measuringError } from "./pacing/error.mjs";
import { lateness } from "./pacing/lateness.mjs";
import { memory } from "./pacing/memory.mjs";
import { highestRate } from "./pacing/rate.mjs";
import { stall } from "./pacing/stall.mjs";
import { startUp } from "./pacing/start.mjs";
import { stop } from "./pacing/stop.mjs";
import { figuresTable } from "./pacing/table.mjs";
import { makeWorld } from "./witness.mjs";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    rounds: { type: "string" },
    tools: { type: "string" },
    minutes: { type: "string", default: "8" },
    write: { type: "boolean", default: false },
    tiny: { type: "boolean", default: false },
  },
});
const { tiny } = values;
const rounds = Number(values.rounds ?? (tiny ? 1 : 5));
if (!(rounds >= 1 && rounds <= 25)) throw new RangeError("give 1 to 25 rounds");
const minutes = tiny ? 0.05 : Number(values.minutes);
if (!(minutes > 0 && minutes <= 60)) throw new RangeError("give up to 60 minutes");
const tools = values.tools?.split(",") ?? (tiny ? ["klarna-perf", "bare loop"] : undefined);

const parts = {
  "lateness-50": (world) => lateness(world, { rate: 50, seconds: tiny ? 1 : 10, rounds, tools }),
  "lateness-500": (world) => lateness(world, { rate: 500, seconds: tiny ? 1 : 5, rounds, tools }),
  stall: (world) => stall(world, { seconds: tiny ? 3 : 10, rounds }),
  rate: (world) =>
    highestRate(world, {
      seconds: tiny ? 1 : 8,
      rounds,
      ...(tiny && { scale: 0.02, climbs: false }),
    }),
  error: (world) => measuringError(world, { rate: 100, seconds: tiny ? 2.5 : 10, rounds }),
  stop: (world) => stop(world, { rounds }),
  start: (world) => startUp(world, { rounds: tiny ? 1 : rounds * 3 }),
  memory: (world) => memory(world, { minutes }),
};

const names = values.only?.split(",") ?? Object.keys(parts);
const unknown = names.filter((name) => !Object.hasOwn(parts, name));
if (unknown.length > 0) throw new RangeError(`no part ${unknown}; there are ${Object.keys(parts)}`);
const load = () => loadavg()[0].toFixed(1);
for (const name of names) {
  const before = load();
  const taken = await takenByHost(tiny ? 0.2 : 3);
  const world = await makeWorld("pacing");
  try {
    const { text, figures } = await parts[name](world);
    const measured = `${conditions()}, median of ${name === "memory" ? 1 : rounds}; load average ${before} before, ${load()} after. ${taken}`;
    const whole = [measured, text, ...(figures.length > 0 ? [figuresTable(figures)] : [])].join(
      "\n\n",
    );
    console.log(`## ${name}\n\n${whole}\n`);
    if (values.write) keep(`pacing ${name}`, whole);
  } finally {
    world.close();
  }
}
