// The load generators, from whatever packages the machine has: how each is asked, and how its figures are read.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

const CONNECTIONS = 16;
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
const HEADERS = { Authorization: AUTHORIZATION, "Content-Type": "application/json" };

/** The body of one answer, for its length. */
export async function sampleAnswer(url) {
  const answer = await fetch(url, { method: "POST", headers: HEADERS, body: BODY });
  return answer.text();
}

/** @param world folder and environment @param options rate a second for what has a steady one, seconds for all */
export function makeTools({ folder, env }, { seconds, rate }) {
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
  const perConnection = rate / CONNECTIONS;
  const headers = (flag) => Object.entries(HEADERS).flatMap(([k, v]) => [flag, `${k}: ${v}`]);

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

  const found = (program) =>
    env.PATH.split(delimiter).some((place) => existsSync(join(place, program)));
  const run = async (program, args) => {
    const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "inherit"] });
    let out = "";
    child.stdout.setEncoding("utf8").on("data", (chunk) => {
      out += chunk;
    });
    const [code] = await once(child, "close");
    if (code !== 0) throw new Error(`${program} exited with ${code}`);
    return out;
  };
  return {
    throughput: throughput.map((tool) => ({
      name: tool.name,
      isThere: found(tool.name),
      async measure(url) {
        const out = await run(tool.name, tool.args(url));
        return { perSecond: tool.perSecond(out), failed: tool.failed(out) };
      },
    })),
    steady: latency.map((tool) => ({
      name: tool.name,
      isThere: found(tool.program),
      measure: async (url) => tool.percentiles(await run(tool.program, tool.args(url))),
    })),
  };
}
