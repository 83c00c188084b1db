/** A value that JSON can carry. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Whether JSON carries the value unchanged: no number that is not finite, no whole number past 2^53. */
export function isJson(value: unknown): value is Json {
  if (typeof value === "number") {
    return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  }
  if (typeof value === "string" || typeof value === "boolean" || value === null) return true;
  if (Array.isArray(value)) return value.every(isJson);
  return isJsonObject(value);
}

export function isJsonObject(value: unknown): value is JsonObject {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every(isJson)
  );
}

/**
 * A body merged over another as JSON Merge Patch does it (RFC 7396): objects are merged key by key, null
 * removes a key, anything else replaces what was there. Neither argument is changed.
 */
export function mergeBody(sample: JsonObject, patch: JsonObject): JsonObject {
  const merged = new Map(Object.entries(sample));
  for (const [key, value] of Object.entries(patch)) {
    const before = merged.get(key);
    if (value === null) merged.delete(key);
    else if (isJsonObject(value))
      merged.set(key, mergeBody(isJsonObject(before) ? before : {}, value));
    else merged.set(key, value);
  }
  return Object.fromEntries(merged);
}
