import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Agenda, Queue } from "./queue.ts";

/** What to do next: a number is put in, `undefined` takes one out. */
const actions = fc.array(fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }), {
  maxLength: 200,
});

describe("Queue", () => {
  it("does as a list does", () => {
    fc.assert(
      fc.property(actions, (list) => {
        const queue = new Queue<number>();
        const naive: number[] = [];
        for (const action of list) {
          if (action === undefined) {
            expect(queue.shift()).toBe(naive.shift());
          } else {
            queue.push(action);
            naive.push(action);
          }
          expect([queue.length, queue.peek()]).toEqual([naive.length, naive[0]]);
        }
      }),
    );
  });

  it("keeps order and length through its own housekeeping", () => {
    const queue = new Queue<number>();
    let next = 0;
    let expected = 0;
    for (let round = 0; round < 40; round++) {
      for (let i = 0; i < 300; i++) queue.push(next++);
      for (let i = 0; i < 280; i++) expect(queue.shift()).toBe(expected++);
      expect(queue.length).toBe(next - expected);
    }
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      expect(item).toBe(expected++);
    }
    expect([expected, queue.length, queue.peek(), queue.shift(), queue.length]).toEqual([
      next,
      0,
      undefined,
      undefined,
      0,
    ]);
  });
});

describe("Agenda", () => {
  it("gives what is due first, and of two due together the one put in first", () => {
    fc.assert(
      fc.property(actions, (list) => {
        const agenda = new Agenda<{ due: number; put: number }>();
        const naive: { due: number; put: number }[] = [];
        for (const [put, due] of list.entries()) {
          naive.sort((a, b) => a.due - b.due || a.put - b.put);
          if (due === undefined) {
            expect(agenda.shift()).toEqual(naive.shift());
          } else {
            agenda.push({ due, put });
            naive.push({ due, put });
          }
          naive.sort((a, b) => a.due - b.due || a.put - b.put);
          expect([agenda.length, agenda.peek()]).toEqual([naive.length, naive[0]]);
        }
        const rest = naive.map(() => agenda.shift());
        expect(rest).toEqual(naive);
        expect(agenda.shift()).toBeUndefined();
      }),
    );
  });
});
