// How long requests still arrive at the recorder after an interrupt, with an open workload and with virtual users that
// never pause.
import { writeFileSync } from "node:fs";
import { median, monotonicUs, sleep } from "../witness.mjs";
import { runOurs } from "./ours.mjs";
import { figure, ms, table } from "./table.mjs";

const MOST_MS = 250;
const STOP_AFTER_MS = 1500;
const WORKLOADS = [
  {
    name: "open, 200/s",
    workload: "{ model: open, stages: [{ rate: 200/s, for: 60s }], maxInFlight: 50 }",
  },
  {
    name: "closed, 20 users",
    workload: "{ model: closed, virtualUsers: 20, thinkTime: 0ms, for: 60s }",
  },
];

/** @param options rounds */
export async function stop(world, { rounds }) {
  const rows = [];
  const figures = [];
  for (const [i, { name, workload }] of WORKLOADS.entries()) {
    const profile = world.path(`stop-${i}.yaml`);
    writeFileSync(
      profile,
      `name: stop
kind: capacity
workload: ${workload}
scenarios: [{ name: create, steps: [{ operation: payment-request.create }] }]
thresholds: [{ figure: errors, max: 0 }]
limits: { rate: 5000/s }
`,
    );
    const late = [];
    for (let round = 0; round < rounds; round++) late.push(await once(world, profile));
    const [middle, most] = [median(late), Math.max(...late)];
    rows.push([name, ms(middle), ms(most)]);
    figures.push(
      figure(
        `sending ends after an interrupt, ${name}`,
        `${MOST_MS} ms`,
        `${ms(most)} ms at most`,
        most <= MOST_MS,
      ),
    );
  }
  return {
    text: table(["workload", "last request after the interrupt, ms: median", "most"], rows),
    figures,
  };
}

async function once(world, profile) {
  let interruptedUs = 0;
  const meanwhile = async (program) => {
    await sleep(STOP_AFTER_MS);
    interruptedUs = monotonicUs();
    process.kill(program.pid, "SIGINT");
  };
  const { recording } = await runOurs(world, profile, { tls: true, meanwhile, mostS: 60 });
  const lastUs = recording.requests.at(-1).at;
  return Math.max(0, (lastUs - interruptedUs) / 1000);
}
