import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { notPublic } from "./addresses.ts";

/**
 * The naive reference: addresses as whole numbers, and a table of what is not public from first to last. IPv6 the other
 * way round, by what IANA has given out at all (2000::/3) less what is special in there.
 */

function ipv4(text: string): bigint {
  return text.split(".").reduce((sum, part) => sum * 256n + BigInt(part), 0n);
}
function ipv6(head: string): bigint {
  const groups = head.split(":").map((group) => BigInt(`0x${group}`));
  return groups.reduce((sum, group, at) => sum + (group << BigInt(112 - 16 * at)), 0n);
}

type Span = readonly [first: bigint, last: bigint];

const IPV4_SPECIAL: readonly Span[] = [
  [ipv4("0.0.0.0"), ipv4("0.255.255.255")],
  [ipv4("10.0.0.0"), ipv4("10.255.255.255")],
  [ipv4("100.64.0.0"), ipv4("100.127.255.255")],
  [ipv4("127.0.0.0"), ipv4("127.255.255.255")],
  [ipv4("169.254.0.0"), ipv4("169.254.255.255")],
  [ipv4("172.16.0.0"), ipv4("172.31.255.255")],
  [ipv4("192.0.0.0"), ipv4("192.0.0.255")],
  [ipv4("192.0.2.0"), ipv4("192.0.2.255")],
  [ipv4("192.31.196.0"), ipv4("192.31.196.255")],
  [ipv4("192.52.193.0"), ipv4("192.52.193.255")],
  [ipv4("192.88.99.0"), ipv4("192.88.99.255")],
  [ipv4("192.168.0.0"), ipv4("192.168.255.255")],
  [ipv4("192.175.48.0"), ipv4("192.175.48.255")],
  [ipv4("198.18.0.0"), ipv4("198.19.255.255")],
  [ipv4("198.51.100.0"), ipv4("198.51.100.255")],
  [ipv4("203.0.113.0"), ipv4("203.0.113.255")],
  [ipv4("224.0.0.0"), ipv4("255.255.255.255")],
];
const IPV6_GIVEN_OUT: Span = [ipv6("2000"), ipv6("4000") - 1n];
const IPV6_SPECIAL: readonly Span[] = [
  [ipv6("2001"), ipv6("2001:200") - 1n],
  [ipv6("2001:db8"), ipv6("2001:db9") - 1n],
  [ipv6("2002"), ipv6("2003") - 1n],
  [ipv6("2620:4f:8000"), ipv6("2620:4f:8001") - 1n],
  [ipv6("3fff"), ipv6("3fff:1000") - 1n],
];

function within(address: bigint, [first, last]: Span): boolean {
  return first <= address && address <= last;
}

function dotted(address: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (address >> shift) & 255n).join(".");
}
/** Eight groups in full: short forms have a test of their own. */
function colons(address: bigint): string {
  const groups = Array.from({ length: 8 }, (_, at) => (address >> BigInt(112 - 16 * at)) & 0xffffn);
  return groups.map((group) => group.toString(16)).join(":");
}

/** Any address, and more often one near a border. */
function near(borders: readonly Span[], bits: number): fc.Arbitrary<bigint> {
  const most = (1n << BigInt(bits)) - 1n;
  const step = fc.bigInt({ min: -2n, max: 2n });
  const border = fc.tuple(fc.constantFrom(...borders.flat()), step).map(([at, by]) => at + by);
  return fc
    .oneof(fc.bigInt({ min: 0n, max: most }), border)
    .filter((address) => address >= 0n && address <= most);
}

describe("any address", () => {
  it("of IPv4 is public unless a special range holds it", () => {
    fc.assert(
      fc.property(near(IPV4_SPECIAL, 32), (address) => {
        const special = IPV4_SPECIAL.some((span) => within(address, span));
        expect([dotted(address), notPublic(dotted(address)) !== undefined]).toEqual([
          dotted(address),
          special,
        ]);
      }),
      { numRuns: 10_000 },
    );
  });

  it("of IPv6 is public if it is given out and no special range holds it", () => {
    fc.assert(
      fc.property(near([IPV6_GIVEN_OUT, ...IPV6_SPECIAL], 128), (address) => {
        const special =
          !within(address, IPV6_GIVEN_OUT) || IPV6_SPECIAL.some((span) => within(address, span));
        expect([colons(address), notPublic(colons(address)) !== undefined]).toEqual([
          colons(address),
          special,
        ]);
      }),
      { numRuns: 10_000 },
    );
  });

  it("of IPv4 is not public in any of IPv6's forms of it", () => {
    const forms: readonly ((dotted: string, hex: string) => string)[] = [
      (dotted) => `::ffff:${dotted}`,
      (dotted) => `::${dotted}`,
      (dotted) => `::ffff:0:${dotted}`,
      (dotted) => `64:ff9b::${dotted}`,
      (dotted) => `64:ff9b:1::${dotted}`,
      (_, hex) => `2002:${hex}::1`,
      (_, hex) => `2001:0:${hex}::1`,
    ];
    fc.assert(
      fc.property(near(IPV4_SPECIAL, 32), fc.constantFrom(...forms), (address, form) => {
        const hex = `${(address >> 16n).toString(16)}:${(address & 0xffffn).toString(16)}`;
        expect(notPublic(form(dotted(address), hex))).toEqual(expect.any(String));
      }),
      { numRuns: 2_000 },
    );
  });

  it("of IPv6 is judged the same in its short form, and in capitals", () => {
    fc.assert(
      fc.property(near([IPV6_GIVEN_OUT, ...IPV6_SPECIAL], 128), (address) => {
        const full = colons(address);
        const short = full.replace(/(?:^|:)0(?::0)+(?:$|:)/, "::");
        for (const other of [short, full.toUpperCase()]) {
          expect([other, notPublic(other)]).toEqual([other, notPublic(full)]);
        }
      }),
    );
  });
});
