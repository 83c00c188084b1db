import dgram from "node:dgram";
import net from "node:net";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Sentries } from "./sentries.support.ts";

const sentries = new Sentries();
vi.doMock("./patch.ts", async (original) => ({
  ...(await original<object>()),
  ...sentries.patch({ socket: net.Socket.prototype, datagrams: dgram.Socket.prototype }),
}));

const TO = { address: "127.0.0.1", port: 8443 };

beforeEach(() => {
  sentries.clear();
  vi.resetModules();
});

async function armed() {
  const { guardSockets } = await import("./sockets.ts");
  const { withTicket } = await import("./tickets.ts");
  guardSockets();
  return { withTicket };
}

const refused = (api: string, destination: unknown) =>
  expect.objectContaining({ code: "GUARD_TRIPWIRE", api, destination });
const connecting = (args: readonly unknown[], self: unknown = {}) =>
  sentries.call("socket.connect", args, self);

describe("net.Socket.connect", () => {
  it.each<[string, readonly unknown[]]>([
    ["port and host", [8443, "127.0.0.1"]],
    ["a port as text", ["8443", "127.0.0.1"]],
    ["options", [{ host: "127.0.0.1", port: 8443 }]],
    ["options with a port as text", [{ host: "127.0.0.1", port: "8443" }]],
    ["Node's own list", [[{ host: "127.0.0.1", port: 8443 }, null]]],
  ])("goes on with a ticket for that place, once: %s", async (_, args) => {
    const { withTicket } = await armed();
    withTicket(TO, () => {
      expect(connecting(args, TO)).toEqual(["went on", TO, args]);
      expect(() => connecting(args)).toThrow(refused("net.Socket.connect", "127.0.0.1:8443"));
    });
  });

  it.each<[string, readonly unknown[], string]>([
    ["another port", [8444, "127.0.0.1"], "127.0.0.1:8444"],
    ["another host", [8443, "127.0.0.2"], "127.0.0.2:8443"],
    ["no host", [8443], "localhost:8443"],
    ["a callback for a host", [8443, () => {}], "localhost:8443"],
    ["options without a host", [{ port: 8443 }], "localhost:8443"],
    ["options without a port", [{ host: "127.0.0.1" }], "127.0.0.1"],
    ["a port below nothing", [{ host: "127.0.0.1", port: -1 }], "127.0.0.1"],
    ["a port that is no number", [{ host: "127.0.0.1", port: "x" }], "127.0.0.1"],
    ["an empty port", [{ host: "127.0.0.1", port: "" }], "127.0.0.1"],
    ["a port that is a list", [{ host: "127.0.0.1", port: [8443] }], "127.0.0.1"],
    ["port 0", [0, "127.0.0.1"], "127.0.0.1:0"],
    ["a path", ["/run/a.sock"], "/run/a.sock"],
    [
      "options with a path beside the place",
      [{ path: "/a", host: "127.0.0.1", port: 8443 }],
      "/a:8443",
    ],
    ["an empty path", [""], "unknown"],
    ["nothing", [], "unknown"],
    ["null", [null], "unknown"],
    ["an empty list", [[]], "unknown"],
  ])("is refused, ticket or none: %s", async (_, args, destination) => {
    const { withTicket } = await armed();
    const expected = refused("net.Socket.connect", destination);
    expect(() => withTicket(TO, () => connecting(args))).toThrow(expected);
    expect(() => connecting(args)).toThrow(expected);
  });
});

