import { describe, expect, test } from "vitest";
import { ceilingOf } from "../guard/ceilings.ts";
import { ENVIRONMENT_NAMES, KLARNA_KINDS } from "../guard/environments.ts";
import { findProfile, listProfiles } from "./find.ts";
import { profileHash } from "./hash.ts";
import { makePlan, type Plan } from "./plan.ts";
import { parseProfile } from "./read.ts";

const folders = { cwd: process.cwd(), builtInDir: "profiles" };

function planOf(name: string, environment: Plan["environment"] = "emulator"): Plan {
  const { file, text } = findProfile(name, folders);
  return makePlan(parseProfile(text, file, { environment }), {
    environment,
    level: "partner",
    seed: 1,
  });
}

describe.each(listProfiles(folders).map(({ name }) => name))("profiles/%s.yaml", (name) => {
  test("is named like its file and says what it is for", () => {
    const { profile } = planOf(name);
    expect(profile.name).toBe(name);
    expect(profile.description.length).toBeGreaterThan(20);
    expect(profile.thresholds.length).toBeGreaterThan(0);
  });

  test("can state every percentile that it judges", () => {
    const { profile, operations } = planOf(name);
    for (const { operation, figure } of profile.thresholds) {
      const p = /\.p([\d.]+)$/.exec(figure)?.[1];
      if (p === undefined) continue;
      for (const planned of operations.filter(
        (each) => operation === null || each.operation === operation,
      )) {
        expect(planned.percentiles.find((each) => each.p === Number(p))?.canBeStated).toBe(true);
      }
    }
  });

  test.each(ENVIRONMENT_NAMES)("stays within the ceilings of %s", (environment) => {
    const plan = planOf(name, environment);
    const { kind } = plan.profile;
    const ceiling = ceilingOf(environment, kind, plan.level);
    if (!ceiling) {
      expect(KLARNA_KINDS.has(kind)).toBe(false);
      return;
    }
    expect(plan.requests).toBeLessThanOrEqual(ceiling.requests);
    expect(plan.duration).toBeLessThanOrEqual(ceiling.duration);
    for (const { category, peakPerSecond, capPerSecond } of plan.categories) {
      expect(peakPerSecond).toBeLessThan(Math.min(capPerSecond, ceiling.category(category).peak));
    }
  });
});

test("smoke: three journeys of four requests, none of them left open", () => {
  const plan = planOf("smoke");
  expect([plan.journeys, plan.requests, plan.webhooks, plan.duration]).toEqual([
    3, 12, 6, 12_000_000,
  ]);
  expect(
    plan.categories.map(({ peakPerSecond, capPerSecond }) => [peakPerSecond, capPerSecond]),
  ).toEqual([
    [0.25, 1],
    [0.75, 1],
  ]);
});

test("baseline: 320 journeys, 300 of them judged", () => {
  const plan = planOf("baseline");
  expect([plan.journeys, plan.requests, plan.webhooks, plan.duration]).toEqual([
    320, 960, 640, 70_000_000,
  ]);
  expect(plan.operations.map(({ steadySamples }) => steadySamples)).toEqual([300, 300, 300]);
  expect(
    plan.categories.map(({ peakPerSecond, capPerSecond }) => [peakPerSecond, capPerSecond]),
  ).toEqual([
    [5, 7],
    [10, 25],
  ]);
});

test("the hash tells profiles apart by what they do, not by how they are written", () => {
  const { text } = findProfile("smoke", folders);
  const hash = (changed: string, set: string[] = []) =>
    profileHash(parseProfile(changed, "p.yaml", { set }));
  expect(hash(text)).toMatch(/^[0-9a-f]{64}$/);
  expect(hash(`# a comment\n${text.replace("12s", "12000ms")}`)).toBe(hash(text));
  expect(hash(text, ["workload.maxInFlight=2"])).toBe(hash(text));
  expect(hash(text, ["workload.maxInFlight=3"])).not.toBe(hash(text));
});
