import type { Random } from "../base/random.ts";

/** Makes a new identifier at each call. */
export type NewId = () => string;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const hex = (byte: number): string => HEX[byte] ?? "";

/**
 * Version 4 UUIDs (RFC 9562, section 5.4) from a seeded source: the same seed names the same things. They
 * identify, and protect nothing.
 */
export function uuids(random: Random): NewId {
  const word = (): string => {
    const bits = Math.floor(random.next() * 0x1_0000_0000);
    // By bytes: Node writes a number of 32 bits in another base as it would a fraction, which takes far longer.
    return (
      hex(bits >>> 24) + hex((bits >>> 16) & 0xff) + hex((bits >>> 8) & 0xff) + hex(bits & 0xff)
    );
  };
  return () => {
    const [a, b, c, d] = [word(), word(), word(), word()];
    const variant = "89ab"[Math.floor(random.next() * 4)] ?? "8";
    return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-${variant}${c.slice(1, 4)}-${c.slice(4)}${d}`;
  };
}