describe("the handle below", () => {
  const HANDLES = ["tcp_wrap.TCP.connect", "tcp_wrap.TCP.connect6"];
  const redeem = (what: string, handle: unknown, address: unknown, port: unknown) =>
    sentries.call(what, [{}, address, port], handle);

  it.each(HANDLES)("connects once where its socket had a ticket: %s", async (what) => {
    const { withTicket } = await armed();
    const handle = {};
    withTicket(TO, () => connecting([8443, "127.0.0.1"], { _handle: handle }));
    expect(redeem(what, handle, "127.0.0.1", 8443)).toEqual([
      "went on",
      handle,
      [{}, "127.0.0.1", 8443],
    ]);
    expect(() => redeem(what, handle, "127.0.0.1", 8443)).toThrow(
      refused(what.replace("tcp_wrap.", ""), "127.0.0.1:8443"),
    );
  });

  it("is the one below TLS's own", async () => {
    const { withTicket } = await armed();
    const inner = {};
    const handle = { _parent: inner };
    withTicket(TO, () => connecting([8443, "127.0.0.1"], { _handle: handle }));
    expect(() => redeem("tcp_wrap.TCP.connect", handle, "127.0.0.1", 8443)).toThrow("refused");
    expect(redeem("tcp_wrap.TCP.connect", inner, "127.0.0.1", 8443)).toContain("went on");
  });

  it.each<[string, unknown, unknown]>([
    ["another address", "127.0.0.2", 8443],
    ["another port", "127.0.0.1", 8444],
    ["a port as text", "127.0.0.1", "8443"],
  ])("does not connect elsewhere, nor afterwards: %s", async (_, address, port) => {
    const { withTicket } = await armed();
    const handle = {};
    withTicket(TO, () => connecting([8443, "127.0.0.1"], { _handle: handle }));
    const what = "tcp_wrap.TCP.connect";
    expect(() => redeem(what, handle, address, port)).toThrow("refused");
    expect(() => redeem(what, handle, "127.0.0.1", 8443)).toThrow("refused");
  });

  it.each<[string, unknown]>([
    ["a handle of nobody's", {}],
    ["null", null],
    ["undefined", undefined],
    ["a text", "handle"],
  ])("that got no ticket is refused: %s", async (_, handle) => {
    const { withTicket } = await armed();
    // A socket without a handle, or with a strange one, gets its ticket and leaves nothing behind.
    for (const _handle of [undefined, null, "handle", { _parent: 5 }]) {
      withTicket(TO, () => connecting([8443, "127.0.0.1"], { _handle }));
    }
    expect(() => redeem("tcp_wrap.TCP.connect", handle, "127.0.0.1", 8443)).toThrow(
      refused("TCP.connect", "127.0.0.1:8443"),
    );
  });

  it.each(["TCP", "Pipe"])("%s.open takes standard input, output and error alone", async (type) => {
    await armed();
    const what = `${type.toLowerCase()}_wrap.${type}.open`;
    for (const descriptor of [0, 1, 2]) {
      expect(sentries.call(what, [descriptor])).toEqual(["went on", "self", [descriptor]]);
    }
    for (const descriptor of [3, -1]) {
      expect(() => sentries.call(what, [descriptor])).toThrow(
        refused(`${type}.open`, `descriptor:${descriptor}`),
      );
    }
    expect(() => sentries.call(what, ["0"])).toThrow("refused");
  });

  it("of a pipe connects nowhere", async () => {
    await armed();
    expect(() => sentries.call("pipe_wrap.Pipe.connect", [{}, "/run/a.sock"])).toThrow(
      refused("Pipe.connect", "/run/a.sock"),
    );
  });

  it.each(["open", "bind", "bind6", "connect", "connect6", "send", "send6"])(
    "of UDP is refused: %s",
    async (name) => {
      await armed();
      expect(() => sentries.call(`udp_wrap.UDP.${name}`, ["127.0.0.1", 53])).toThrow(
        refused(`UDP.${name}`, "127.0.0.1:53"),
      );
    },
  );
});

describe("dgram.Socket", () => {
  it.each<[string, readonly unknown[], string]>([
    ["bind", [53, "127.0.0.1"], "127.0.0.1:53"],
    ["bind", [53, "127.0.0.1", 1, 2, 3], "127.0.0.1:53"],
    ["connect", [53, "127.0.0.1"], "127.0.0.1:53"],
    ["connect", [53, "127.0.0.1", "x", 54, "127.0.0.2"], "127.0.0.1:53"],
    ["send", ["secret", 53, "a.example"], "a.example:53"],
    ["send", ["secret", 0, 6, 53, "a.example"], "a.example:53"],
    ["sendto", ["secret", 0, 6, 53, "a.example"], "a.example:53"],
  ])(
    "%s is refused, and its message holds nothing of the datagram: %j",
    async (name, args, destination) => {
      await armed();
      expect(() => sentries.call(`datagrams.${name}`, args)).toThrow(
        refused(`dgram.Socket.${name}`, destination),
      );
    },
  );
});
