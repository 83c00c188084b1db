import { expect, test } from "vitest";
import { seededRandom } from "../base/random.ts";
import { uuids } from "./ids.ts";

test("version 4 UUIDs, each another, the same for the same seed", () => {
  const newId = uuids(seededRandom(1));
  const ids = Array.from({ length: 2000 }, newId);
  for (const id of ids) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
  expect(new Set(ids).size).toBe(2000);
  expect(uuids(seededRandom(1))()).toBe(ids[0]);
});
