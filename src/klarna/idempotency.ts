import { hash, randomUUID } from "node:crypto";

/**
 * Makes `Klarna-Idempotency-Key`s: a UUID of version 5 (RFC 9562, section 5.5), which Klarna asks for, in a
 * namespace that is new for each run. Each intended write has a key of its own, since with a used one Klarna
 * answers from its cache and nothing is measured; the same write always has the same key.
 */
export function idempotencyKeys(namespace: string = randomUUID()): (write: number) => string {
  const namespaceBytes = Buffer.from(namespace.replaceAll("-", ""), "hex");
  return (write) => {
    const hex = hash("sha1", Buffer.concat([namespaceBytes, Buffer.from(String(write))]), "hex");
    const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(18, 20)}-${hex.slice(20, 32)}`;
  };
}

/** What tells that two requests of a client are meant to achieve the same. */
export interface Likeness {
  /** The same for the same method, path, query and body: 64 bits, which tell them apart and no more. */
  readonly intent: string;
  /** Not safe to be executed twice by itself. */
  readonly write: boolean;
  /** Of a request with an idempotency key: its hash. */
  readonly keyHash: string | undefined;
}

/** @param target path and query */
export function likenessOf(
  method: string,
  target: string,
  body: string | Buffer,
  key: string | undefined,
): Likeness {
  const text = `${method} ${target}\n`;
  const whole = typeof body === "string" ? text + body : Buffer.concat([Buffer.from(text), body]);
  return {
    intent: hash("sha256", whole, "hex").slice(0, 16),
    write: method === "POST" || method === "PATCH",
    keyHash: key === undefined ? undefined : idempotencyKeyHash(key),
  };
}

/** Tells keys apart and no more: 64 bits of a key's SHA-256. A key itself stands in no record. */
export function idempotencyKeyHash(key: string): string {
  return hash("sha256", key, "hex").slice(0, 16);
}
