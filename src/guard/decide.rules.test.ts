import { expect, it, vi } from "vitest";
import { klarnaFacts } from "./facts.support.ts";
import type { Check, Refused, Rule } from "./run-facts.ts";

/** What `decide` makes of rules that give what no rule of today gives. */

const check: Check = { code: "A", text: "it may" };
const refused: Refused = { code: "GUARD_B", text: "it may not", hint: "do another thing" };

it.each<[string, readonly unknown[], readonly string[]]>([
  ["a rule that gives nothing has not passed", [check, []], ["GUARD_UNDECIDED"]],
  ["a refusal is one beside a check too", [[check, refused], check], ["GUARD_B"]],
  ["a refusal is one though checks abound", [[check, check, refused], check], ["GUARD_B"]],
])("%s", async (_, given, codes) => {
  vi.resetModules();
  // Whatever their type says.
  vi.doMock("./run-rules.ts", () => ({ RUN_RULES: given.map((one) => (() => one) as Rule) }));
  const { decide } = await import("./decide.ts");
  const decision = decide(klarnaFacts());
  const told = decision.allowed ? [] : [decision, ...decision.also].map(({ code }) => code);
  expect(told).toEqual(codes);
});
