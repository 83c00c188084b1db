import { createHash } from "node:crypto";
import type { Profile } from "./schema.ts";

/**
 * SHA-256, in hexadecimal, of a profile as it will be run: two files that come to the same profile have the same. Of
 * data it takes the bytes, wherever they lie.
 */
export function profileHash({ data, ...profile }: Profile): string {
  const tables = data.map(({ name, order, sha256, columns }) => ({ name, order, sha256, columns }));
  const whole = tables.length === 0 ? profile : { ...profile, data: tables };
  return createHash("sha256").update(canonical(whole)).digest("hex");
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
