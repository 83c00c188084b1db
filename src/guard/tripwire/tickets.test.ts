import { describe, expect, it } from "vitest";
import {
  children,
  connections,
  lookups,
  withChildTicket,
  withLookupTicket,
  withTicket,
} from "./tickets.ts";

const TO = { address: "127.0.0.1", port: 8443 };
const any = () => true;

describe("a ticket", () => {
  it("is spent once, while the function that it was issued for runs", () => {
    const spent = withTicket(TO, () => [connections.spend(any), connections.spend(any)]);
    expect(spent).toEqual([TO, undefined]);
    expect(connections.spend(any)).toBeUndefined();
  });

  it("that nobody issued is not looked at", () => {
    expect(connections.spend(({ port }) => port === 8443)).toBeUndefined();
  });

  it("is spent by what it fits alone, and stays for it", () => {
    const spent = withTicket(TO, () => [
      connections.spend(({ port }) => port === 443),
      connections.spend(({ address, port }) => address === "127.0.0.1" && port === 8443),
    ]);
    expect(spent).toEqual([undefined, TO]);
  });

  it("is void when the function has returned or thrown, spent or not", () => {
    withTicket(TO, () => {});
    expect(connections.spend(any)).toBeUndefined();
    expect(() =>
      withTicket(TO, () => {
        throw new RangeError("x");
      }),
    ).toThrow(RangeError);
    expect(connections.spend(any)).toBeUndefined();
  });

  it("within another's function holds in its own, and the outer one's after it", () => {
    const inner = { address: "::1", port: 1 };
    const spent = withTicket(TO, () => [
      withTicket(inner, () => connections.spend(any)),
      connections.spend(any),
    ]);
    expect(spent).toEqual([inner, TO]);
  });

  it("is what it was when it was issued, whatever becomes of what was given", () => {
    const to = { ...TO };
    const args = ["-p"];
    const spent = withTicket(to, () => {
      to.port = 1;
      return connections.spend(any);
    });
    expect(spent).toEqual(TO);
    const command = withChildTicket("/bin/tool", args, () => {
      args.push("--more");
      return children.spend(any);
    });
    expect(command).toEqual({ file: "/bin/tool", args: ["-p"] });
  });

  it("of one kind is none of another", () => {
    const spent = withLookupTicket("a.example", () => [
      connections.spend(any),
      children.spend(any),
      lookups.spend((name) => name === "a.example"),
    ]);
    expect(spent).toEqual([undefined, undefined, "a.example"]);
  });

  it.each<[string, unknown, unknown, string]>([
    ["a name", "localhost", 443, "an address literal"],
    ["nothing", "", 443, "an address literal"],
    ["no text", 2130706433, 443, "an address literal"],
    ["what only reads like an address", { toString: () => "127.0.0.1" }, 443, "an address literal"],
    ["port 0", "127.0.0.1", 0, "a port from 1 to 65535"],
    ["a port too high", "127.0.0.1", 65_536, "a port from 1 to 65535"],
    ["a part of a port", "127.0.0.1", 443.5, "a port from 1 to 65535"],
    ["a port in letters", "127.0.0.1", "443", "a port from 1 to 65535"],
  ])("is not issued for %s", (_, address, port, needed) => {
    const to = { address, port } as { address: string; port: number };
    expect(() => withTicket(to, () => "run")).toThrow(new TypeError(`a ticket needs ${needed}`));
  });

  it.each([
    ["127.0.0.1", 1],
    ["2001:db8::1", 65_535],
  ])("is issued for %s port %d", (address, port) => {
    expect(withTicket({ address, port }, () => "run")).toBe("run");
  });
});
