import { createHash } from "node:crypto";
import type { Profile } from "./schema.ts";

/** SHA-256, in hexadecimal, of a profile as it will be run: two files that come to the same profile have the same. */
export function profileHash(profile: Profile): string {
  return createHash("sha256").update(canonical(profile)).digest("hex");
}

/** JSON with keys sorted, and without those that are undefined. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`);
  return `{${fields.join(",")}}`;
}
