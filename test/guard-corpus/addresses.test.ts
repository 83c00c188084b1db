import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { notPublic } from "../../src/guard/addresses.ts";
import { approve } from "../../src/guard/approval.ts";
import { Door } from "../../src/guard/door.ts";
import { klarnaTarget } from "../../src/guard/environments.ts";
import { klarnaFacts } from "../../src/guard/facts.support.ts";
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

  const answers = [
    ...RANGES.flatMap(({ first, last }) => [first, last]),
    ...ADDRESSES.flatMap(({ given }) => given),
  ];
  it.each(answers)("%j for Klarna's host: connected to only if it is public", async (answer) => {
    const connected: string[] = [];
    const door = new Door(klarnaTarget("klarna-test"), approve(klarnaFacts()), systemClock(), {
      resolve: async () => [answer],
      connect: (address) => {
        connected.push(address);
        throw new Error("no further than this");
      },
      roots: [],
    });
    const isPublic = notPublic(answer) === undefined;
    await expect(door.open()).rejects.toThrow(
      isPublic
        ? /^no further than this$/
        : expect.objectContaining({ name: "Refusal", code: "GUARD_ADDRESS_NOT_PUBLIC" }),
    );
    expect(connected).toEqual(isPublic ? [answer] : []);
  });

  it("stand in the corpus once", () => {
    expect(twice(ADDRESSES)).toEqual([]);
  });
});
