import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { NOBODY, NODES, trials } from "./trial.ts";

const { armed, run } = trials();

describe.each(NODES)("the tripwire on %s", (node) => {
  describe.concurrent("itself", () => {
    it("does nothing when it is imported, and lets everything through", async () => {
      const { report } = await run({
        node,
        arm: false,
        code: `
          const kept = [net.Socket.prototype.connect, early.TCP.prototype.connect, dns.lookup, process.binding];
          await load(bundle + "?again");
          const now = [net.Socket.prototype.connect, early.TCP.prototype.connect, dns.lookup, process.binding];
          const open = () => net.connect(port, host);
          return [
            kept.every((one, i) => one === now[i]), tripwire.isTripwireArmed(), await outcome(open),
            await outcome(() => tripwire.withTicket({ address: host, port }, open)),
          ];`,
      });
      expect(report?.value).toEqual([true, false, "connected", "connected"]);
    });

    it("lets a tool listen", async () => {
      const { value, hits } = await armed(
        node,
        `
        const listening = async (...where) => {
          const server = net.createServer().listen(...where);
          await once(server, "listening");
          server.close();
          return true;
        };
        return [await listening(0, host), await listening(0), await listening(path + "2")];`,
      );
      expect(value).toEqual([true, true, true]);
      expect(hits).toEqual([]);
    });

    it("loads a listed add-on, and no other", async () => {
      const { value } = await armed(
        node,
        `
        return [result(() => require(allowedAddon)), result(() => require(foreignAddon)),
          result(() => processView.dlopen({ exports: {} }))];`,
      );
      // The file is not an add-on, and the system says so.
      expect(value).toEqual(["ERR_DLOPEN_FAILED", "GUARD_TRIPWIRE", "GUARD_TRIPWIRE"]);
    });

    it.each([
      ["assigned", "owner[name] = () => 'mine'"],
      ["redefined", "Object.defineProperty(owner, name, { value: () => 'mine' })"],
      ["deleted", "delete owner[name]"],
    ])("can't be %s away", async (_name, change) => {
      const { value } = await armed(
        node,
        `
        "use strict";
        const places = [
          [net.Socket.prototype, "connect"], [early.TCP.prototype, "connect"], [early.TCP.prototype, "connect6"],
          [early.TCP.prototype, "open"], [early.Pipe.prototype, "connect"], [early.Pipe.prototype, "open"],
          [early.UDP.prototype, "send"], [early.ChannelWrap.prototype, "queryA"], [dgram.Socket.prototype, "send"],
          [require("dns"), "lookup"], [require("dns/promises"), "lookup"], [require("worker_threads"), "Worker"],
          [require("module"), "register"], [require("inspector"), "open"], [require("process"), "binding"],
          [require("process"), "_linkedBinding"], [require("process"), "dlopen"],
        ];
        return places.filter(([owner, name]) => {
          const before = owner[name];
          result(() => { ${change}; });
          return owner[name] !== before;
        }).map(([, name]) => name);`,
      );
      expect(value).toEqual([]);
    });

    it("does not depend on built-in methods that are changed after it was armed", async () => {
      const { value, arrived, hits } = await armed(
        node,
        `
        const nothing = () => undefined;
        WeakMap.prototype.get = () => ({ address: host, port });
        Reflect.apply = Reflect.get = nothing;
        Array.isArray = () => false;
        Array.prototype.slice = Array.prototype.map = () => [];
        Array.prototype.includes = Array.prototype.some = Array.prototype.every = () => true;
        Array.prototype[Symbol.iterator] = function* () {};
        Set.prototype.has = Map.prototype.has = WeakMap.prototype.has = WeakSet.prototype.has = () => true;
        String.prototype.startsWith = String.prototype.toUpperCase = () => "";
        String.prototype.replace = String.prototype.slice = () => { throw new Error("x"); };
        Object.is = () => true;
        return [
          result(() => net.connect(port, host)),
          result(() => new early.TCP(0).connect(new early.TCPConnectWrap(), host, port)),
          result(() => dgram.createSocket("udp4").send("x", udpPort, host)),
          result(() => child_process.spawn(node, [dial, String(port)])),
          result(() => new child_process.ChildProcess().spawn({ file: node, args: [node, allowedScript],
            envPairs: ["NODE_OPTIONS=--require=x"], stdio: "ignore" })),
        ];`,
      );
      expect(value).toEqual(Array(5).fill("GUARD_TRIPWIRE"));
      expect(hits).toHaveLength(5);
      expect(arrived).toEqual(NOBODY);
    });

    it("keeps the first 100 hits, and reports every one", async () => {
      const { value, hits } = await armed(
        node,
        `
        for (let i = 0; i < 150; i++) result(() => net.connect(i + 1, host));
        return tripwire.tripwireHits().length;`,
      );
      expect(value).toBe(100);
      expect(hits[0]).toEqual({
        code: "GUARD_TRIPWIRE",
        api: "net.Socket.connect",
        destination: "127.0.0.1:1",
      });
      expect(hits[99]?.destination).toBe("127.0.0.1:100");
    });

    /** Runs code that arms the tripwire itself. */
    const disarmed = async (code: string) => (await run({ node, code, arm: false })).report?.value;

    it("can be armed once: the first options stand", async () => {
      const value = await disarmed(`
        const told = [];
        tripwire.armTripwire({ onHit: () => told.push("first") });
        tripwire.armTripwire({ onHit: () => told.push("second"), allowChildren: [allowedScript] });
        return [
          tripwire.isTripwireArmed(), result(() => child_process.spawn(node, [allowedScript])), told,
        ];`);
      expect(value).toEqual([true, "GUARD_TRIPWIRE", ["first"]]);
    });

    it("reads its lists once: what they are given later may not be started or loaded", async () => {
      const value = await disarmed(`
        const [allowChildren, allowAddons] = [[], []];
        tripwire.armTripwire({ onHit() {}, allowChildren, allowAddons });
        allowChildren.push(allowedScript);
        allowAddons.push(allowedAddon);
        return [result(() => child_process.spawn(node, [allowedScript])), result(() => require(allowedAddon))];`);
      expect(value).toEqual(["GUARD_TRIPWIRE", "GUARD_TRIPWIRE"]);
    });

    it("refuses the inspector's server by the copy that its promises have, loaded before", async () => {
      const value = await disarmed(`
        const promises = require("node:inspector/promises");
        tripwire.armTripwire({ onHit() {} });
        return result(() => promises.open(0));`);
      expect(value).toBe("GUARD_TRIPWIRE");
    });

    it.each(["undefined", "null"])("can be armed without an inspector: %s", async (nothing) => {
      const value = await disarmed(`
        const { getBuiltinModule } = process;
        process.getBuiltinModule = (name) =>
          name.includes("inspector") ? ${nothing} : getBuiltinModule.call(process, name);
        tripwire.armTripwire({ onHit() {} });
        return tripwire.isTripwireArmed();`);
      expect(value).toBe(true);
    });

    it("leaves a resolver what asks nobody, and properties that are no method's name", async () => {
      const value = await disarmed(`
        const { prototype } = early.ChannelWrap;
        const own = Symbol("own");
        prototype[own] = () => "mine";
        tripwire.armTripwire({ onHit() {} });
        const resolver = new dns.Resolver();
        resolver.setLocalAddress("127.0.0.1");
        resolver.setServers(resolver.getServers());
        resolver.cancel();
        return [prototype.constructor === early.ChannelWrap, prototype[own](), tripwire.tripwireHits().length];`);
      expect(value).toEqual([true, "mine", 0]);
    });

    it("looks up no literal that is not one to the letter", async () => {
      const { value } = await armed(
        node,
        `return result(() => dns.lookup({ toString: () => "127.0.0.1" }, () => {}));`,
      );
      expect(value).toBe("GUARD_TRIPWIRE");
    });

    it("refuses although its reporter throws, and says so", async () => {
      const value = await disarmed(`
        tripwire.armTripwire({ onHit() { throw new RangeError("x"); } });
        try { net.connect(port, host); } catch (error) { return [error.code, error.cause.name]; }`);
      expect(value).toEqual(["GUARD_TRIPWIRE", "RangeError"]);
    });

    it("records a hit of its reporter without reporting it", async () => {
      const value = await disarmed(`
        let told = 0;
        tripwire.armTripwire({ onHit() { told++; net.connect(port + 1, host); } });
        return [result(() => net.connect(port, host)), told, tripwire.tripwireHits().length];`);
      expect(value).toEqual(["GUARD_TRIPWIRE", 1, 2]);
    });

    it("can't be armed by a second copy, whose tickets would be worthless", async () => {
      const value = await disarmed(`
        tripwire.armTripwire({ onHit() {} });
        const copy = await load(bundle + "?copy");
        return [result(() => copy.armTripwire({ onHit() {} })), copy.isTripwireArmed()];`);
      expect(value).toEqual(["GUARD_TRIPWIRE_UNARMED", false]);
    });

    it("says when it can't be armed", async () => {
      const value = await disarmed(`
        process.binding = () => { throw new Error("no access"); };
        return [result(() => tripwire.armTripwire({ onHit() {} })), tripwire.isTripwireArmed()];`);
      expect(value).toEqual(["GUARD_TRIPWIRE_UNARMED", false]);
    });

    it.each([
      ["a plain host", "net.connect(443, 'a.example')", "a.example:443"],
      ["a path", "net.connect('/run/a.sock')", "/run/a.sock"],
      ["a key", "net.connect(443, 'klarna_test_api_abc.example')", "klarna_..."],
      [
        "a key in base64",
        "dns.lookup('a2xhcm5hX3Rlc3RfYXBpX2FiY2RlZmdo.example', () => {})",
        "a2xh....example",
      ],
      [
        "a control character",
        "net.connect(443, 'a\\u202e\\u001b[31m.example')",
        "a??[31m.example:443",
      ],
      ["a long one", "net.connect(443, 'a.'.repeat(1000))", "a.".repeat(50)],
      ["an object", "net.connect(443, { toString() { throw 1; } })", "localhost:443"],
      [
        "a host that is one",
        "net.connect({ port: 443, host: { toString: () => 'a.example' } })",
        "unknown:443",
      ],
      ["a datagram", "dgram.createSocket('udp4').send('secret', 53, 'a.example')", "a.example:53"],
      [
        "a command",
        "child_process.execFileSync('/usr/bin/tool', ['--password', 'secret'])",
        "tool",
      ],
      [
        "a script",
        "child_process.spawnSync(node, ['/srv/tool.js', 'secret'])",
        `${basename(node)}:tool.js`,
      ],
    ])("names %s in its message as far as it is safe", async (_name, code, destination) => {
      const { hits } = await armed(node, `return result(() => ${code})`);
      expect(hits[0]?.destination).toBe(destination);
    });

    it("is an error that a person can act on", async () => {
      const { value } = await armed(
        node,
        `
        try { net.connect(443, "a.example"); } catch (error) {
          return [error instanceof tripwire.TripwireError, error.name, error.message, error.hint];
        }`,
      );
      expect(value).toEqual([
        true,
        "TripwireError",
        "refused by the tripwire: `net.Socket.connect` to `a.example:443`",
        "a bug in klarna-perf or in something it depends on, not in your profile: report it with this message",
      ]);
    });
  });
});
