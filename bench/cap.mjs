// The cap and the truth, beside other load generators: each is asked for the same rate, and an independent recorder
// counts what arrives while answers are held for 2 s, while the generator itself is frozen for 2 s, and while every
// connection is reset for 2 s.
//   npm run bench:cap [-- seconds [connections]]
// autocannon and loadtest are looked for in node_modules/.bin, then all on the PATH; what is not there is skipped.
// Loopback only. Prints Markdown; takes about 13 s for each tool and insult.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const RATE = 50;
/** What klarna-perf may repay a backlog with, and what every tool is held against. */
const CAP = 62;
/** Each peer's; klarna-perf and loadtest open as many as the rate needs. */
const CONNECTIONS = Number(process.argv[3] ?? 10);
const LATENCY_MS = 4;
const INSULT_S = 2;
const seconds = Number(process.argv[2] ?? 10);
if (!(seconds >= 5 && seconds <= 60)) throw new RangeError("give 5 to 60 seconds");
if (!(CONNECTIONS >= 1 && CONNECTIONS <= 200)) throw new RangeError("give 1 to 200 connections");
const insultFromS = (seconds - INSULT_S) / 2;

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const bin = path("../dist/bin.js");
const folder = mkdtempSync(join(tmpdir(), "klarna-perf-cap-"));
const state = join(folder, "state");
mkdirSync(state, { mode: 0o700 });
const env = {
  PATH: [path("../node_modules/.bin"), process.env.PATH].join(delimiter),
  HOME: folder,
  KLARNA_PERF_STATE: state,
};

const profile = join(folder, "bench.yaml");
writeFileSync(
  profile,
  `name: bench
kind: capacity
workload:
  model: open
  stages: [{ rate: ${RATE}/s, for: ${seconds}s }]
  maxInFlight: ${RATE * INSULT_S + 20}
scenarios: [{ name: create, steps: [{ operation: payment-request.create }] }]
thresholds: [{ figure: errors, max: 0 }]
limits: { rate: ${CAP}/s }
`,
);
// wrk knows no rate: each of its connections waits this long between requests.
const wrkScript = join(folder, "delay.lua");
writeFileSync(wrkScript, `function delay() return ${(1000 * CONNECTIONS) / RATE} end\n`);
const k6Script = join(folder, "k6.js");
writeFileSync(
  k6Script,
  `import http from "k6/http";
export const options = {
  scenarios: { one: { executor: "constant-arrival-rate", rate: ${RATE}, timeUnit: "1s",
    duration: "${seconds}s", preAllocatedVUs: ${CONNECTIONS}, maxVUs: ${RATE * INSULT_S + 20} } },
  summaryTrendStats: ["med", "p(90)"],
};
export default () => http.get(__ENV.URL);
export const handleSummary = (data) => ({ stdout: JSON.stringify(data.metrics.http_req_duration.values) });
`,
);
const log = join(folder, "h2load.tsv");
const perConnection = RATE / CONNECTIONS;

/** How each is asked for the rate, and how its median and p90 are read, in milliseconds, from what it prints. */
const tools = [
  {
    name: "klarna-perf",
    tls: true,
    command: [process.execPath, bin, "run", profile, "--quiet", "--out", "OUT", "--emulator-url"],
    read: (_, out) => {
      const { operations } = JSON.parse(readFileSync(join(out, "report.json"), "utf8"));
      const { percentiles } = operations[0].responseTime;
      return [50, 90].map((p) => percentiles.find((one) => one.p === p).valueUs / 1000);
    },
  },
  {
    name: "autocannon",
    command: ["autocannon", "-R", RATE, "-d", seconds, "-c", CONNECTIONS, "--json"],
    read: (text) => {
      const { latency } = JSON.parse(text.slice(text.indexOf("{")));
      return [latency.p50, latency.p90];
    },
  },
  {
    name: "loadtest",
    command: ["loadtest", "-t", seconds, "-c", CONNECTIONS, "--cores", 1, "-k", "--rps", RATE],
    read: (text) => lines(text, /^\s*(50|90)%\s+([\d.]+) ms/gm),
  },
  {
    name: "hey",
    command: ["hey", "-z", `${seconds}s`, "-c", CONNECTIONS, "-q", perConnection],
    read: (text) => lines(text, /^\s*(50|90)% in ([\d.]+) secs/gm).map((s) => s * 1000),
  },
  {
    name: "h2load",
    command: [
      ...["h2load", "--h1", "-D", seconds, "-c", CONNECTIONS, "--rps", perConnection],
      ...["--log-file", log],
    ],
    read: () =>
      percentiles(
        readFileSync(log, "utf8")
          .trim()
          .split("\n")
          .map((line) => Number(line.split("\t")[2]) / 1000),
      ),
  },
  {
    name: "wrk",
    command: ["wrk", "-t", 1, "-c", CONNECTIONS, "-d", seconds, "-s", wrkScript, "--latency"],
    read: (text) =>
      [...text.matchAll(/^\s+(?:50|90)%\s+([\d.]+)(us|ms|s)/gm)].map(
        ([, value, unit]) => Number(value) * { us: 0.001, ms: 1, s: 1000 }[unit],
      ),
  },
  {
    name: "k6",
    command: ["k6", "run", "--quiet", "--no-usage-report", k6Script],
    read: (text) => {
      const values = JSON.parse(text.slice(text.indexOf("{")));
      return [values.med, values["p(90)"]];
    },
  },
  {
    name: "vegeta",
    command: [
      ...["sh", "-c"],
      `echo "GET $URL" | vegeta attack -rate ${RATE} -duration ${seconds}s | vegeta report -type json`,
    ],
    needs: "vegeta",
    read: (text) => {
      const { latencies } = JSON.parse(text);
      return [latencies["50th"], latencies["90th"]].map((ns) => ns / 1e6);
    },
  },
  {
    name: "oha",
    command: ["oha", "--no-tui", "-z", `${seconds}s`, "-q", RATE, "-c", CONNECTIONS],
    read: (text) =>
      [...text.matchAll(/^\s+(?:50|90)(?:\.00)?% in ([\d.]+) (sec|ms)/gm)].map(
        ([, value, unit]) => Number(value) * (unit === "ms" ? 1 : 1000),
      ),
  },
];

