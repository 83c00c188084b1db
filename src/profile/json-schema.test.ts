import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, it, test } from "vitest";
import { parse } from "yaml";
import { OPERATIONS } from "../klarna/catalogue.ts";
import { listProfiles } from "./find.ts";
import { keysOf, profileJsonSchema } from "./json-schema.ts";
import { KNOWN_KEYS, keyText } from "./key-texts.ts";

const schema = profileJsonSchema();
const takes = new Ajv({ strict: false, allErrors: true }).compile(schema);

const PROFILE = `name: p
kind: baseline
workload: { model: open, stages: [{ rate: 2/s, for: 10s }] }
scenarios: [{ name: s, steps: [{ operation: payment-request.create }] }]
`;

describe("editors take", () => {
  const files = listProfiles({ cwd: process.cwd(), builtInDir: "profiles" }).map(
    ({ file }) => file,
  );

  it.each([...files, "templates/profile.yaml"])("%s", (file) => {
    const text = readFileSync(file, "utf8").replaceAll("@NAME@", "p");
    takes(parse(text));
    expect(takes.errors).toBe(null);
  });

  it.each([
    ["a ramp", "rate: 2/s", "from: 0/s, to: 30/min"],
    ["a time of 0 without a unit", "model: open,", "model: open, drainTimeout: 0,"],
    ["Poisson arrivals", "model: open,", "model: open, arrivals: poisson,"],
  ])("%s", (_, from, to) => {
    takes(parse(PROFILE.replace(from, to)));
    expect(takes.errors).toBe(null);
  });
});

describe("editors mark", () => {
  it.each([
    ["an unknown key", "kind: baseline", "kind: baseline\nkinds: x"],
    ["an unknown key of a step", "operation:", "operationn: x, operation:"],
    ["an operation that is none", "payment-request.create", "payment-request.craete"],
    ["a kind that is none", "baseline", "base-line"],
    ["a rate without a unit", "2/s", "2"],
    ["a time without a unit", "10s", "10"],
    ["a model that is none", "model: open", "model: opened"],
    ["a missing key", "kind: baseline\n", ""],
  ])("%s", (_, from, to) => {
    const text = PROFILE.replace(from, to);
    expect(text).not.toBe(PROFILE);
    expect(takes(parse(text))).toBe(false);
  });
});

test("every key has its text, and no text is of a key that is none", () => {
  const keys = keysOf(schema);
  expect(keys.length).toBeGreaterThan(80);
  expect(keys.filter((key) => keyText(key) === undefined)).toEqual([]);
  expect(KNOWN_KEYS.filter((key) => !keys.includes(key))).toEqual([]);
});

test("operations are completed, and keys show what they are for", () => {
  const text = JSON.stringify(schema);
  for (const name of OPERATIONS.keys()) expect(text).toContain(`"${name}"`);
  expect(text).toContain("How much is asked, and when.");
  expect(text).toContain("A constant rate of journeys. Form: a number per unit of time");
});
