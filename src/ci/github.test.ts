import { expect, it } from "vitest";
import { annotation, outputs } from "./github.ts";

it("an annotation is one line, whatever it quotes", () => {
  const text = "p95: 100 % late\n::set-output name=x::y\r%0A";
  const line = annotation({ fails: true, level: "error", text }, "a:b,c\n::warning::");
  expect(line).not.toMatch(/[\r\n]/);
  expect(line).toMatch(/^::error title=a%3Ab%2Cc‹U\+000A›%3A%3Awarning%3A%3A::p95: 100 %25 late/);
  expect(line).toContain("%250A");
});

it("an output's value can't begin another output", () => {
  expect(outputs({ verdict: "passed\nreport=/etc", report: "a b" })).toBe(
    "verdict=passed‹U+000A›report=/etc\nreport=a b\n",
  );
});
