import { expect, it } from "vitest";
import { fuzzAnswers } from "./support/answer-fuzz.ts";

/** All 100 000: npm run fuzz:answers */
it("2000 malformed answers end as one result each, and leave nothing behind", {
  timeout: 120_000,
}, async () => {
  const { answers, results, heapGrowthBytes } = await fuzzAnswers(2000, 1);
  expect([...results.values()].reduce((sum, count) => sum + count, 0)).toBe(answers);
  // The fuzzer gets everywhere: to each class of answer, and to each way of failing that bytes can bring about.
  expect([...results.keys()]).toEqual(
    expect.arrayContaining([
      "success",
      "redirect",
      "throttled",
      "protection",
      "provider-error",
      "unexplained",
      "malformed-answer while body",
      "connection-closed while body",
      "timeout while body",
    ]),
  );
  expect(heapGrowthBytes).toBeLessThan(32 * 1024 * 1024);
});
