import type { Place } from "../base/errors.ts";

/** A YAML value that remembers where each of its parts was written, so that every complaint can say where. */
export type Tree = ScalarTree | MapTree | ListTree;

export interface ScalarTree {
  readonly kind: "scalar";
  readonly place: Place;
  readonly value: string | number | boolean | null;
  /** As it was written, quotes undone: `0x1F` where the value is 31. */
  readonly source: string;
}

export interface MapTree {
  readonly kind: "map";
  readonly place: Place;
  readonly entries: ReadonlyMap<string, Entry>;
  /** Written `{…}` and holding one key without a value: what an unquoted `{id}` turns into. */
  readonly loneBraces: boolean;
}

export interface Entry {
  readonly keyPlace: Place;
  readonly value: Tree;
}

export interface ListTree {
  readonly kind: "list";
  readonly place: Place;
  readonly items: readonly Tree[];
}

/** From the root: keys of mappings, and indices of lists from 0. */
export type Path = readonly PropertyKey[];

/** The value without its places. Makes a tree of its own: changing it changes nothing else. */
export function plain(tree: Tree): unknown {
  if (tree.kind === "scalar") return tree.value;
  if (tree.kind === "list") return tree.items.map(plain);
  return Object.fromEntries([...tree.entries].map(([key, entry]) => [key, plain(entry.value)]));
}

/** The part at a path; `undefined` where there is none. */
export function at(tree: Tree | undefined, ...path: Path): Tree | undefined {
  let here = tree;
  for (const part of path) {
    if (here?.kind === "map") here = here.entries.get(String(part))?.value;
    else if (here?.kind === "list" && typeof part === "number") here = here.items[part];
    else return undefined;
  }
  return here;
}

/** Where the part at a path stands; for a missing part, where the nearest part around it begins. */
export function placeOf(tree: Tree, path: Path): Place {
  for (let length = path.length; length > 0; length--) {
    const found = at(tree, ...path.slice(0, length));
    if (found) return found.place;
  }
  return tree.place;
}

/** The text of a scalar that is a string; `undefined` for anything else. */
export function textOf(tree: Tree | undefined): string | undefined {
  return tree?.kind === "scalar" && typeof tree.value === "string" ? tree.value : undefined;
}

export function itemsOf(tree: Tree | undefined): readonly Tree[] {
  return tree?.kind === "list" ? tree.items : [];
}

/** The steps of the set-up and of all scenarios. */
export function everyStep(profile: Tree): readonly Tree[] {
  const scenarios = itemsOf(at(profile, "scenarios"));
  return [
    ...itemsOf(at(profile, "setUp")),
    ...scenarios.flatMap((scenario) => itemsOf(at(scenario, "steps"))),
  ];
}

export function entriesOf(tree: Tree | undefined): ReadonlyMap<string, Entry> {
  return tree?.kind === "map" ? tree.entries : new Map();
}

/** `over` laid over `base`: mappings are merged key by key, anything else is replaced whole. */
export function overlay(base: Tree, over: Tree): Tree {
  if (base.kind !== "map" || over.kind !== "map") return over;
  const entries = new Map(base.entries);
  for (const [key, entry] of over.entries) {
    const below = entries.get(key);
    entries.set(key, below ? { ...entry, value: overlay(below.value, entry.value) } : entry);
  }
  return { ...base, entries, loneBraces: false };
}

/** `workload.stages[0].rate`: the form that messages show and `--set` takes. */
export function pathText(path: Path): string {
  return path
    .map((part, i) =>
      typeof part === "number" ? `[${part}]` : `${i > 0 ? "." : ""}${String(part)}`,
    )
    .join("");
}
