import { describe, expect, it } from "vitest";
import { NO_CALLS, NOBODY, NODES, outward, trials } from "./trial.ts";

const { armed } = trials();

describe.each(NODES)("the tripwire on %s", (node) => {
  describe.concurrent("with a ticket", () => {
    const TICKET = "tripwire.withTicket({ address: host, port }, open)";

    it.each([
      ["net", "net.connect({ host, port })"],
      ["net, port as text", "net.connect(String(port), host)"],
      ["tls", "tls.connect({ host, port, servername: 'a.example' })"],
      ["a socket", "new net.Socket().connect(port, host)"],
      ["http's agent", "new http.Agent().createConnection({ host, port })"],
    ])("%s gets through exactly once", async (_name, open) => {
      const { value, hits, calls, arrived } = await armed(
        node,
        `
        const open = () => ${open};
        return [await outcome(() => ${TICKET}), await outcome(open), await outcome(open)];`,
      );
      expect(value).toEqual(["connected", "GUARD_TRIPWIRE", "GUARD_TRIPWIRE"]);
      expect(arrived.tcp).toBe(1);
      expect(calls.TCPCONNECTWRAP).toBe(1);
      expect(hits).toHaveLength(2);
    });

    it("undici gets through with a connector that opens by ticket", async () => {
      const { value, hits, arrived } = await armed(
        node,
        `
        const open = () => net.connect({ host, port });
        const connect = (_options, done) => {
          const socket = ${TICKET};
          socket.once("connect", () => done(null, socket));
        };
        const client = new undici.Client("http://a.example", { connect });
        return client.request({ path: "/", method: "GET" }).catch((error) => error.code);`,
      );
      expect(value).toBe("UND_ERR_SOCKET"); // the listener hangs up without an answer
      expect(arrived.tcp).toBe(1);
      expect(hits).toEqual([]);
    });

    it("an IPv6 literal gets as far as the system call", async () => {
      const { hits, calls } = await armed(
        node,
        `
        const open = () => net.connect({ host: "::1", port });
        return outcome(() => tripwire.withTicket({ address: "::1", port }, open));`,
      );
      expect(hits).toEqual([]);
      expect(calls.TCPCONNECTWRAP).toBe(1);
    });

    it.each([
      ["another port", "net.connect(port + 1, host)"],
      ["another address", "net.connect(port, '127.0.0.2')"],
      ["a name instead of the address", "net.connect(port, 'localhost')"],
      ["no address", "net.connect(port)"],
      ["a path", "net.connect({ host, port, path })"],
      ["a datagram", "dgram.createSocket('udp4').connect(port, host)"],
      ["another spelling of the address", "net.connect(port, '127.1')"],
    ])("%s is refused", async (_name, open) => {
      const { arrived, ...report } = await armed(
        node,
        `
        return outcome(() => tripwire.withTicket({ address: host, port }, () => ${open}));`,
      );
      expect(report.value).toBe("GUARD_TRIPWIRE");
      expect(report.hits[0]?.api).toMatch(/^(net|dgram)\.Socket\.connect$/);
      expect(arrived).toEqual(NOBODY);
      expect(outward(report)).toEqual(NO_CALLS);
    });

    it("a second connect within the same call is refused", async () => {
      const { value, arrived } = await armed(
        node,
        `
        let first;
        const refused = await outcome(() => tripwire.withTicket({ address: host, port }, () => {
          first = net.connect(port, host);
          return net.connect(port, host);
        }));
        return [refused, await outcome(() => first)];`,
      );
      expect(value).toEqual(["GUARD_TRIPWIRE", "connected"]);
      expect(arrived.tcp).toBe(1);
    });

    it("a second connect of the same handle is refused", async () => {
      const { value, hits } = await armed(
        node,
        `
        const socket = tripwire.withTicket({ address: host, port }, () => net.connect(port, host));
        const handle = socket._handle;
        await once(socket, "connect");
        return result(() => handle.connect(new early.TCPConnectWrap(), host, port));`,
      );
      expect(value).toBe("GUARD_TRIPWIRE");
      expect(hits[0]?.api).toBe("TCP.connect");
    });

    it("it is void once the call has returned, spent or not", async () => {
      const { value, arrived } = await armed(
        node,
        `
        let later;
        tripwire.withTicket({ address: host, port }, () => {
          later = Promise.resolve().then(() => outcome(() => net.connect(port, host)));
        });
        return [await outcome(() => net.connect(port, host)), await later];`,
      );
      expect(value).toEqual(["GUARD_TRIPWIRE", "GUARD_TRIPWIRE"]);
      expect(arrived.tcp).toBe(0);
    });

    it("it is void once the call has thrown", async () => {
      const { value } = await armed(
        node,
        `
        result(() => tripwire.withTicket({ address: host, port }, () => { throw new RangeError("x"); }));
        return outcome(() => net.connect(port, host));`,
      );
      expect(value).toBe("GUARD_TRIPWIRE");
    });

    it("an option that changes between the check and the connect is refused at the handle", async () => {
      const { hits, arrived, calls } = await armed(
        node,
        `
        let reads = 0;
        const options = { host, get port() { return reads++ === 0 ? port : port + 1; } };
        const socket = tripwire.withTicket({ address: host, port }, () => new net.Socket().connect(options));
        await new Promise((resolve) => setTimeout(resolve, 20));`,
      );
      expect(hits.map(({ api }) => api)).toEqual(["TCP.connect"]);
      expect(arrived.tcp).toBe(0);
      expect(calls.TCPCONNECTWRAP).toBeUndefined();
    });

    it("only an address literal and a port make one", async () => {
      const { value } = await armed(
        node,
        `
        return [["localhost", 443], ["127.0.0.1", 0], ["127.0.0.1", 65_536], ["127.0.0.1", "443"], ["", 1]].map(
          ([address, port]) => result(() => tripwire.withTicket({ address, port }, () => "run")));`,
      );
      expect(value).toEqual(["TypeError", "TypeError", "TypeError", "TypeError", "TypeError"]);
    });
  });

  describe.concurrent("lookups", () => {
    it.each([
      [
        "dns.lookup",
        `new Promise((done) => dns.lookup("localhost", 4, (_e, address) => done(address)))`,
      ],
      ["dns.promises.lookup", `dnsPromises.lookup("localhost", 4).then(({ address }) => address)`],
    ])("%s of a ticketed name gets through exactly once", async (_name, lookup) => {
      const { value, calls } = await armed(
        node,
        `
        const lookup = async () => ${lookup};
        const address = await tripwire.withLookupTicket("localhost", lookup);
        return [address, await lookup().catch((error) => error.code)];`,
      );
      expect(value).toEqual(["127.0.0.1", "GUARD_TRIPWIRE"]);
      expect(calls.GETADDRINFOREQWRAP).toBe(1);
    });

    it("another name is refused", async () => {
      const { value, calls } = await armed(
        node,
        `
        return result(() => tripwire.withLookupTicket("a.example", () => dns.lookup("localhost", () => {})));`,
      );
      expect(value).toBe("GUARD_TRIPWIRE");
      expect(calls.GETADDRINFOREQWRAP).toBeUndefined();
    });

    it("a literal needs no ticket, since nobody is asked", async () => {
      const { value, hits } = await armed(node, "return (await dnsPromises.lookup(host)).address");
      expect(value).toBe("127.0.0.1");
      expect(hits).toEqual([]);
    });
  });
});
