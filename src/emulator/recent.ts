/** A bound is kept in so many parts: an entry leaves with a whole generation. */
const PARTS = 4;

/**
 * A map that forgets: it holds the newest `most` entries, and at most a quarter more. Generations instead of one map with
 * its first entry deleted: a `Map` keeps a gap for each deleted entry, and finding the first one again walks over all
 * of them. They are small, so that none takes long to grow.
 */
export class Recent<Value> {
  /** The youngest first, none empty but the youngest. */
  #generations: Map<string, Value>[] = [new Map()];
  #size = 0;
  readonly #most: number;
  readonly #each: number;
  readonly #forgot: (count: number) => void;

  /** @param forgot told how many entries have just been forgotten */
  constructor(most: number, forgot: (count: number) => void = () => {}) {
    this.#most = most;
    this.#each = Math.ceil(most / PARTS);
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
    this.#delete(key);
    const [youngest] = this.#generations;
    if (youngest && youngest.size < this.#each) youngest.set(key, value);
    else this.#generations = [new Map([[key, value]]), ...this.#generations];
    this.#size++;
    const oldest = this.#generations.at(-1)?.size ?? 0;
    if (this.#size - oldest < this.#most) return;
    this.#generations.pop();
    this.#size -= oldest;
    this.#forgot(oldest);
  }

  /** The values held, the oldest first. */
  *values(): IterableIterator<Value> {
    for (const generation of this.#generations.toReversed()) yield* generation.values();
  }

  get size(): number {
    return this.#size;
  }

  #delete(key: string): void {
    const at = this.#generations.findIndex((generation) => generation.delete(key));
    if (at < 0) return;
    this.#size--;
    if (at > 0 && this.#generations[at]?.size === 0) this.#generations.splice(at, 1);
  }
}
