import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import type { Clock } from "../base/clock.ts";
import { micros } from "../base/units.ts";
import type { OpenResult } from "./opening.ts";

/** An answer as it is to be read, head and body. */
export type RawAnswer = () => Buffer;

/**
 * A door that leads nowhere. Its connections end in this process's memory: what is written there is dropped, and each
 * request is answered with what `answer` gives. For warming up what stands before a real door, so that the first
 * requests of a run are as quick as the later ones.
 *
 * It opens no socket and holds no address, so there is nothing here that the tripwire could see, or would have to.
 */
export class MemoryDoor {
  readonly #answer: RawAnswer;
  readonly #clock: Clock;

  constructor(answer: RawAnswer, clock: Clock) {
    this.#answer = answer;
    this.#clock = clock;
  }

  open(): Promise<OpenResult> {
    const stream = new MemoryStream(this.#answer, this.#clock);
    // The HTTP client and the connection around it ask for nothing that the stream lacks; the types name a socket.
    const socket = stream as unknown as Socket;
    return Promise.resolve({
      kind: "open",
      socket: { stream: socket, raw: socket, address: "memory", connectUs: micros(0) },
    });
  }
}

class MemoryStream extends Duplex {
  readonly #answer: RawAnswer;
  readonly #clock: Clock;
  #answering = false;

  constructor(answer: RawAnswer, clock: Clock) {
    super();
    this.#answer = answer;
    this.#clock = clock;
  }

  override _read(): void {}

  /** One request is written at a time, and all of it within one turn of the event loop: its answer comes after that. */
  override _write(_chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    done();
    if (this.#answering) return;
    this.#answering = true;
    this.#clock.at(this.#clock.now(), () => {
      this.#answering = false;
      if (!this.destroyed) this.push(this.#answer());
    });
  }

  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  resetAndDestroy(): this {
    return this.destroy();
  }
}
