import { UsageError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import { parseRate } from "../base/units.ts";
import { OPERATIONS, sourceOf } from "../klarna/catalogue.ts";
import { type Operation, optionalParameters, requiredParameters } from "../klarna/operation.ts";
import { clientProblems } from "./client-reference.ts";
import { shownText } from "./messages.ts";
import { savedProblems, surelySaved } from "./saved-names.ts";
import { OBSERVED_FIGURES } from "./threshold.ts";
import { at, entriesOf, itemsOf, type Tree, textOf } from "./tree.ts";

/**
 * What spans several places of a profile. Works on the tree, not on the parsed profile, so that one reading
 * tells everything: whatever the schema complains about is passed over here.
 */
export function referenceProblems(tree: Tree): UsageError[] {
  return [
    ...repeatedNames(tree),
    ...journeyProblems(tree),
    ...stageProblems(tree),
    ...closedProblems(tree),
    ...thresholdProblems(tree),
  ];
}

function repeatedNames(tree: Tree): UsageError[] {
  const seen = new Set<string>();
  return itemsOf(at(tree, "scenarios")).flatMap((scenario) => {
    const node = at(scenario, "name");
    const name = textOf(node);
    if (node === undefined || name === undefined) return [];
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [
      new UsageError(
        "PROFILE_DUPLICATE_SCENARIO",
        `two scenarios are named \`${shownText(name)}\``,
        {
          place: node.place,
          hint: "give each a name of its own: reports tell them apart by it",
        },
      ),
    ];
  });
}

/** Every scenario knows what the set-up is sure to save, and nothing of another scenario. */
function journeyProblems(tree: Tree): UsageError[] {
  const setUp = itemsOf(at(tree, "setUp"));
  const sure = surelySaved(setUp);
  const saved = new Set<string>();
  return [
    ...stepsProblems(setUp, saved),
    ...itemsOf(at(tree, "scenarios")).flatMap((scenario) =>
      stepsProblems(itemsOf(at(scenario, "steps")), new Set(sure), saved),
    ),
  ];
}

/**
 * @param saved the names that the steps before have saved; these steps' are added
 * @param setUp the names that the set-up saves, surely or perhaps
 */
function stepsProblems(
  steps: readonly Tree[],
  saved: Set<string>,
  setUp: ReadonlySet<string> = new Set(),
): UsageError[] {
  const named = new Set<string>();
  return steps.flatMap((step, index) => {
    const operation = OPERATIONS.get(textOf(at(step, "operation")) ?? "");
    const problems = [
      ...(operation && !at(step, "client") ? parameterProblems(step, operation) : []),
      ...(operation ? bodyProblems(step, operation) : []),
      ...clientProblems(step, steps.slice(0, index)),
      ...savedProblems(step, saved, setUp),
      ...conditionProblems(step, index, named),
      ...nameProblems(step, named),
    ];
    const name = textOf(at(step, "name"));
    if (name !== undefined) named.add(name);
    for (const name of entriesOf(at(step, "save")).keys()) saved.add(name);
    return problems;
  });
}

function parameterProblems(step: Tree, operation: Operation): UsageError[] {
  const given = entriesOf(at(step, "with"));
  const needed = requiredParameters(operation);
  const taken = [...needed, ...optionalParameters(operation)];
  const missing = needed
    .filter((name) => !given.has(name))
    .map(
      (name) =>
        new UsageError("PROFILE_MISSING_PARAMETER", `\`${operation.name}\` needs \`${name}\``, {
          place: at(step, "with")?.place ?? at(step, "operation")?.place ?? step.place,
          hint: `add it, from a value that an earlier step saved: with: { ${name}: "{id}" }${sourceText(name)}`,
        }),
    );
  const extra = [...given]
    .filter(([name]) => !taken.includes(name))
    .map(([name, { keyPlace }]) => {
      const near = nearest(name, taken);
      const known = taken.length > 0 ? `it takes ${taken.join(", ")}` : "it takes none";
      return new UsageError(
        "PROFILE_UNKNOWN_PARAMETER",
        `\`${operation.name}\` has no parameter \`${shownText(name)}\``,
        { place: keyPlace, hint: near ? `did you mean \`${near}\`? ${known}` : known },
      );
    });
  return [...missing, ...extra];
}

function sourceText(parameter: string): string {
  const source = sourceOf(parameter);
  return source ? `; \`${source.operation}\` answers it as ${source.path}` : "";
}

function bodyProblems(step: Tree, operation: Operation): UsageError[] {
  const body = at(step, "body");
  if (!body || operation.sampleBody) return [];
  return [
    new UsageError("PROFILE_BODY", `\`${operation.name}\` sends no body`, {
      place: body.place,
      hint: "leave out `body` here",
    }),
  ];
}

/** @param named the steps before it that have a name */
function conditionProblems(step: Tree, index: number, named: ReadonlySet<string>): UsageError[] {
  const when = at(step, "when");
  if (!when) return [];
  if (index === 0) {
    return [
      new UsageError("PROFILE_UNKNOWN_STEP", "a first step has no answer before it to ask about", {
        place: when.place,
        hint: "leave out `when` here",
      }),
    ];
  }
  const asked = at(when, "step");
  const name = textOf(asked);
  if (asked === undefined || name === undefined || named.has(name)) return [];
  const near = nearest(name, named);
  const known =
    named.size > 0
      ? `earlier steps with a name: ${[...named].map(shownText).join(", ")}`
      : "no earlier step has a name; give it one, as in name: create";
  return [
    new UsageError(
      "PROFILE_UNKNOWN_STEP",
      `no earlier step of the scenario is named \`${shownText(name)}\``,
      {
        place: asked.place,
        hint: near ? `did you mean \`${shownText(near)}\`? ${known}` : known,
      },
    ),
  ];
}

function nameProblems(step: Tree, named: ReadonlySet<string>): UsageError[] {
  const node = at(step, "name");
  const name = textOf(node);
  if (!node || name === undefined || !named.has(name)) return [];
  return [
    new UsageError("PROFILE_DUPLICATE_STEP", `two steps are named \`${shownText(name)}\``, {
      place: node.place,
      hint: "give each a name of its own: conditions tell them apart by it",
    }),
  ];
}

/** Every kind needs a steady phase, smoke too: nothing else feeds thresholds, and a run without data never passes. */
function stageProblems(tree: Tree): UsageError[] {
  const list = at(tree, "workload", "stages");
  const stages = itemsOf(list).map((stage) => {
    const rates = ["rate", "from", "to"].flatMap((key) => {
      const node = at(stage, key);
      return node ? [parseRate(textOf(node) ?? "")] : [];
    });
    const phase = textOf(at(stage, "phase")) ?? (at(stage, "rate") ? "steady" : "ramp");
    return { rates, phase };
  });
  const unclear = stages.some(({ rates }) => rates.length === 0 || rates.includes(undefined));
  const sends = stages.some(
    ({ rates, phase }) => phase === "steady" && rates.some((rate) => (rate ?? 0) > 0),
  );
  if (!list || stages.length === 0 || unclear || sends) return [];
  return [
    new UsageError("PROFILE_NO_STEADY_STAGE", "no stage is steady and has a rate above 0", {
      place: list.place,
      hint: "thresholds are judged on steady stages alone; add one, such as { rate: 5/s, for: 60s }",
    }),
  ];
}

/** Answers set the pace of a closed workload, so nothing but the cap says how much it can come to. */
function closedProblems(tree: Tree): UsageError[] {
  const model = at(tree, "workload", "model");
  if (textOf(model) !== "closed" || at(tree, "limits", "rate")) return [];
  return [
    new UsageError("PROFILE_CLOSED_LIMIT", "a closed workload needs `limits.rate`", {
      place: model?.place ?? tree.place,
      hint: "its rate is whatever the answers allow, so say how much that may be: limits: { rate: 50/s }",
    }),
  ];
}

function thresholdProblems(tree: Tree): UsageError[] {
  const used = new Set(
    itemsOf(at(tree, "scenarios"))
      .flatMap((scenario) => itemsOf(at(scenario, "steps")))
      .flatMap((step) => textOf(at(step, "operation")) ?? []),
  );
  const smoke = textOf(at(tree, "kind")) === "smoke";
  return itemsOf(at(tree, "thresholds")).flatMap((threshold) => {
    const operation = at(threshold, "operation");
    const figure = at(threshold, "figure");
    const problems: UsageError[] = [];
    const name = textOf(operation) ?? "";
    if (operation && OPERATIONS.has(name) && !used.has(name)) {
      problems.push(
        new UsageError("PROFILE_THRESHOLD_UNUSED", `no scenario calls \`${name}\``, {
          place: operation.place,
          hint: `a threshold without data is never met; the scenarios call ${[...used].map(shownText).join(", ")}`,
        }),
      );
    }
    const judged = textOf(figure) ?? "";
    if (smoke && figure && ESTIMATED.test(judged)) {
      problems.push(
        new UsageError(
          "PROFILE_SMOKE_FIGURE",
          `a smoke run is too small to judge \`${shownText(judged)}\``,
          {
            place: figure.place,
            hint: `use what is observed rather than estimated: ${OBSERVED_FIGURES.join(", ")}`,
          },
        ),
      );
    }
    return problems;
  });
}

const ESTIMATED = /^(?:(?:response|service)Time\.p[\d.]+|errorRatio|dropRatio)$/;
