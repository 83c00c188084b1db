/** First in, first out; every operation takes constant time on average. */
export class Queue<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  peek(): T | undefined {
    return this.#items[this.#head];
  }

  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (this.#head < this.#items.length) this.#items[this.#head++] = undefined;
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}

/** What is due first comes out first; of two due together, the one put in first. */
export class Agenda<T extends { readonly due: number }> {
  readonly #heap: { item: T; order: number }[] = [];
  #order = 0;

  get length(): number {
    return this.#heap.length;
  }

  peek(): T | undefined {
    return this.#heap[0]?.item;
  }

  push(item: T): void {
    const heap = this.#heap;
    const entry = { item, order: this.#order++ };
    let i = heap.length;
    heap.push(entry);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent];
      if (!above || !before(entry, above)) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = entry;
  }

  shift(): T | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first?.item;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      const left = heap[child];
      const right = heap[child + 1];
      if (!left) break;
      let below = left;
      if (right && before(right, left)) {
        child++;
        below = right;
      }
      if (!before(below, last)) break;
      heap[i] = below;
      i = child;
    }
    heap[i] = last;
    return first.item;
  }
}

type Entry = { readonly item: { readonly due: number }; readonly order: number };

function before(a: Entry, b: Entry): boolean {
  return a.item.due < b.item.due || (a.item.due === b.item.due && a.order < b.order);
}
