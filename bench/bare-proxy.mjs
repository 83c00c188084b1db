// The least that hands requests on: reads each whole, asks the target, and hands the answer on whole; no check, no cap, no
// record. What it adds is Node's doing and the machine's. Loopback only; says its base URL, and ends when its input does.
//   node bench/bare-proxy.mjs <url>
import { Agent, createServer, request } from "node:http";

const target = new URL(process.argv[2]);
if (target.hostname !== "127.0.0.1") throw new RangeError("loopback only");
const { hostname, port } = target;
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** Milliseconds from a request's last byte to its writing, and from its answer's last byte to that one's writing. */
const addedMs = [];

const server = createServer(async (asked, answer) => {
  const body = await whole(asked);
  const came = performance.now();
  const { method, url: path, headers } = asked;
  let written;
  const onward = request({ agent, hostname, port, method, path, headers }, async (answered) => {
    const text = await whole(answered);
    const ended = performance.now();
    answer.writeHead(answered.statusCode, answered.headers).end(text);
    addedMs.push(written - came + performance.now() - ended);
  });
  onward.once("finish", () => {
    written = performance.now();
  });
  onward.end(body);
});

function whole(message) {
  return new Promise((resolve) => {
    const chunks = [];
    message.on("data", (chunk) => chunks.push(chunk));
    message.once("end", () => resolve(Buffer.concat(chunks)));
  });
}

server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}/\n`);
});
process.stdin.resume().once("close", () => {
  process.stdout.write(`${JSON.stringify(addedMs)}\n`, () => process.exit(0));
});
