import { beforeEach, describe, expect, it, vi } from "vitest";

/** A tripwire of which nobody has run foul yet: its hits are kept for the life of a process. */
let wire: typeof import("./hits.ts");
beforeEach(async () => {
  vi.resetModules();
  wire = await import("./hits.ts");
});

describe("a hit", () => {
  it("is an error that names the part of the API and the place, and tells a person what to do", () => {
    const error = wire.hit("net.Socket.connect", "a.example", 443);
    expect(error).toBeInstanceOf(wire.TripwireError);
    expect(error).toMatchObject({
      name: "TripwireError",
      code: "GUARD_TRIPWIRE",
      api: "net.Socket.connect",
      destination: "a.example:443",
      message: "refused by the tripwire: `net.Socket.connect` to `a.example:443`",
      hint: expect.stringContaining("report it"),
    });
  });

  it.each<[string, unknown, unknown, string]>([
    ["a host and a port", "a.example", 443, "a.example:443"],
    ["a port in letters", "a.example", "https", "a.example:https"],
    ["a path", "/run/a.sock", undefined, "/run/a.sock"],
    ["a number", 3, undefined, "3"],
    ["nothing", undefined, undefined, "unknown"],
    ["an object, which is never turned into text", { toString: unread }, undefined, "unknown"],
    ["a port that is an object", "a.example", { toString: unread }, "a.example"],
    ["a key", "klarna_test_api_abc.example", undefined, "klarna_..."],
    ["a key in capitals behind something", "x-KLARNA_LIVE_API_ABC", 443, "x-klarna_..."],
    [
      "a long run of what could be base64",
      `${"aB3+/_-=".repeat(3)}c.example`,
      1,
      "aB3+....example:1",
    ],
    [
      "a run that is a sign shorter",
      `${"aB3+/_-=".repeat(3)}.example`,
      1,
      `${"aB3+/_-=".repeat(3)}.example:1`,
    ],
    [
      "signs that are no printable ASCII",
      "a\u001b[31m\u202e\u007fé \u0000~",
      undefined,
      "a?[31m??? ?~",
    ],
    ["a hundred signs", "a.".repeat(50), undefined, "a.".repeat(50)],
    ["more than a hundred", `${"a.".repeat(50)}b`, undefined, "a.".repeat(50)],
  ])("shows of its place what is safe to show: %s", (_, place, port, shown) => {
    expect(wire.hit("x", place, port).destination).toBe(shown);
  });

  it("is recorded before anybody is told, and told before it is thrown", () => {
    const seen: number[] = [];
    wire.reportHitsTo(() => seen.push(wire.tripwireHits().length));
    wire.hit("a");
    wire.hit("b");
    expect(seen).toEqual([1, 2]);
    expect(wire.tripwireHits().map(({ api }) => api)).toEqual(["a", "b"]);
  });

  it("needs nobody who is told of it", () => {
    expect(wire.tripwireHits()).toEqual([]);
    const error = wire.hit("a");
    expect(error.cause).toBeUndefined();
    expect(wire.tripwireHits()).toEqual([error]);
  });

  it("is one though a built-in method was replaced by one that throws", () => {
    const { replace } = String.prototype;
    String.prototype.replace = unread;
    try {
      expect(wire.hit("a", "a.example").destination).toBe("unknown");
    } finally {
      String.prototype.replace = replace;
    }
  });

  it("is refused though the one who is told fails, and carries why", () => {
    const cause = new RangeError("x");
    wire.reportHitsTo(() => {
      throw cause;
    });
    expect(wire.hit("a").cause).toBe(cause);
    // And the next one is told of again.
    expect(wire.hit("b").cause).toBe(cause);
  });

  it("of the one who is told is recorded, and not told", () => {
    const told: string[] = [];
    wire.reportHitsTo(({ api }) => {
      told.push(api);
      wire.hit("within");
    });
    wire.hit("a");
    wire.hit("b");
    expect(told).toEqual(["a", "b"]);
    expect(wire.tripwireHits().map(({ api }) => api)).toEqual(["a", "within", "b", "within"]);
  });

  it("is kept up to the hundredth, and told without end", () => {
    let told = 0;
    wire.reportHitsTo(() => told++);
    for (let i = 0; i < 102; i++) wire.hit(String(i));
    expect(told).toBe(102);
    expect(wire.tripwireHits()).toHaveLength(100);
    expect(wire.tripwireHits()[99]?.api).toBe("99");
  });

  it("can't be taken out of the record by whoever reads it", () => {
    wire.hit("a");
    (wire.tripwireHits() as unknown[]).length = 0;
    expect(wire.tripwireHits()).toHaveLength(1);
  });
});

function unread(): never {
  throw new Error("foreign code ran");
}
