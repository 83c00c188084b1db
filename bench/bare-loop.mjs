// The least that keeps a schedule: due times from the index, slept for and then polled for, as this tool does; no cap,
// no accounting, no guard. What is late here is late by the machine and Node alone. Loopback only.
//   node bench/bare-loop.mjs <rate> <seconds> <sockets> <url>
import { Agent, request } from "node:http";

const [rate, seconds, sockets] = process.argv.slice(2, 5).map(Number);
const url = new URL(process.argv[5]);
if (url.hostname !== "127.0.0.1") throw new RangeError("loopback only");
const agent = new Agent({ keepAlive: true, maxSockets: sockets });
const count = Math.round(rate * seconds);
const responsesMs = [];
let open = 0;
let next = 0;

function send(dueMs) {
  open++;
  const done = () => {
    open--;
    responsesMs.push(performance.now() - dueMs);
  };
  const asked = request(url, { agent }, (answer) => answer.resume().once("end", done));
  asked.once("error", done).end();
}

const beginMs = performance.now() + 100;
function poll() {
  const dueMs = beginMs + (next / rate) * 1000;
  const leftMs = dueMs - performance.now();
  if (next < count && leftMs <= 0) {
    next++;
    send(dueMs);
  }
  if (next === count && open === 0) report();
  else if (next === count || leftMs > 2.5) setTimeout(poll, Math.max(1, Math.ceil(leftMs - 1.5)));
  else setImmediate(poll);
}
poll();

function report() {
  const sorted = responsesMs.toSorted((a, b) => a - b);
  const at = (p) => sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)];
  console.log(JSON.stringify({ p50: at(50), p90: at(90), p99: at(99), max: at(100) }));
  agent.destroy();
}
