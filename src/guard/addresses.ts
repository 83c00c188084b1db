import { BlockList, isIP } from "node:net";

/**
 * Ranges in which no public server of Klarna's can be. Sources: IANA's special-purpose address registries
 * for IPv4 and IPv6 (RFC 6890 and its updates), multicast (RFC 5771, RFC 4291) and the IPv6 forms that wrap
 * an IPv4 address, which could name a private one in disguise.
 */
const NOT_PUBLIC: readonly (readonly [string, number, string])[] = [
  ["0.0.0.0", 8, "this network"],
  ["10.0.0.0", 8, "private"],
  ["100.64.0.0", 10, "shared by a carrier or a VPN client"],
  ["127.0.0.0", 8, "loopback"],
  ["169.254.0.0", 16, "link-local"],
  ["172.16.0.0", 12, "private"],
  ["192.0.0.0", 24, "reserved"],
  ["192.0.2.0", 24, "documentation"],
  ["192.31.196.0", 24, "reserved"],
  ["192.52.193.0", 24, "reserved"],
  ["192.88.99.0", 24, "reserved"],
  ["192.168.0.0", 16, "private"],
  ["192.175.48.0", 24, "reserved"],
  ["198.18.0.0", 15, "benchmarking, or a VPN client's stand-in"],
  ["198.51.100.0", 24, "documentation"],
  ["203.0.113.0", 24, "documentation"],
  ["224.0.0.0", 4, "multicast"],
  ["240.0.0.0", 4, "reserved"],
  ["::", 3, "reserved, or another form of an IPv4 address"],
  ["2001::", 23, "reserved"],
  ["2001:db8::", 32, "documentation"],
  ["2002::", 16, "another form of an IPv4 address"],
  ["2620:4f:8000::", 48, "reserved"],
  ["3fff::", 20, "documentation"],
  ["4000::", 2, "reserved"],
  ["8000::", 2, "reserved"],
  ["c000::", 3, "reserved"],
  ["e000::", 4, "reserved"],
  ["f000::", 5, "reserved"],
  ["f800::", 6, "reserved"],
  ["fc00::", 7, "private"],
  ["fe00::", 9, "reserved"],
  ["fe80::", 10, "link-local"],
  ["fec0::", 10, "private"],
  ["ff00::", 8, "multicast"],
];

const ranges = NOT_PUBLIC.map(([net, prefix, kind]) => {
  const list = new BlockList();
  const family = isIP(net);
  list.addSubnet(net, prefix, nameOf(family));
  return { list, family, kind };
});

/**
 * Why an address can't be a public server's: the kind of range it lies in, or that it is no address at all.
 * `undefined` for a public address. A zone id makes an IPv6 address link-local, whatever its digits.
 */
export function notPublic(address: string): string | undefined {
  const family = isIP(address);
  if (family === 0 || address.includes("%")) return "not a plain address";
  // BlockList takes an IPv4 address for its IPv4-mapped form, which ::/3 holds: the families are kept apart.
  return ranges.find(
    (range) => range.family === family && range.list.check(address, nameOf(family)),
  )?.kind;
}

function nameOf(family: number): "ipv4" | "ipv6" {
  return family === 6 ? "ipv6" : "ipv4";
}
