import { type Alias, isAlias, isMap, isScalar, isSeq } from "yaml";
import { type Place, UsageError } from "../base/errors.ts";
import { shownText } from "./messages.ts";
import type { Entry, Tree } from "./tree.ts";

/** Deeper than any profile; the library recurses, and on hostile depth takes the whole process down. */
export const DEPTH_MAX = 64;
/** Nodes and characters once aliases are expanded: more than the largest file can hold without any. */
const EXPANDED_MAX = 2 * 256 * 1024;

export function tooDeep(place: Place): UsageError {
  return new UsageError("PROFILE_TOO_DEEP", `nested deeper than ${DEPTH_MAX} levels`, {
    place,
    hint: "look for brackets or dashes that were repeated by accident",
  });
}

/** What an alias stands for: converted once, shared, and paid for at each use. */
interface Anchored {
  readonly tree: Tree;
  readonly size: number;
  /** Levels below its own. */
  readonly height: number;
}

/** Turns composed nodes into a tree, noting what YAML allows and a profile does not. */
export class Conversion {
  readonly problems: UsageError[] = [];
  readonly #place: (offset: number) => Place;
  readonly #anchors = new Map<string, Anchored | "being converted">();
  /** Nodes and characters so far. */
  #size = 0;
  /** The deepest level since it was last set back. */
  #deepest = 0;
  #stopped = false;

  constructor(place: (offset: number) => Place) {
    this.#place = place;
  }

  /** @param offset where an absent value would stand */
  convert(node: unknown, depth: number, offset: number): Tree {
    if (isAlias(node)) return this.#expand(node, depth);
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return this.#nothing(offset);
    const start = node.range?.[0] ?? offset;
    const place = this.#place(start);
    if (!this.#spend(1, depth, place)) return this.#nothing(offset);
    if (!node.anchor) return this.#value(node, depth, place, start);

    const { anchor } = node;
    const sizeBefore = this.#size - 1;
    const deepestBefore = this.#deepest;
    this.#deepest = depth;
    this.#anchors.set(anchor, "being converted");
    const tree = this.#value(node, depth, place, start);
    const height = this.#deepest - depth;
    this.#anchors.set(anchor, { tree, size: this.#size - sizeBefore, height });
    this.#deepest = Math.max(deepestBefore, this.#deepest);
    return tree;
  }

  #nothing(offset: number): Tree {
    return { kind: "scalar", place: this.#place(offset), value: null, source: "" };
  }

  #value(node: unknown, depth: number, place: Place, start: number): Tree {
    if (isSeq(node)) {
      const items = node.items.map((item) => this.convert(item, depth + 1, start));
      return { kind: "list", place, items };
    }
    if (isMap(node)) {
      const entries = new Map<string, Entry>();
      for (const pair of node.items) {
        const key = isScalar(pair.key) ? String(pair.key.value) : "";
        const keyOffset = isScalar(pair.key) ? (pair.key.range?.[0] ?? start) : start;
        const keyPlace = this.#place(keyOffset);
        this.#spend(key.length, depth, keyPlace);
        const entry = { keyPlace, value: this.convert(pair.value, depth + 1, keyOffset) };
        this.#checkKey(key, keyPlace, entries.get(key));
        entries.set(key, entry);
      }
      const [only] = entries.values();
      const noValue = only?.value.kind === "scalar" && only.value.source === "";
      const loneBraces = node.flow === true && entries.size === 1 && noValue;
      return { kind: "map", place, entries, loneBraces };
    }
    const value = isScalar(node) ? node.value : null;
    const source = isScalar(node) && node.source !== undefined ? node.source : String(value ?? "");
    this.#spend(source.length, depth, place);
    const known =
      typeof value === "string" || typeof value === "number" || typeof value === "boolean";
    return { kind: "scalar", place, value: known ? value : null, source };
  }

  #expand(alias: Alias, depth: number): Tree {
    const offset = alias.range?.[0] ?? 0;
    const place = this.#place(offset);
    const anchored = this.#anchors.get(alias.source);
    if (anchored !== undefined && anchored !== "being converted") {
      this.#spend(anchored.size, depth + anchored.height, place);
      return anchored.tree;
    }
    const name = shownText(alias.source);
    const what = anchored ? "holds itself" : "names no anchor above it";
    this.#note(
      new UsageError("PROFILE_ALIAS", `the alias \`*${name}\` ${what}`, {
        place,
        hint: `write the value out, or mark one further up with \`&${name}\``,
      }),
    );
    return this.#nothing(offset);
  }

  #checkKey(key: string, place: Place, before: Entry | undefined): void {
    if (before) {
      this.#note(
        new UsageError("PROFILE_DUPLICATE_KEY", `the key \`${shownText(key)}\` stands twice`, {
          place,
          hint: `keep one of the two; the first is on line ${before.keyPlace.line ?? "?"}`,
        }),
      );
    } else if (key === "__proto__") {
      // The one key that plain objects do not treat as data.
      this.#note(
        new UsageError("PROFILE_UNKNOWN_KEY", "`__proto__` can't be a key", {
          place,
          hint: "choose another name",
        }),
      );
    }
  }

  /** @returns false once a bound is passed: what comes after can't be trusted, nor its cost bounded */
  #spend(size: number, depth: number, place: Place): boolean {
    this.#size += size;
    this.#deepest = Math.max(this.#deepest, depth);
    if (depth > DEPTH_MAX) {
      this.#note(tooDeep(place));
      this.#stopped = true;
    } else if (this.#size > EXPANDED_MAX) {
      this.#note(
        new UsageError("PROFILE_ALIASES_TOO_LARGE", "the aliases expand to too much", {
          place,
          hint: `a profile holds at most ${EXPANDED_MAX} characters once its aliases are written out`,
        }),
      );
      this.#stopped = true;
    }
    return !this.#stopped;
  }

  #note(problem: UsageError): void {
    if (!this.#stopped) this.problems.push(problem);
  }
}
