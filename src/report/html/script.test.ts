import { expect, test } from "vitest";
import { formatMicros, formatRate } from "../../base/units.ts";
import { CLIENT_FORMATS, CLIENT_SCRIPT } from "./script.ts";

test("the page formats figures as the program does", () => {
  const client = new Function(`${CLIENT_FORMATS}; return { formatMicros, formatRate };`)();
  for (let us = 1; us < 1e11; us = us * 1.37 + 1) {
    expect(client.formatMicros(us)).toBe(formatMicros(us));
    expect(client.formatRate(us / 1e3)).toBe(formatRate(us / 1e3));
  }
});

test("the script parses, and can stand inside a script element", () => {
  expect(() => new Function(CLIENT_SCRIPT)).not.toThrow();
  expect(CLIENT_SCRIPT).not.toMatch(/<\/script|<!--/i);
});
