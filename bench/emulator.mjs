// The emulator's own speed: requests a second of creating a payment request over keep-alive plain HTTP, one after the
// other on each connection, and what it adds to the latency at a steady 2 000 a second.
//   npm run --silent build && node bench/emulator.mjs [seconds]
// wrk, h2load, hey and autocannon are looked for in node_modules/.bin, then on the PATH; what is not there is skipped.
// The server is one process of one thread, without a quota and with a latency of 0. Beside its latency stands that of a bare
// server of Node's, which answers as many bytes and does nothing else: what is above it, the emulator has added.
// Loopback only; prints Markdown.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const seconds = Number(process.argv[2] ?? 5);
if (!(seconds >= 1 && seconds <= 60)) throw new RangeError("give 1 to 60 seconds");
const CONNECTIONS = 16;
const RATE = 2000;
const AT_LEAST_PER_SECOND = 10_000;
const P99_AT_MOST_MS = 2;

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "klarna-perf-bench-"));
const env = {
  PATH: [path("../node_modules/.bin"), process.env.PATH].join(delimiter),
  HOME: folder,
};
const BODY = JSON.stringify({
  currency: "USD",
  amount: 1000,
  customer_interaction_config: {
    method: "HANDOVER",
    return_url:
      "https://example.com/return?id={klarna.payment_request.id}&state={klarna.payment_request.state}",
  },
});
const AUTHORIZATION = "Basic klarna_test_api_bench";
const bodyFile = join(folder, "body.json");
writeFileSync(bodyFile, BODY);
const luaScript = join(folder, "create.lua");
writeFileSync(
  luaScript,
  `wrk.method = "POST"
wrk.body = [==[${BODY}]==]
wrk.headers["Authorization"] = "${AUTHORIZATION}"
wrk.headers["Content-Type"] = "application/json"
`,
);
const log = join(folder, "h2load.tsv");
const perConnection = RATE / CONNECTIONS;
const headers = (flag) => [
  ...[flag, `Authorization: ${AUTHORIZATION}`],
  ...[flag, "Content-Type: application/json"],
];

/** How each is asked, and how the requests it had answered are read from what it prints. */
const throughput = [
  {
    name: "wrk",
    args: (url) => ["-t1", `-c${CONNECTIONS}`, `-d${seconds}s`, "-s", luaScript, url],
    perSecond: (out) => Number(/Requests\/sec:\s+([\d.]+)/.exec(out)?.[1]),
    failed: (out) => Number(/Non-2xx or 3xx responses: (\d+)/.exec(out)?.[1] ?? 0),
  },
  {
    name: "h2load",
    args: (url) => [
      ...["--h1", `-c${CONNECTIONS}`, "-t1", "-D", String(seconds), "-d", bodyFile],
      ...headers("-H"),
      url,
    ],
    perSecond: (out) => Number(/finished in [\d.]+\w+, ([\d.]+) req\/s/.exec(out)?.[1]),
    failed: (out) => Number(/(\d+) failed/.exec(out)?.[1]),
  },
  {
    name: "autocannon",
    args: (url) => [
      ...["-c", String(CONNECTIONS), "-d", String(seconds), "-m", "POST", "-b", BODY, "--json"],
      ...headers("-H").map((word) => word.replace(": ", "=")),
      url,
    ],
    perSecond: (out) => JSON.parse(out).requests.average,
    failed: (out) => JSON.parse(out).non2xx,
  },
];

/** The same at a steady rate: percentiles of the latency, in milliseconds. */
const latency = [
  {
    name: "h2load --rps",
    program: "h2load",
    args: (url) => [
      ...["--h1", `-c${CONNECTIONS}`, "-t1", "-D", String(seconds), "-d", bodyFile],
      ...[`--rps=${perConnection}`, `--log-file=${log}`],
      ...headers("-H"),
      url,
    ],
    percentiles: () => {
      const rows = readFileSync(log, "utf8").trim().split("\n");
      // It adds to the file that it finds.
      rmSync(log);
      const sorted = rows.map((row) => Number(row.split("\t")[2]) / 1000).sort((a, b) => a - b);
      const at = (p) => sorted[Math.ceil(p * sorted.length) - 1];
      return { count: sorted.length, p50: at(0.5), p99: at(0.99) };
    },
  },
  {
    name: "hey -q",
    program: "hey",
    args: (url) => [
      ...["-c", String(CONNECTIONS), "-q", String(perConnection), "-z", `${seconds}s`],
      ...["-m", "POST", "-D", bodyFile, "-o", "csv"],
      ...headers("-H"),
      url,
    ],
    percentiles: (out) => {
      const rows = out.trim().split("\n").slice(1);
      const sorted = rows.map((row) => Number(row.split(",")[0]) * 1000).sort((a, b) => a - b);
      const at = (p) => sorted[Math.ceil(p * sorted.length) - 1];
      return { count: sorted.length, p50: at(0.5), p99: at(0.99) };
    },
  },
];

