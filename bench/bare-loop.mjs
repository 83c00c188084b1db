// The least that keeps a schedule: due times from the index, polled for; no cap, no accounting, no guard. What a load
// generator in Node can be held against. Loopback only.
//   node bench/bare-loop.mjs <rate> <seconds> <sockets> <url>
import { Agent, request } from "node:http";

const [rate, seconds, sockets] = process.argv.slice(2, 5).map(Number);
const url = new URL(process.argv[5]);
if (url.hostname !== "127.0.0.1") throw new RangeError("loopback only");
const agent = new Agent({ keepAlive: true, maxSockets: sockets });
const count = Math.round(rate * seconds);
const responsesMs = [];
let next = 0;
let open = 0;

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
  for (let dueMs; ; next++) {
    dueMs = beginMs + (next / rate) * 1000;
    if (next >= count || dueMs > performance.now()) break;
    send(dueMs);
  }
  if (next < count || open > 0) setImmediate(poll);
  else report();
}
poll();

function report() {
  const sorted = responsesMs.toSorted((a, b) => a - b);
  const at = (p) => sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)];
  console.log(JSON.stringify({ p50: at(50), p90: at(90), p99: at(99), max: at(100) }));
  agent.destroy();
}
