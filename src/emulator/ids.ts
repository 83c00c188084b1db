import type { Random } from "../base/random.ts";

/** Makes a new identifier at each call. */
export type NewId = () => string;

/**
 * Version 4 UUIDs (RFC 9562, section 5.4) from a seeded source: the same seed names the same things. They
 * identify, and protect nothing.
 */
export function uuids(random: Random): NewId {
  const word = (): string =>
    Math.floor(random.next() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, "0");
  return () => {
    const [a, b, c, d] = [word(), word(), word(), word()];
    const variant = "89ab"[Math.floor(random.next() * 4)] ?? "8";
    return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-${variant}${c.slice(1, 4)}-${c.slice(4)}${d}`;
  };
}
