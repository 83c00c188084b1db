/**
 * The process of the virtual users: autocannon, which asks the gate for one journey after the other on each of its
 * connections. Reads one line of JSON on standard input, says `ready`, then runs until that input closes: when the
 * parent ends, however it ends, the kernel closes the pipe and this process goes too. At its end it writes what
 * autocannon saw, as one line of JSON. It knows no key, no operation and no host: the gate is a socket in the file system.
 */
import autocannon from "autocannon";
import * as z from "zod";
import { firstLine } from "./first-line.ts";

const options = z
  .strictObject({
    /** The gate's socket, or named pipe. */
    socketPath: z.string().min(1),
    /** Virtual users, each a connection. */
    users: z.number().int().positive(),
    /** At most so long, seconds; the gate ends it before. */
    most: z.number().positive(),
  })
  .parse(JSON.parse(await firstLine(process.stdin)));

const end = (): void => process.exit(0);
process.stdout.on("error", end);
// A Ctrl-C goes to every process of the terminal's group; how the run ends is the parent's business.
process.on("SIGINT", () => {});

const instance = autocannon(
  {
    // A host has to be named; the socket is where it goes.
    url: "http://gate/journey",
    socketPath: options.socketPath,
    connections: options.users,
    pipelining: 1,
    duration: Math.ceil(options.most),
    // The gate holds an answer for as long as a journey and its think time take.
    timeout: Math.ceil(options.most),
  },
  (_error, result) => {
    const { latency, requests } = result ?? {};
    process.stdout.write(
      `${JSON.stringify({ requests: requests?.total ?? 0, p50Ms: latency?.p50 ?? null, p99Ms: latency?.p99 ?? null })}\n`,
      end,
    );
  },
);
process.stdin.once("end", () => instance.stop()).once("close", () => instance.stop());