function lines(text, pattern) {
  return [...text.matchAll(pattern)].map(([, , value]) => Number(value));
}

function percentiles(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return [50, 90].map((p) => sorted[Math.ceil((p / 100) * sorted.length) - 1]);
}

function isInstalled(command) {
  if (command === process.execPath) return true;
  return env.PATH.split(delimiter).some((dir) => existsSync(join(dir, command)));
}

async function makeCertificate() {
  const outfile = join(folder, "certificate.mjs");
  await build({
    entryPoints: [path("../src/emulator/certificate.ts")],
    bundle: true,
    format: "esm",
    platform: "node",
    outfile,
    logLevel: "error",
  });
  const made = await import(pathToFileURL(outfile).href);
  return made.makeCertificate(Date.now());
}

async function startRecorder(certificate, insults) {
  const child = spawn(process.execPath, [path("recorder.mjs")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const said = [];
  const output = createInterface({ input: child.stdout });
  output.on("line", (line) => said.push(JSON.parse(line)));
  const registryDir = certificate && join(state, "emulators");
  child.stdin.write(
    `${JSON.stringify({ certificate, registryDir, latencyMs: LATENCY_MS, insults })}\n`,
  );
  await once(output, "line");
  return {
    url: said[0].url,
    first: once(output, "line"),
    async end() {
      child.stdin.end();
      await once(output, "close");
      return said.at(-1);
    },
  };
}

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

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function measure(tool, insult, certificate) {
  const recorder = await startRecorder(tool.tls ? certificate : null, INSULTS[insult].recorder);
  const out = join(folder, `${tool.name}-${insult}`);
  const args = tool.command.map((arg) => (arg === "OUT" ? out : String(arg)));
  // Those that are told the address by a variable have no place for it among their arguments.
  if (!["sh", "k6"].includes(args[0])) args.push(recorder.url);
  const child = spawn(args[0], args.slice(1), {
    cwd: folder,
    env: { ...env, URL: recorder.url },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const signal = (one) => {
    try {
      process.kill(-child.pid, one);
    } catch {
      // It has ended.
    }
  };
  const limit = setTimeout(() => signal("SIGKILL"), (seconds + 30) * 1000);
  let text = "";
  child.stdout.on("data", (chunk) => {
    text += chunk;
  });
  child.stderr.on("data", (chunk) => {
    text += chunk;
  });
  const closed = once(child, "close");
  if (insult === "frozen") {
    await Promise.race([recorder.first, closed]);
    await sleep(insultFromS * 1000);
    signal("SIGSTOP");
    await sleep(INSULT_S * 1000);
    signal("SIGCONT");
  }
  await closed;
  clearTimeout(limit);
  const recording = await recorder.end();
  let reported = [];
  try {
    reported = tool.read(text, out);
  } catch {
    process.stderr.write(`${tool.name}: its figures can't be read:\n${text.slice(0, 1000)}\n`);
  }
  return { recording, reported, truth: truthOf(recording, insult) };
}

/**
 * Median and p90 of what somebody who comes every 1 / RATE seconds waits for, whether or not a tool sent a request
 * then: until the answers are let go, and as long as the recorder took for a request. A generator's own freeze makes nobody wait.
 */
function truthOf({ requests }, insult) {
  const usual = percentiles(
    requests.flatMap((one) => (one.answeredAt ? [(one.answeredAt - one.at) / 1000] : [])),
  )[0];
  const untilS = insultFromS + INSULT_S;
  return percentiles(
    Array.from({ length: RATE * seconds }, (_, i) => {
      const dueS = i / RATE;
      const held = insult === "held" && dueS >= insultFromS && dueS < untilS;
      return usual + (held ? (untilS - dueS) * 1000 : 0);
    }),
  );
}

function mostIn({ most }, windowS) {
  const windows = most.flatMap((one) => one.windows).filter((one) => one.windowS === windowS);
  return Math.max(0, ...windows.map(({ certain }) => certain));
}

const bound = (windowS) => Math.ceil(CAP * (windowS + 0.02) - 1e-9) + 1;
const judged = (n, most) => (n > most ? `**${n}**` : String(n));
/** Median and p90. Under resets there is no truth to hold them against: what fails has no latency. */
const pair = ([p50, p90]) => `${ms(p50)} / ${ms(p90)}`;
const ms = (value) => (value === undefined ? "?" : value.toFixed(value < 10 ? 1 : 0));

try {
  const certificate = await makeCertificate();
  const skipped = tools.filter(({ needs, command }) => !isInstalled(needs ?? command[0]));
  console.log(
    `${RATE}/s for ${seconds} s over ${CONNECTIONS} connections; a cap of ${CAP}/s allows ${bound(1)} in any 1 s and ${bound(0.1)} in any 100 ms\n`,
  );
  console.log(
    "| insult | tool | requests | most in 1 s | most in 100 ms | connects | reported p50 / p90, ms | truth p50 / p90, ms |",
  );
  console.log("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |");
  for (const [insult, { name }] of Object.entries(INSULTS)) {
    for (const tool of tools.filter((one) => !skipped.includes(one))) {
      const { recording, reported, truth } = await measure(tool, insult, certificate);
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
  rmSync(folder, { recursive: true, force: true });
}
