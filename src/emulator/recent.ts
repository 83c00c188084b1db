/** A bound in one more piece than it has here: an entry leaves with a whole generation. */
const GENERATIONS = 5;

/**
 * A map that forgets: it holds at least the newest `most` entries and at most a quarter more (or five, where that is
 * more). Generations instead of one map with its first entry deleted: a `Map` keeps a gap for each deleted entry,
 * and finding the first one again walks over all of them. They are small, so that none takes long to grow.
 */
export class Recent<Value> {
  /** The youngest first. */
  #generations: Map<string, Value>[] = [new Map()];
  readonly #each: number;
  readonly #forgot: (count: number) => void;

  /** @param forgot told how many entries have just been forgotten */
  constructor(most: number, forgot: (count: number) => void = () => {}) {
    this.#each = Math.ceil(most / (GENERATIONS - 1));
    this.#forgot = forgot;
  }

  get(key: string): Value | undefined {
    for (const generation of this.#generations) {
      const found = generation.get(key);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** An entry that is set again is among the newest. */
  set(key: string, value: Value): void {
    for (const generation of this.#generations) {
      if (generation.delete(key)) break;
    }
    const [youngest] = this.#generations;
    if (youngest && youngest.size < this.#each) {
      youngest.set(key, value);
      return;
    }
    this.#generations = [new Map([[key, value]]), ...this.#generations];
    if (this.#generations.length > GENERATIONS) this.#forgot(this.#generations.pop()?.size ?? 0);
  }

  /** The values held, the oldest first. */
  *values(): IterableIterator<Value> {
    for (const generation of this.#generations.toReversed()) yield* generation.values();
  }

  get size(): number {
    return this.#generations.reduce((sum, { size }) => sum + size, 0);
  }
}
