/** Spellings that share a reason and an outcome. To add one, put it into a list; README.md says which. */
export interface Group {
  /** What is tried, in words: it stands in the test's name. */
  readonly why: string;
  /** The code of the refusal, or `accepted`. */
  readonly expect: string;
  readonly given: readonly string[];
}

/** For `it.each(…)("%s (%s): %s", …)`: the spelling with everything but plain ASCII written out, why, what is expected, the spelling itself. */
export type Row = readonly [shown: string, why: string, expect: string, given: string];

export function rowsOf(groups: readonly Group[]): Row[] {
  return groups.flatMap(({ why, expect, given }) =>
    given.map((one) => [shown(one), why, expect, one] as const),
  );
}

/** Spellings that stand in the corpus twice; `[]` is what a test expects. */
export function twice(groups: readonly Pick<Group, "given">[]): string[] {
  const all = groups.flatMap(({ given }) => given);
  const seen = new Set<string>();
  return all.filter((one) => seen.size === seen.add(one).size);
}

const SHOWN_MAX = 100;

function shown(text: string): string {
  const escaped = JSON.stringify(text).replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return escaped.length > SHOWN_MAX ? `${escaped.slice(0, SHOWN_MAX)}… (${text.length})` : escaped;
}
