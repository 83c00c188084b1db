import { describe, expect, test } from "vitest";
import { FAULT_KINDS } from "./kinds.ts";
import { parseFault } from "./rule.ts";

const CREATE = "payment-request.create";

describe("a fault is read", () => {
  test("with what it takes when nothing is said: every request, always, from now on", () => {
    for (const name of FAULT_KINDS.keys()) {
      const rule = parseFault(name);
      expect(rule).toMatchObject({ probability: 1, from: 0, lasts: undefined });
      expect([rule.hits(CREATE), rule.hits(undefined)]).toEqual([true, true]);
    }
  });

  test("with all its settings, in any order", () => {
    const rule = parseFault(
      `stall:for=10s,delay=2s,probability=0.25,from=500ms,operation=${CREATE}`,
    );
    expect(rule).toMatchObject({ probability: 0.25, from: 500_000, lasts: 10_000_000 });
    expect(rule.hits(CREATE)).toBe(true);
    expect(rule.hits("payment-request.read")).toBe(false);
    expect(rule.hits(undefined)).toBe(false);
  });

  test.each([
    ["payment-request.*", "payment-request.read", true],
    ["payment-request.*", "payment-token.cancel", false],
    ["payment-request.*", undefined, false],
    ["*", undefined, true],
  ])("operation=%s strikes %s: %s", (operation, name, strikes) => {
    expect(parseFault(`stall:operation=${operation}`).hits(name)).toBe(strikes);
  });
});

describe("a fault is refused", () => {
  test.each<[string, string, string]>([
    ["stal", "unknown fault `stal`", "did you mean `stall`?"],
    ["", "unknown fault ``", "there is stall, reset-before-headers"],
    ["reset-before-header:from=1s", "unknown fault", "`reset-before-headers`"],
    [
      "stall:operation=payment-request.creat",
      "unknown operation `payment-request.creat`",
      `did you mean \`${CREATE}\`?`,
    ],
    ["stall:operation=payments.*", "unknown operation `payments.*`", ""],
    ["stall:dely=2s", "unknown setting of stall `dely`", "did you mean `delay`?"],
    ["stall:delay", "`delay` is no setting=value", "give a fault"],
    ["stall:delay=2", "`delay` can't be `2`", "such as 800ms"],
    ["stall:delay=1s,delay=2s", "`delay` is given twice", "give a fault"],
    ["stall:from=later", "`from` can't be `later`", "such as 800ms"],
    ["stall:probability=1.5", "`probability` can't be `1.5`", "from 0 to 1"],
    ["stall:probability=-0.1", "`probability` can't be", "from 0 to 1"],
    ["server-error:status=404", "`status` can't be `404`", "500 or 502 or 503 or 504"],
    ["redirect:to=a\r\nb", "`to` can't be `a‹U+000D›‹U+000A›b`", "printable"],
    // It befalls the server: no request, no chance.
    [
      "connection-refused:probability=0.5",
      "unknown setting of connection-refused",
      "there is from, for",
    ],
    [`expired-certificate:operation=${CREATE}`, "unknown setting of expired-certificate", ""],
  ])("%j", (text, message, hint) => {
    expect(() => parseFault(text)).toThrowError(
      expect.objectContaining({
        code: "EMULATOR_FAULT",
        exitCode: 2,
        message: expect.stringContaining(message),
        hint: expect.stringContaining(hint),
      }),
    );
  });
});
