import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** A new token: 192 random bits, fit for a path. Whoever has it may use the gate. */
export function newToken(): string {
  return randomBytes(24).toString("base64url");
}

/** Compares in a time that says nothing of where the two differ, nor of how long the right one is. */
export function isSameToken(given: string, token: string): boolean {
  return timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
