import { describe, expect, it } from "vitest";
import { VirtualClock } from "../base/virtual-clock.ts";
import { MemoryDoor } from "./memory-door.ts";

/** A connection through a door whose answers are numbered. */
async function opened() {
  const clock = new VirtualClock();
  let count = 0;
  const result = await new MemoryDoor(() => Buffer.from(`answer ${++count}.`), clock).open();
  if (result.kind !== "open") throw new Error("it is always open");
  const { stream } = result.socket;
  const read: string[] = [];
  stream.on("data", (chunk: Buffer) => read.push(String(chunk)));
  /** Lets what has been asked for happen, and the stream hand it on. */
  const settle = async () => {
    while (clock.pending > 0) clock.step();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { clock, result, stream, read, settle, answers: () => count };
}

describe("MemoryDoor", () => {
  it("opens at once, to memory and to no address", async () => {
    const { result, stream } = await opened();
    expect(result).toMatchObject({
      kind: "open",
      socket: { raw: stream, address: "memory", connectUs: 0 },
    });
  });

  it("answers each request once, after the turn in which it was written, in however many pieces", async () => {
    const { clock, stream, read, settle } = await opened();
    stream.write("head");
    stream.write("body");
    expect(clock.pending).toBe(1);
    expect(read).toEqual([]);
    await settle();
    expect(read).toEqual(["answer 1."]);
    stream.write("the next one");
    await settle();
    expect(read).toEqual(["answer 1.", "answer 2."]);
  });

  it("does not answer on a connection that has been closed since", async () => {
    const { stream, answers, settle } = await opened();
    const errors: unknown[] = [];
    stream.on("error", (error) => errors.push(error));
    stream.write("request");
    expect(stream.resetAndDestroy()).toBe(stream);
    expect(stream.destroyed).toBe(true);
    await settle();
    expect([answers(), errors]).toEqual([0, []]);
  });

  it("holds no process open, and bears being told so as a socket is", async () => {
    const { stream } = await opened();
    expect(stream.ref()).toBe(stream);
    expect(stream.unref()).toBe(stream);
  });
});
