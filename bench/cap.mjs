// The cap and the truth, beside other load generators: each is asked for the same rate, and an independent recorder
// counts what arrives while answers are held for 2 s, while the generator itself is frozen for 2 s, and while every
// connection is reset for 2 s.
//   npm run bench:cap [-- seconds [connections]] [--tools klarna-perf,wrk] [--insults held,frozen,reset]
// autocannon and loadtest are looked for in node_modules/.bin, then all on the PATH; what is not there is skipped.
// Loopback only. Prints Markdown; takes about 13 s for each tool and insult.
import { parseArgs } from "node:util";
import { isInstalled, peersAsked } from "./peers.mjs";
import {
  analyticWaits,
  at,
  BIN,
  capBound,
  figuresAt,
  figuresOf,
  makeWorld,
  mostIn,
  readReport,
  servedMs,
  sleep,
  startProgram,
  startRecorder,
  writeProfile,
} from "./witness.mjs";

const { values, positionals } = parseArgs({
  options: { tools: { type: "string" }, insults: { type: "string" } },
  allowPositionals: true,
});
const isAsked = (list, name) => list === undefined || list.split(",").includes(name);

const RATE = 50;
/** What klarna-perf may repay a backlog with, and what every tool is held against. */
const CAP = 62;
/** Each peer's; klarna-perf and loadtest open as many as the rate needs. */
const CONNECTIONS = Number(positionals[1] ?? 10);
const LATENCY_MS = 4;
const INSULT_S = 2;
const seconds = Number(positionals[0] ?? 10);
if (!(seconds >= 3 && seconds <= 60)) throw new RangeError("give 3 to 60 seconds");
if (!(CONNECTIONS >= 1 && CONNECTIONS <= 200)) throw new RangeError("give 1 to 200 connections");
const insultFromS = (seconds - INSULT_S) / 2;
const IN_FLIGHT = RATE * INSULT_S + 20;

const world = await makeWorld("cap");
const profile = writeProfile(world, "bench", {
  rate: RATE,
  seconds,
  cap: CAP,
  inFlight: IN_FLIGHT,
});
const asked = { rate: RATE, seconds, connections: CONNECTIONS, inFlight: IN_FLIGHT };
const tools = [
  {
    name: "klarna-perf",
    tls: true,
    command: [process.execPath, BIN, "run", profile, "--quiet", "--out", "OUT", "--emulator-url"],
    address: "argument",
    read: (_, out) => figuresOf(readReport(out).operations[0].responseTime),
  },
  ...peersAsked(world, asked).filter(({ name }) => name !== "bare loop"),
].filter(({ name }) => isAsked(values.tools, name));

const during = { fromS: insultFromS, toS: insultFromS + INSULT_S };
/** What the recorder does of each; the generator is frozen from outside. */
const INSULTS = {
  held: { name: `answers held ${INSULT_S} s`, recorder: [{ kind: "hold", ...during }] },
  frozen: { name: `generator frozen ${INSULT_S} s`, recorder: [] },
  reset: {
    name: `connections reset for ${INSULT_S} s`,
    recorder: [
      { kind: "reset", fromS: insultFromS },
      { kind: "shut", ...during },
    ],
  },
};

async function measure(tool, insult) {
  const recorder = await startRecorder(world, {
    tls: tool.tls === true,
    registered: tool.tls === true,
    latencyMs: LATENCY_MS,
    insults: INSULTS[insult].recorder,
  });
  const out = world.path(`${tool.name}-${insult}`);
  const command = tool.command.map((arg) => (arg === "OUT" ? out : arg));
  if (tool.address === "argument") command.push(recorder.url);
  const env = { URL: recorder.url };
  const program = startProgram(world, command, { mostS: seconds + 30, env });
  if (insult === "frozen") {
    await Promise.race([recorder.first, program.ended]);
    await sleep(insultFromS * 1000);
    program.signal("SIGSTOP");
    await sleep(INSULT_S * 1000);
    program.signal("SIGCONT");
  }
  const { text } = await program.ended;
  const recording = await recorder.end();
  let reported = {};
  try {
    reported = tool.read(text, out);
  } catch {
    process.stderr.write(`${tool.name}: its figures can't be read:\n${text.slice(0, 1000)}\n`);
  }
  return { recording, reported, truth: truthOf(recording, insult) };
}

/** A generator's own freeze makes nobody wait. */
function truthOf(recording, insult) {
  const usualMs = at(servedMs(recording), 50);
  const held = insult === "held" ? during : undefined;
  return figuresAt(analyticWaits({ rate: RATE, seconds, held, usualMs }));
}

const bound = (windowS) => capBound(CAP, windowS);
const judged = (n, most) => (n > most ? `**${n}**` : String(n));
/** Median and p90. Under resets there is no truth to hold them against: what fails has no latency. */
const pair = ({ p50, p90 }) => `${ms(p50)} / ${ms(p90)}`;
const ms = (value) => (value === undefined ? "?" : value.toFixed(value < 10 ? 1 : 0));

try {
  const skipped = tools.filter((tool) => !isInstalled(world, tool));
  console.log(
    `${RATE}/s for ${seconds} s over ${CONNECTIONS} connections; a cap of ${CAP}/s allows ${bound(1)} in any 1 s and ${bound(0.1)} in any 100 ms\n`,
  );
  console.log(
    "| insult | tool | requests | most in 1 s | most in 100 ms | connects | reported p50 / p90, ms | truth p50 / p90, ms |",
  );
  console.log("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |");
  for (const [insult, { name }] of Object.entries(INSULTS)) {
    if (!isAsked(values.insults, insult)) continue;
    for (const tool of tools.filter((one) => !skipped.includes(one))) {
      const { recording, reported, truth } = await measure(tool, insult);
      const cells = [
        name,
        tool.name,
        recording.requests.length,
        judged(mostIn(recording, 1), bound(1)),
        judged(mostIn(recording, 0.1), bound(0.1)),
        recording.connections.length,
        ...(insult === "reset" ? ["", ""] : [pair(reported), pair(truth)]),
      ];
      console.log(`| ${cells.join(" | ")} |`);
    }
  }
  if (skipped.length > 0) {
    console.log(`\nNot installed here: ${skipped.map((tool) => tool.name).join(", ")}.`);
  }
} finally {
  world.close();
}
