// Other load generators: how each is asked for a rate, and how its figures are read from what it prints. They are
// looked for on the PATH (autocannon: in node_modules/.bin); a bench skips those that are not there, and says so.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ascending, at } from "./witness.mjs";

/**
 * @typedef {object} Peer
 * @property {string} name
 * @property {(string | number)[]} command without the address
 * @property {"argument" | "variable"} address given as the last argument, or in the variable URL
 * @property {string} [needs] the program to look for, where it is not the command's first word
 * @property {(text: string) => Figures} read of what the tool printed; throws or has `undefined` where it can't be read
 *
 * @typedef {{ p50?: number, p90?: number, p99?: number, max?: number }} Figures milliseconds
 */

/**
 * @param world as `makeWorld` gives it
 * @param {{ rate: number, seconds: number, connections: number, inFlight: number }} asked a second; `connections` for
 *   those that hold a fixed number of them, `inFlight` for those that open what they need
 * @returns {Peer[]}
 */
export function peersAsked(world, { rate, seconds, connections, inFlight }) {
  const file = (name, text = "") => {
    writeFileSync(world.path(name), text);
    return world.path(name);
  };
  // wrk knows no rate: each of its connections waits this long between requests.
  const delayMs = (1000 * connections) / rate;
  const wrkScript = file("delay.lua", `function delay() return ${delayMs} end\n`);
  const k6Script = file(
    "k6.js",
    `import http from "k6/http";
export const options = {
  scenarios: { one: { executor: "constant-arrival-rate", rate: ${rate}, timeUnit: "1s",
    duration: "${seconds}s", preAllocatedVUs: ${connections}, maxVUs: ${inFlight} } },
  summaryTrendStats: ["med", "p(90)", "p(99)", "max"],
};
export default () => http.get(__ENV.URL);
export const handleSummary = (data) => ({ stdout: JSON.stringify(data.metrics.http_req_duration.values) });
`,
  );
  const h2loadLog = world.path("h2load.tsv");
  const each = rate / connections;
  return [
    {
      name: "bare loop",
      command: [process.execPath, pathOf("bare-loop.mjs"), rate, seconds, inFlight],
      address: "argument",
      read: (text) => JSON.parse(text),
    },
    {
      name: "autocannon",
      command: ["autocannon", "-R", rate, "-d", seconds, "-c", connections, "--json"],
      address: "argument",
      read: (text) => {
        const { latency } = JSON.parse(text.slice(text.indexOf("{")));
        return { p50: latency.p50, p90: latency.p90, p99: latency.p99, max: latency.max };
      },
    },
    {
      name: "loadtest",
      command: ["loadtest", "-t", seconds, "-c", connections, "--cores", 1, "-k", "--rps", rate],
      address: "argument",
      read: (text) => ({
        ...percentLines(text, /^\s*(50|90|99)%\s+([\d.]+) ms/gm),
        max: Number(/^\s*100%\s+([\d.]+) ms/m.exec(text)?.[1]),
      }),
    },
    {
      name: "hey",
      command: ["hey", "-z", `${seconds}s`, "-c", connections, "-q", each],
      address: "argument",
      read: (text) => ({
        ...percentLines(text, /^\s*(50|90|99)% in ([\d.]+) secs/gm, 1000),
        max: Number(/Slowest:\s+([\d.]+) secs/.exec(text)?.[1]) * 1000,
      }),
    },
    {
      name: "h2load",
      command: [
        ...["h2load", "--h1", "-D", seconds, "-c", connections, "--rps", each],
        ...["--log-file", h2loadLog],
      ],
      address: "argument",
      read: () => {
        const rows = readFileSync(h2loadLog, "utf8").trim().split("\n");
        const sorted = ascending(rows.map((row) => Number(row.split("\t")[2]) / 1000));
        return {
          p50: at(sorted, 50),
          p90: at(sorted, 90),
          p99: at(sorted, 99),
          max: sorted.at(-1),
        };
      },
    },
    {
      name: "wrk",
      command: ["wrk", "-t", 1, "-c", connections, "-d", seconds, "-s", wrkScript, "--latency"],
      address: "argument",
      read: (text) => {
        const inMs = (value, unit) => Number(value) * { us: 0.001, ms: 1, s: 1000 }[unit];
        const percents = text.matchAll(/^\s+(50|90|99)%\s+([\d.]+)(us|ms|s)/gm);
        const longest = /Latency\s+\S+\s+\S+\s+([\d.]+)(us|ms|s)/.exec(text);
        return {
          ...Object.fromEntries(
            [...percents].map(([, p, value, unit]) => [`p${p}`, inMs(value, unit)]),
          ),
          ...(longest && { max: inMs(longest[1], longest[2]) }),
        };
      },
    },
    {
      name: "k6",
      command: ["k6", "run", "--quiet", "--no-usage-report", k6Script],
      address: "variable",
      read: (text) => {
        const values = JSON.parse(text.slice(text.indexOf("{")));
        return { p50: values.med, p90: values["p(90)"], p99: values["p(99)"], max: values.max };
      },
    },
    {
      name: "vegeta",
      command: [
        ...["sh", "-c"],
        `echo "GET $URL" | vegeta attack -rate ${rate} -duration ${seconds}s | vegeta report -type json`,
      ],
      address: "variable",
      needs: "vegeta",
      read: (text) => {
        const { latencies } = JSON.parse(text);
        const [p50, p90, p99, max] = ["50th", "90th", "99th", "max"].map((p) => latencies[p] / 1e6);
        return { p50, p90, p99, max };
      },
    },
    {
      name: "oha",
      command: ["oha", "--no-tui", "-z", `${seconds}s`, "-q", rate, "-c", connections],
      address: "argument",
      read: (text) => {
        const inMs = (value, unit) => Number(value) * (unit === "ms" ? 1 : 1000);
        const percents = text.matchAll(/^\s+(50|90|99)(?:\.00)?% in ([\d.]+) (sec|ms)/gm);
        const slowest = /Slowest:\s+([\d.]+) (sec|ms)/.exec(text);
        return {
          ...Object.fromEntries(
            [...percents].map(([, p, value, unit]) => [`p${p}`, inMs(value, unit)]),
          ),
          ...(slowest && { max: inMs(slowest[1], slowest[2]) }),
        };
      },
    },
  ];
}

/** Whether the program is there. */
export function isInstalled(world, { needs, command: [program] }) {
  const name = needs ?? program;
  if (name === process.execPath) return true;
  return world.env.PATH.split(delimiter).some((dir) => existsSync(join(dir, name)));
}

function pathOf(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}

function percentLines(text, pattern, toMs = 1) {
  return Object.fromEntries(
    [...text.matchAll(pattern)].map(([, p, value]) => [`p${p}`, Number(value) * toMs]),
  );
}
