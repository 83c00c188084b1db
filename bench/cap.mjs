// The cap and the truth, beside other load generators: each is asked for the same rate, and an independent recorder
// counts what arrives while, for 2 s, answers are held, the generator itself or the recorder is frozen, every connection
// is reset, the port is refused, or every answer is a 429.
//   npm run bench:cap [-- seconds [connections]] [--rate 50] [--cap 62] [--tools klarna-perf,wrk] [--insults held,frozen]
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
  options: {
    tools: { type: "string" },
    insults: { type: "string" },
    rate: { type: "string", default: "50" },
    cap: { type: "string", default: "62" },
  },
  allowPositionals: true,
});
const isAsked = (list, name) => list === undefined || list.split(",").includes(name);

const RATE = Number(values.rate);
/** What klarna-perf may repay a backlog with, and what every tool is held against. */
const CAP = Number(values.cap);
/** Each peer's; klarna-perf and loadtest open as many as the rate needs. */
const CONNECTIONS = Number(positionals[1] ?? 10);
const LATENCY_MS = 4;
const INSULT_S = 2;
const seconds = Number(positionals[0] ?? 10);
if (!(seconds >= 3 && seconds <= 60)) throw new RangeError("give 3 to 60 seconds");
if (!(RATE > 0 && RATE < CAP && CAP <= 5000)) {
  throw new RangeError("give a rate below the cap, and a cap of 5000 at most");
}
if (!(CONNECTIONS >= 1 && CONNECTIONS <= 200)) throw new RangeError("give 1 to 200 connections");
const insultFromS = (seconds - INSULT_S) / 2;
const IN_FLIGHT = Math.ceil(RATE * INSULT_S) + 20;

const world = await makeWorld("cap");
const profile = writeProfile(world, "bench", {
  rate: RATE,
  seconds,
  cap: CAP,
  inFlight: IN_FLIGHT,
  // Else a storm of 429s shows the kill switch and not the cap.
  stops: { throttled: "off", errors: "off" },
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
/** What the recorder does of each; processes are frozen from outside. */
const INSULTS = {
  held: { name: `answers held ${INSULT_S} s`, recorder: [{ kind: "hold", ...during }] },
  frozen: { name: `generator frozen ${INSULT_S} s`, recorder: [] },
  server: { name: `server frozen ${INSULT_S} s`, recorder: [] },
  reset: {
    name: `connections reset for ${INSULT_S} s`,
    recorder: [
      { kind: "reset", fromS: insultFromS },
      { kind: "shut", ...during },
    ],
  },
  refused: {
    name: `port refused for ${INSULT_S} s`,
    recorder: [
      { kind: "reset", fromS: insultFromS },
      { kind: "refuse", ...during },
    ],
  },
  throttled: {
    name: `429 for ${INSULT_S} s`,
    recorder: [{ kind: "answer", status: 429, ...during }],
  },
};
/** What somebody who comes by the clock waits for: as long as answers are held, or their server is frozen. */
const HOLDING = ["held", "server"];
const HAS_TRUTH = [...HOLDING, "frozen"];

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
  const frozen = { frozen: program, server: recorder }[insult];
  if (frozen) {
    await Promise.race([recorder.first, program.ended]);
    await sleep(insultFromS * 1000);
    frozen.signal("SIGSTOP");
    await sleep(INSULT_S * 1000);
    frozen.signal("SIGCONT");
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
  const held = HOLDING.includes(insult) ? during : undefined;
  return figuresAt(analyticWaits({ rate: RATE, seconds, held, usualMs }));
}

const bound = (windowS) => capBound(CAP, windowS);
const judged = (n, most) => (n > most ? `**${n}**` : String(n));
/** Median and p90. What fails, or is answered with a 429, has no latency that a truth could be held against. */
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
        ...(HAS_TRUTH.includes(insult) ? [pair(reported), pair(truth)] : ["", ""]),
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
