/**
 * What the emulator has forgotten, by kind. It holds a bounded number of each resource and drops the oldest, so that it can
 * run for a day; a client that asks for one of them is told that it does not exist, which is worth knowing.
 */
export class Forgotten {
  readonly #counts = new Map<string, number>();

  /** @returns to be told how many of the kind have just been forgotten */
  counter(kind: string): (count: number) => void {
    return (count) => {
      this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + count);
    };
  }

  /** Only kinds of which one has been forgotten. */
  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}
