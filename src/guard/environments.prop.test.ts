import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { emulatorTarget, parseEnvironment } from "./environments.ts";
import { findEmulator } from "./registration.ts";

/** The naive reference: every accepted spelling, written out. */
const NAMES = new Set([
  "emulator",
  "klarna-test",
  "playground-eu",
  "playground-na",
  "playground-oc",
]);
const ADDRESSES = new Set(Array.from({ length: 65_535 }, (_, at) => `https://127.0.0.1:${at + 1}`));
const REGISTERED = new Set(["https://127.0.0.1:8443", "https://127.0.0.1:44"]);

const KLARNA = [
  "https://api-global.test.klarna.com",
  "https://api.playground.klarna.com",
  "https://api.klarna.com",
];

const CA = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const registry = mkdtempSync(join(tmpdir(), "klarna-perf-environments-"));
for (const url of REGISTERED) {
  const registration = { url, caPem: CA, pid: 1, startedAt: "2026-06-15T12:00:00.000Z" };
  const path = join(registry, `1-${new URL(url).port}.json`);
  writeFileSync(path, JSON.stringify(registration), { mode: 0o600 });
}
afterAll(() => rmSync(registry, { recursive: true, force: true }));

/** Characters that parsers of addresses pass over, fold, decode or cut at. */
const ODD = [..." \t\r\n\u0000.:/\\@?#%[]_-;,'\"<>{}|^`~*0189aAkKsS"].concat(
  ["\u00a0", "\u00ad", "\u200b", "\u200d", "\u2024", "\u202e", "\u2028", "\u2060", "\u3002"],
  ["\uff0e", "\uff0f", "\uff1a", "\uff11", "\uff61", "\ufeff", "\u0430", "\u0131", "\u017f"],
  ["\u212a", "\u{1d424}", "%2e", "%2F", "%00", "0x", "//", "..", "@127.0.0.1", ".com", "xn--"],
);

/** A spelling that is accepted, or nearly: a good one with up to four slips at random places. */
const spelling = fc
  .record({
    good: fc.oneof(
      fc.constantFrom(...NAMES, ...REGISTERED, ...KLARNA),
      fc.integer({ min: 0, max: 70_000 }).map((port) => `https://127.0.0.1:${port}`),
    ),
    slips: fc.array(
      fc.record({
        at: fc.nat(40),
        cut: fc.nat(2),
        put: fc.oneof(fc.constant(""), fc.constantFrom(...ODD)),
      }),
      { maxLength: 4 },
    ),
    fold: fc.constantFrom<(text: string) => string>(
      (text) => text,
      (text) => text.toUpperCase(),
      (text) => text.normalize("NFKD"),
      (text) => text.replaceAll(".", "%2e"),
    ),
  })
  .map(({ good, slips, fold }) =>
    fold(
      slips.reduce(
        (text, { at, cut, put }) =>
          text.slice(0, at % (text.length + 1)) + put + text.slice((at % (text.length + 1)) + cut),
        good,
      ),
    ),
  );

function accepts(take: () => unknown): boolean {
  try {
    take();
    return true;
  } catch (error) {
    expect(error).toMatchObject({ name: "Refusal", exitCode: 4 });
    return false;
  }
}

describe("any spelling", () => {
  const given = fc.oneof(
    { weight: 9, arbitrary: spelling },
    { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
  );

  it("is an environment's name, an emulator's address or a registered one if it stands in the list", () => {
    let accepted = 0;
    fc.assert(
      fc.property(given, (text) => {
        const found = [
          accepts(() => parseEnvironment(text)),
          accepts(() => emulatorTarget({ url: text, caPem: CA })),
          accepts(() => findEmulator(text, registry)),
        ];
        expect([text, ...found]).toEqual([
          text,
          NAMES.has(text),
          ADDRESSES.has(text),
          REGISTERED.has(text),
        ]);
        if (found.includes(true)) accepted++;
      }),
      { numRuns: 5_000 },
    );
    // The property says nothing if nothing is ever accepted.
    expect(accepted).toBeGreaterThan(100);
  });

  it("that becomes a target is that target's origin, to the letter", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 65_535 }), (port) => {
        const url = `https://127.0.0.1:${port}`;
        const target = emulatorTarget({ url, caPem: CA });
        expect([target.origin, target.hostname, target.port]).toEqual([url, "127.0.0.1", port]);
      }),
    );
  });
});
