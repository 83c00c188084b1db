import { describe, expect, it } from "vitest";
import { notPublic } from "../../src/guard/addresses.ts";
import { ADDRESSES, RANGES } from "./addresses.ts";
import { rowsOf, twice } from "./lines.ts";

describe("resolver answers", () => {
  it.each(RANGES)("$why: $expect from $first to $last, public around it", (range) => {
    expect([range.first, range.last].map(notPublic)).toEqual([range.expect, range.expect]);
    for (const outside of [range.before, range.after]) {
      if (outside !== undefined) expect(notPublic(outside), outside).toBeUndefined();
    }
  });

  it.each(rowsOf(ADDRESSES))("%s (%s): %s", (_, __, kind, given) => {
    expect(notPublic(given)).toBe(kind === "accepted" ? undefined : kind);
  });

  it("stand in the corpus once", () => {
    expect(twice(ADDRESSES)).toEqual([]);
  });
});
