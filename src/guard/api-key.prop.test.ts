import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Classified, classifyKey, parseApiKey } from "./api-key.ts";

/** The naive reference knows the answer by construction: what was wrapped, and how often. */

const SIGNS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"];
/** Not `fc.string`, which likes to say words such as `constructor`, and those stand in stack traces. */
const secret = fc
  .array(fc.constantFrom(...SIGNS), { minLength: 16, maxLength: 60 })
  .map((signs) => signs.join(""));

const KINDS = {
  klarna_test_api_: "test-api-key",
  klarna_live_api_: "live",
  klarna_live_client_: "live",
  klarna_test_client_: "client-id",
} as const;
type Prefix = keyof typeof KINDS;
const prefix = fc.constantFrom(...(Object.keys(KINDS) as Prefix[]));

const LAYERS = 4;

type Wrap = "basic" | "user" | "base64" | "base64url" | "unpadded";
const wraps = fc.array(fc.constantFrom<Wrap>("basic", "user", "base64", "base64url", "unpadded"), {
  maxLength: 8,
});
const user = fc.constantFrom("", "u", "Ada Example", "9a8b7c6d-0000-4000-8000-123456789abc");
const gap = fc.string({
  unit: fc.constantFrom(" ", "\t", "\n", "\r", "\u00a0", "\u00ad", "\u200b", "\ufeff", "\u2060"),
  maxLength: 3,
});

interface Wrapped {
  readonly text: string;
  readonly layers: number;
  /** Layers to undo until the last base64 is gone: from there on everything can be read. */
  readonly hidden: number;
  /** Of each layer, innermost first, whether it is base64. */
  readonly encoded: readonly boolean[];
}

function wrapped(key: string, stack: readonly Wrap[], name: string, around: string): Wrapped {
  return stack.reduce<Wrapped>(
    ({ text, layers, hidden, encoded }, wrap) => {
      // Where a user stands already, `Basic` before it would be undone together with it.
      if (wrap === "basic" && text.includes(":")) return { text, layers, hidden, encoded };
      const inner = around + text + around;
      const bytes = Buffer.from(inner, "utf8");
      const outer = {
        basic: `Basic ${inner}`,
        user: `${name}:${inner}`,
        base64: bytes.toString("base64"),
        base64url: bytes.toString("base64url"),
        unpadded: bytes.toString("base64").replace(/=+$/, ""),
      }[wrap];
      const opaque = wrap !== "basic" && wrap !== "user";
      return {
        text: outer,
        layers: layers + 1,
        hidden: opaque || hidden > 0 ? hidden + 1 : 0,
        encoded: [...encoded, opaque],
      };
    },
    { text: key, layers: 0, hidden: 0, encoded: [] },
  );
}

function keyOf(classified: Classified): string | undefined {
  return classified.kind === "test-api-key" ? classified.key : undefined;
}

const credential = fc
  .record({ prefix, secret, stack: wraps, user, gap })
  .map(({ prefix, secret, stack, user, gap }) => {
    const key = prefix + secret;
    const { text, ...depths } = wrapped(key, stack, user, gap);
    return { prefix, secret, key, given: gap + text + gap, ...depths };
  });

describe("any key in any wrapping", () => {
  it("is what was wrapped, if four layers hold it, and never anything else", () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(credential, ({ prefix, key, given, layers, hidden, encoded }) => {
        const classified = classifyKey(given);
        const { kind } = classified;
        const found = keyOf(classified);
        seen.set(kind, (seen.get(kind) ?? 0) + 1);
        if (KINDS[prefix] === "test-api-key") {
          expect([kind, found]).toEqual(
            layers <= LAYERS ? ["test-api-key", key] : ["unknown", undefined],
          );
          // One layer more than a key is looked for: a sign may lie there.
        } else if (KINDS[prefix] === "live") {
          // A live key's beginning is known within base64 as well, once and twice.
          const left = encoded.slice(0, Math.max(0, layers - (LAYERS + 1)));
          expect(kind).toBe(left.filter(Boolean).length <= 2 ? "live" : "unknown");
        } else expect(kind).toBe(hidden <= LAYERS + 1 ? KINDS[prefix] : "unknown");
      }),
      { numRuns: 2_000 },
    );
    expect([...seen.keys()].sort()).toEqual(["client-id", "live", "test-api-key", "unknown"]);
  });

  it("is live if anything live is beside it, wherever and however wrapped", () => {
    fc.assert(
      fc.property(credential, secret, fc.boolean(), (live, secret, first) => {
        fc.pre(KINDS[live.prefix] === "live" && live.layers <= LAYERS - 1);
        const good = `klarna_test_api_${secret}`;
        const both = first ? `${live.given}:${good}` : `${good}:${live.given}`;
        for (const given of [both, Buffer.from(both, "utf8").toString("base64")]) {
          expect(classifyKey(given).kind).toBe("live");
        }
      }),
      { numRuns: 500 },
    );
  });

  it("is refused without a trace of it, or taken as the guard's own encoding", () => {
    fc.assert(
      fc.property(credential, ({ key, secret, given }) => {
        const pieces = Array.from({ length: secret.length - 7 }, (_, at) =>
          secret.slice(at, at + 8),
        );
        let shown: string;
        try {
          const taken = parseApiKey(given);
          expect(taken.authorization()).toBe(`Basic ${Buffer.from(`:${key}`).toString("base64")}`);
          shown = `${taken}${JSON.stringify(taken)}${inspect(taken, { showHidden: true })}`;
        } catch (error) {
          shown = `${error}${JSON.stringify(error)}${inspect(error, { showHidden: true })}`;
          expect(shown).not.toContain(given);
        }
        for (const piece of pieces) expect(shown).not.toContain(piece);
      }),
      { numRuns: 500 },
    );
  });

  it("stays what it is or is refused when one character is lost, put in or changed", () => {
    const slip = fc.record({
      at: fc.nat(200),
      cut: fc.nat(1),
      put: fc.string({ unit: "binary", maxLength: 1 }),
    });
    fc.assert(
      fc.property(credential, slip, ({ given }, { at, cut, put }) => {
        const place = at % (given.length + 1);
        const text = given.slice(0, place) + put + given.slice(place + cut);
        const key = keyOf(classifyKey(text));
        if (key === undefined) return;
        expect(key).toMatch(/^klarna_test_api_[A-Za-z0-9_.=+/-]{16,}$/);
        expect(key).not.toMatch(/klarna_live_|klarna_test_client_/i);
      }),
      { numRuns: 2_000 },
    );
  });
});
