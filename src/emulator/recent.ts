/**
 * A map that forgets: it holds at least the newest `most` entries and never more than twice as many. Two
 * generations instead of one map with its first entry deleted: a `Map` keeps a gap for each deleted entry,
 * and finding the first one again walks over all of them.
 */
export class Recent<Value> {
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  get(key: string): Value | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  set(key: string, value: Value): void {
    if (this.#young.size >= this.#most && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }

  /** The values held, each once, the oldest first but for those that were set again. */
  *values(): IterableIterator<Value> {
    for (const [key, value] of this.#old) if (!this.#young.has(key)) yield value;
    yield* this.#young.values();
  }

  /** Entries held, an entry that was set again in a later generation counted twice. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }
}
