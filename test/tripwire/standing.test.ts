import { describe, expect, it } from "vitest";
import { NODES, trials } from "./trial.ts";

// The process of a user's client has a standing permission in place of tickets: the gate's address, as often as it likes.

const { run } = trials();
const TO_THE_GATE = "tripwire.armTripwire({ onHit() {}, allowAlways: { address: host, port } });";

describe.each(NODES)("a standing permission on %s", (node) => {
  const value = async (code: string): Promise<unknown> =>
    (await run({ node, arm: false, code: `${TO_THE_GATE} ${code}` })).report?.value;

  it("lets exactly one address and port through, however often and however it is asked for", async () => {
    const there = await value(`
      const open = () => net.connect({ host, port });
      const asked = () => http.get({ host, port }).on("error", () => {});
      return [await outcome(open), await outcome(open), await outcome(() => net.connect(String(port), host)),
        result(asked) === undefined ? "refused" : "asked"];`);
    expect(there).toEqual(["connected", "connected", "connected", "asked"]);
  });

  it.each([
    ["another port", "net.connect(port + 1, host)"],
    ["a name for the same machine", `net.connect(port, "localhost")`],
    ["no address at all", "net.connect(port)"],
    ["another way to write the address", `net.connect(port, "127.1")`],
    ["the same address as IPv6 has it", `net.connect(port, "::ffff:127.0.0.1")`],
    ["a socket in the file system", "net.connect(path)"],
    ["a datagram", "dgram.createSocket('udp4').send('x', port, host)"],
    ["a child process", "child_process.spawn(node, [allowedScript])"],
    ["a thread", `new worker_threads.Worker("1", { eval: true })`],
    ["a look-up", `dns.lookup("localhost", () => {})`],
  ])("refuses %s", async (_, code) => {
    expect(await value(`return result(() => ${code});`)).toBe("GUARD_TRIPWIRE");
  });

  it("is read once: what is written into it later counts for nothing", async () => {
    const later = await run({
      node,
      arm: false,
      code: `
        const allowAlways = { address: host, port: port + 1 };
        tripwire.armTripwire({ onHit() {}, allowAlways });
        allowAlways.port = port;
        tripwire.armTripwire({ onHit() {}, allowAlways: { address: host, port } });
        return result(() => net.connect(port, host));`,
    });
    expect(later.report?.value).toBe("GUARD_TRIPWIRE");
  });
});
