import { expect, test } from "vitest";
import { micros } from "../base/units.ts";
import { VirtualClock } from "../base/virtual-clock.ts";
import type { Answer } from "./answers.ts";
import { Idempotency } from "./idempotency.ts";

function counting() {
  let executed = 0;
  return (): Answer => ({ status: 201, body: { n: ++executed } });
}

test("the first answer comes back for 24 h, to the microsecond", () => {
  const clock = new VirtualClock();
  const idempotency = new Idempotency(clock);
  const execute = counting();
  const once = (): Answer => idempotency.once("scope", "key", execute);
  const first = { status: 201, body: '{"n":1}', isJson: true };
  expect(once()).toEqual(first);
  clock.freeze(micros(24 * 3_600_000_000 - 1));
  expect(once()).toEqual(first);
  clock.freeze(micros(1));
  expect(once().body).toBe('{"n":2}');
});

test("another key or another scope is another request", () => {
  const idempotency = new Idempotency(new VirtualClock());
  const execute = counting();
  idempotency.once("scope", "key", execute);
  expect(idempotency.once("scope", "key2", execute).body).toBe('{"n":2}');
  expect(idempotency.once("scope2", "key", execute).body).toBe('{"n":3}');
});

test("an answer that has been forgotten is made again", () => {
  const idempotency = new Idempotency(new VirtualClock(), { most: 2 });
  const execute = counting();
  for (const key of ["a", "b", "c", "d", "e", "f"]) idempotency.once("scope", key, execute);
  expect(idempotency.once("scope", "e", execute).body).toBe('{"n":5}');
  expect(idempotency.once("scope", "a", execute).body).toBe('{"n":7}');
});
