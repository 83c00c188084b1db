import { expect, test } from "vitest";
import { formatPlace, UsageError, UsageErrors } from "../base/errors.ts";
import { parseProfile } from "./read.ts";

/** @param steps of the set-up and of the scenario, one a line */
function told(setUp: readonly string[], steps: readonly string[]): string[] {
  const lines = (all: readonly string[], indent: string) =>
    all.map((step) => `${indent}- { ${step} }\n`).join("");
  try {
    parseProfile(
      `name: p
kind: baseline
workload: { model: open, stages: [{ rate: 5/s, for: 10s }] }
setUp:
${lines(setUp, "  ")}scenarios:
  - name: one
    steps:
${lines(steps, "      ")}`,
      "p.yaml",
    );
  } catch (error) {
    const all = error instanceof UsageErrors ? error.all : [error];
    return all.map((one) => {
      if (!(one instanceof UsageError)) throw one;
      return `${one.code} ${formatPlace(one.place)} ${one.message}`;
    });
  }
  return [];
}

const CREATE = "operation: payment-request.create";
const SAVING = `${CREATE}, save: { id: $.payment_request_id }`;
const WHEN = "when: { $.state: SUBMITTED }";
const READ = 'operation: payment-request.read, with: { payment_request_id: "{id}" }';
const UNSURE = "the set-up may end without having saved `id`";

test("a scenario reads what the set-up always saves", () => {
  expect(told([SAVING], [READ])).toEqual([]);
  expect(told([SAVING, `${SAVING}, ${WHEN}`], [READ])).toEqual([]);
});

test("what only a conditional step of the set-up saves is refused, where it is read", () => {
  const setUp = [CREATE, `${SAVING}, ${WHEN}`];
  expect(told(setUp, [READ])).toEqual([`PROFILE_NOT_SAVED p.yaml:10:72 ${UNSURE}`]);
  // Within the set-up the step that reads it is passed over, and so is what that saves.
  expect(told([...setUp, READ], [CREATE])).toEqual([]);
  const chain = `${READ}, save: { other: $.payment_request_id }`;
  expect(told([...setUp, chain], [READ.replace("{id}", "{other}")])).toEqual([
    `PROFILE_NOT_SAVED p.yaml:11:72 ${UNSURE.replace("`id`", "`other`")}`,
  ]);
});

test("a scenario may save it itself", () => {
  const setUp = [CREATE, `${SAVING}, ${WHEN}`];
  expect(told(setUp, [SAVING, READ])).toEqual([]);
});
