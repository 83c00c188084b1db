import type { Answer, Problem, ValidationError } from "../answers.ts";
import type { Call } from "../routing.ts";

/** Klarna publishes the cursor's names and no sizes; these are ours. */
const SIZE = 20;
const SIZE_MOST = 100;

/**
 * One page of a list, by cursor: `size`, and `starting_after` or `ending_before` an id. The link to the next page is
 * an absolute one, as Klarna's are, and leads nowhere.
 *
 * @param field the answer's list
 * @param path for the link, as it was called
 * @param all in the order of the list
 */
export function page<Item>(
  { query }: Pick<Call, "query">,
  {
    field,
    path,
    all,
    idOf,
    view,
  }: {
    readonly field: string;
    readonly path: string;
    readonly all: readonly Item[];
    idOf(item: Item): string;
    view(item: Item): object;
  },
  problem: Problem,
): Answer {
  const wrong: ValidationError[] = [];
  const one = (name: string): string | undefined => {
    const value = query[name];
    if (value === undefined || typeof value === "string") return value;
    wrong.push({ parameter: name, reason: "must be given once" });
    return undefined;
  };
  const size = one("size");
  const after = one("starting_after");
  const before = one("ending_before");
  if (size !== undefined && !(/^\d{1,4}$/.test(size) && +size >= 1 && +size <= SIZE_MOST)) {
    wrong.push({ parameter: "size", reason: `must be a whole number from 1 to ${SIZE_MOST}` });
  }
  if (after !== undefined && before !== undefined) {
    wrong.push({ parameter: "ending_before", reason: "must not stand beside starting_after" });
  }
  const cursor = after ?? before;
  const at = cursor === undefined ? -1 : all.findIndex((item) => idOf(item) === cursor);
  if (cursor !== undefined && at < 0) {
    const parameter = after === undefined ? "ending_before" : "starting_after";
    wrong.push({ parameter, reason: "must be the id of an item of this list" });
  }
  if (wrong.length > 0) return problem("VALIDATION_ERROR", wrong);

  const most = size === undefined ? SIZE : Number(size);
  const from = before === undefined ? at + 1 : Math.max(0, at - most);
  const to = before === undefined ? from + most : at;
  const items = all.slice(from, to);
  const last = items.at(-1);
  const link =
    last === undefined || to >= all.length
      ? {}
      : {
          links: {
            next: { href: `https://emulator.invalid${path}?${nextQuery(most, idOf(last))}` },
          },
        };
  return { status: 200, body: { [field]: items.map(view), ...link } };
}

function nextQuery(size: number, after: string): string {
  return new URLSearchParams({ size: String(size), starting_after: after }).toString();
}
