import type { Socket } from "node:net";

/** Connections that may be open. */
export const CONNECTIONS_MAX = 4096;
/** Of those that have not shown the token yet; the oldest makes room for a new one, so that nobody without it shuts others out. */
const STRANGERS_MAX = 256;
/** Bodies held in memory, all together, until their answers have been given. */
const BODIES_BYTES_MAX = 64 * 1024 * 1024;

/** The connections that are open, who of them has shown the token, and how much of memory each holds. */
export class Connections {
  /** With the bytes of bodies that are held for each. */
  readonly #all = new Map<Socket, number>();
  /** Oldest first. */
  readonly #strangers = new Set<Socket>();
  #bodyBytes = 0;

  /** Whether more is held than may be. */
  get areFull(): boolean {
    return this.#bodyBytes > BODIES_BYTES_MAX;
  }

  admit(socket: Socket): void {
    this.#all.set(socket, 0);
    this.#strangers.add(socket);
    socket.once("close", () => {
      // A response that is queued behind another is not told of it.
      this.hold(socket, -(this.#all.get(socket) ?? 0));
      this.#all.delete(socket);
      this.#strangers.delete(socket);
    });
    const [oldest] = this.#strangers;
    if (this.#strangers.size > STRANGERS_MAX) oldest?.destroy();
  }

  /** It has shown the token. */
  know(socket: Socket): void {
    this.#strangers.delete(socket);
  }

  /** Counts bytes of bodies in, or out; of a connection that has closed none is held any more. */
  hold(socket: Socket, bytes: number): void {
    const held = this.#all.get(socket);
    if (held === undefined) return;
    this.#all.set(socket, held + bytes);
    this.#bodyBytes += bytes;
  }

  [Symbol.iterator](): IterableIterator<Socket> {
    return this.#all.keys();
  }
}