/** The server in a process of its own, told nothing that a user can tell it: no quota at all. */
async function startServer() {
  const bundle = join(folder, "server.mjs");
  await build({
    stdin: {
      contents: `
        import { systemClock } from "./base/clock.ts";
        import { seededRandom } from "./base/random.ts";
        import { startServer } from "./emulator/server.ts";
        const options = { port: 0, quotas: "test", level: "partner", apiKeys: null, protection: null,
          latency: { kind: "constant", us: 0 } };
        const server = await startServer({ clock: systemClock(), random: seededRandom(1), options,
          tls: null, quota: () => 1e9 });
        console.log(server.url);
        const cpuS = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1e6; };
        process.stdin.on("data", () => console.log(cpuS())).once("end", () => process.exit(0));`,
      resolveDir: path("../src"),
      loader: "ts",
    },
    outfile: bundle,
    bundle: true,
    platform: "node",
    format: "esm",
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    logLevel: "warning",
  });
  const child = spawn(process.execPath, [bundle], { stdio: ["pipe", "pipe", "inherit"], env });
  const lines = createInterface({ input: child.stdout });
  const [url] = await once(lines, "line");
  const processorS = async () => {
    child.stdin.write("?\n");
    const [line] = await once(lines, "line");
    return Number(line);
  };
  return { url: `${url}/v2/payment/requests`, child, processorS };
}

/** The floor: what Node's HTTP, the tool and the machine take by themselves. */
async function startBareServer() {
  const source = `
    import { createServer } from "node:http";
    const payload = JSON.stringify({ of: "x".repeat(560) });
    const headers = { "Klarna-Correlation-Id": "552603c0-fe8b-4ab1-aacb-41d55fafbdb4",
      "X-Ratelimit-Limit": '12, 12;w=1;name="account_payment-transaction-capture"', "X-Ratelimit-Remaining": "11",
      "X-Ratelimit-Reset": "1", "Content-Length": String(payload.length), "Content-Type": "application/json" };
    const server = createServer((request, response) => {
      request.resume().once("end", () => response.writeHead(201, headers).end(payload));
    });
    server.listen(0, "127.0.0.1", () => console.log("http://127.0.0.1:" + server.address().port));
    process.stdin.resume().once("end", () => process.exit(0));`;
  const args = ["--input-type=module", "-e", source];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"], env });
  const [url] = await once(createInterface({ input: child.stdout }), "line");
  return { url: `${url}/v2/payment/requests`, child };
}

const found = (program) =>
  env.PATH.split(delimiter).some((place) => existsSync(join(place, program)));

async function run(program, args) {
  const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    out += chunk;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${program} exited with ${code}`);
  return out;
}

const { url, child, processorS } = await startServer();
const bare = await startBareServer();
try {
  // The second figure holds on a busy machine as well: what the server would do with a processor to itself.
  console.log(
    "| requests a second | for a second of its processor time | by | failed | at least |",
  );
  console.log("| ---: | ---: | --- | ---: | ---: |");
  for (const { name, args, perSecond, failed } of throughput) {
    if (!found(name)) {
      console.log(`| skipped | | ${name} is not installed | | |`);
      continue;
    }
    const before = await processorS();
    const out = await run(name, args(url));
    const rate = perSecond(out);
    const alone = (rate * seconds) / ((await processorS()) - before);
    console.log(
      `| ${Math.round(rate)} | ${Math.round(alone)} | ${name} | ${failed(out)} | ${AT_LEAST_PER_SECOND} |`,
    );
  }
  console.log(
    `\n| at ${RATE}/s, ms: p50 | p99 | a bare server's p50 | its p99 | requests | by | p99 at most |`,
  );
  console.log("| ---: | ---: | ---: | ---: | ---: | --- | ---: |");
  for (const { name, program, args, percentiles } of latency) {
    if (!found(program)) {
      console.log(`| skipped | | | | | ${program} is not installed | |`);
      continue;
    }
    const floor = percentiles(await run(program, args(bare.url)));
    const { count, p50, p99 } = percentiles(await run(program, args(url)));
    const figures = [p50, p99, floor.p50, floor.p99].map((ms) => ms.toFixed(2)).join(" | ");
    console.log(`| ${figures} | ${count} | ${name} | ${P99_AT_MOST_MS} |`);
  }
} finally {
  for (const one of [child, bare.child]) {
    one.stdin.end();
    await once(one, "exit");
  }
  rmSync(folder, { recursive: true, force: true });
}
