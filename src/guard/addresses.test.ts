import { BlockList } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { notPublic } from "./addresses.ts";

/** Each range by its first and last address, with its neighbours outside where those are public. */
const edges: readonly (readonly [string, string, string | undefined])[] = [
  ["0.0.0.0", "this network", undefined],
  ["0.255.255.255", "this network", "1.0.0.0"],
  ["10.0.0.0", "private", "9.255.255.255"],
  ["10.255.255.255", "private", "11.0.0.0"],
  ["100.64.0.0", "shared by a carrier or a VPN client", "100.63.255.255"],
  ["100.127.255.255", "shared by a carrier or a VPN client", "100.128.0.0"],
  ["127.0.0.0", "loopback", "126.255.255.255"],
  ["127.255.255.255", "loopback", "128.0.0.0"],
  ["169.254.0.0", "link-local", "169.253.255.255"],
  ["169.254.169.254", "link-local", "169.255.0.0"],
  ["172.16.0.0", "private", "172.15.255.255"],
  ["172.31.255.255", "private", "172.32.0.0"],
  ["192.0.0.255", "reserved", "192.0.1.0"],
  ["192.0.2.255", "documentation", "192.0.3.0"],
  ["192.88.99.1", "reserved", "192.88.98.255"],
  ["192.168.0.0", "private", "192.167.255.255"],
  ["192.168.255.255", "private", "192.169.0.0"],
  ["198.18.0.0", "benchmarking, or a VPN client's stand-in", "198.17.255.255"],
  ["198.19.255.255", "benchmarking, or a VPN client's stand-in", "198.20.0.0"],
  ["198.51.100.1", "documentation", "198.51.101.0"],
  ["203.0.113.1", "documentation", "203.0.114.0"],
  ["224.0.0.0", "multicast", "223.255.255.255"],
  ["239.255.255.255", "multicast", undefined],
  ["240.0.0.0", "reserved", undefined],
  ["255.255.255.255", "reserved", undefined],
  ["::", "reserved, or another form of an IPv4 address", undefined],
  ["::1", "reserved, or another form of an IPv4 address", undefined],
  ["::ffff:8.8.8.8", "reserved, or another form of an IPv4 address", undefined],
  ["::ffff:10.0.0.1", "reserved, or another form of an IPv4 address", undefined],
  ["64:ff9b::808:808", "reserved, or another form of an IPv4 address", undefined],
  ["1fff:ffff::", "reserved, or another form of an IPv4 address", undefined],
  ["2001::1", "reserved", "2001:200::1"],
  ["2001:db8::1", "documentation", "2001:db9::1"],
  ["2002:808:808::1", "another form of an IPv4 address", "2003::1"],
  ["2620:4f:8000::1", "reserved", "2620:4f:8001::1"],
  ["3fff:fff::1", "documentation", "3fff:1000::1"],
  ["4000::1", "reserved", "3ffe::1"],
  ["5f00::1", "reserved", undefined],
  ["8000::", "reserved", undefined],
  ["c000::", "reserved", undefined],
  ["e000::", "reserved", undefined],
  ["f000::", "reserved", undefined],
  ["fc00::1", "private", undefined],
  ["fdff::1", "private", undefined],
  ["fe80::1", "link-local", undefined],
  ["fec0::1", "private", undefined],
  ["ff02::1", "multicast", undefined],
];

describe("notPublic", () => {
  it.each(edges)("%s is %s", (inside, kind, outside) => {
    expect(notPublic(inside)).toBe(kind);
    if (outside !== undefined) expect(notPublic(outside)).toBeUndefined();
  });

  it.each(["1.1.1.1", "8.8.8.8", "151.101.1.1", "2606:4700::1111", "2a00:1450::1"])(
    "%s is public",
    (address) => {
      expect(notPublic(address)).toBeUndefined();
    },
  );

  it.each([
    "",
    "localhost",
    "api-global.test.klarna.com",
    "127.1",
    "0x7f.0.0.1",
    "2130706433",
    "010.0.0.1",
    "1.1.1.1 ",
    "1.1.1.1\n",
    "1.1.1.1:443",
    "[2606:4700::1111]",
    "fe80::1%eth0",
    "2606:4700::1111%1",
    "1.1.1.256",
  ])("%j is no plain address", (address) => {
    expect(notPublic(address)).toBe("not a plain address");
  });

  it("holds every IPv6 address outside 2000::/3 for not public, and tells the families apart", () => {
    const global = new BlockList();
    global.addSubnet("2000::", 3, "ipv6");
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        if (!global.check(address, "ipv6")) expect(notPublic(address)).toBeDefined();
      }),
    );
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const first = Number(address.split(".")[0]);
        const lookAlike = ["192", "198", "203", "172", "169", "100"].includes(String(first));
        const reserved = [0, 10, 127].includes(first) || first >= 224;
        if (!lookAlike) expect(notPublic(address) !== undefined).toBe(reserved);
        // The same address in IPv6's clothes is never taken for a public one.
        expect(notPublic(`::ffff:${address}`)).toBeDefined();
      }),
    );
  });
});
