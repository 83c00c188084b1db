import { setFlagsFromString } from "node:v8";
import { afterEach, expect, test } from "vitest";
import { holdCompiler, letCompile } from "./compiler.ts";

afterEach(letCompile);

/** Of V8's `%GetOptimizationStatus`: compiled by its optimising compiler, TurboFan. */
const TURBOFANNED = 1 << 6;
const CALLS = 20_000;
const ROUNDS = 200;

/** A function that nobody has called yet, and whether it has been compiled by now. */
function fresh(): { readonly work: (n: number) => number; readonly isCompiled: () => boolean } {
  setFlagsFromString("--allow-natives-syntax");
  const made = new Function(
    "const work = (n) => { let s = n; for (let i = 0; i < 10; i++) s = (s * 31 + i) | 0; return s; };" +
      "return { work, status: () => %GetOptimizationStatus(work) };",
  )();
  return { work: made.work, isCompiled: () => (made.status() & TURBOFANNED) !== 0 };
}

/** Calls it until it is compiled, and often enough if it never is. */
async function keepCalling({ work, isCompiled }: ReturnType<typeof fresh>): Promise<void> {
  for (let round = 0; round < ROUNDS && !isCompiled(); round++) {
    for (let i = 0; i < CALLS; i++) work(i);
    // What was compiled beside is taken over between turns.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("what is called often is not compiled while the compiler is held, and is afterwards", async () => {
  const before = fresh();
  await keepCalling(before);
  expect(before.isCompiled()).toBe(true);

  holdCompiler();
  const held = fresh();
  await keepCalling(held);
  expect(held.isCompiled()).toBe(false);
  // It is as quick as it was.
  expect(before.isCompiled()).toBe(true);

  letCompile();
  await keepCalling(held);
  expect(held.isCompiled()).toBe(true);
});
