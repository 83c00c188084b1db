import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

/** Never through a link, never over an existing file. Windows has no O_NOFOLLOW; there O_EXCL alone refuses links. */
export const CREATE_EXCLUSIVELY =
  constants.O_CREAT | constants.O_EXCL | constants.O_RDWR | (constants.O_NOFOLLOW ?? 0);

const COPY_BYTES = 1_048_576;

/**
 * A file that is written in order, off the caller's path: `append` only buffers, so that it can be called between
 * two requests. A write error is kept, what follows is buffered up to a bound, and each `retry` tries again.
 */
export class AppendFile {
  readonly name: string;
  readonly #handle: FileHandle;
  readonly #bufferBytesMax: number;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #position = 0;
  #writing: Promise<void> | null = null;
  #error: unknown = null;
  #everFailed: unknown = null;
  #bytesLost = 0;

  /** @param bufferBytesMax most bytes kept while the disk refuses them */
  constructor(name: string, handle: FileHandle, bufferBytesMax: number) {
    this.name = name;
    this.#handle = handle;
    this.#bufferBytesMax = bufferBytesMax;
  }

  /** Buffers whole lines; never throws, never waits. */
  append(text: string): void {
    const bytes = Buffer.from(text);
    if (this.#pendingBytes + bytes.length > this.#bufferBytesMax) {
      this.#bytesLost += bytes.length;
      return;
    }
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    if (this.#error === null) this.#startWriting();
  }

  /** Tries again what an error held up. */
  retry(): void {
    if (this.#error === null) return;
    this.#error = null;
    this.#startWriting();
  }

  /** Resolves when everything buffered is written or has failed once more. */
  async settle(): Promise<void> {
    while (this.#writing) await this.#writing;
    if (this.#error === null) return;
    this.retry();
    while (this.#writing) await this.#writing;
  }

  /** What went wrong, if anything did; `bytesLost` counts what never reached the file. */
  get trouble(): { error: unknown; bytesLost: number } | null {
    if (this.#everFailed === null && this.#bytesLost === 0) return null;
    return { error: this.#everFailed, bytesLost: this.#bytesLost + this.#pendingBytes };
  }

  /** Whether the file at `path` is still this one. */
  async isAt(path: string): Promise<boolean> {
    try {
      const there = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
      try {
        const [a, b] = await Promise.all([there.stat(), this.#handle.stat()]);
        return a.ino === b.ino && a.dev === b.dev;
      } finally {
        await there.close();
      }
    } catch {
      return false;
    }
  }

  /** Writes what the still open file holds, and what is still buffered, to a new file. @throws as the file system does */
  async copyTo(path: string): Promise<void> {
    const copy = await open(path, CREATE_EXCLUSIVELY, 0o666);
    try {
      const chunk = Buffer.alloc(COPY_BYTES);
      let at = 0;
      while (at < this.#position) {
        const { bytesRead } = await this.#handle.read(
          chunk,
          0,
          Math.min(chunk.length, this.#position - at),
          at,
        );
        if (bytesRead === 0) break;
        await writeAll(copy, chunk.subarray(0, bytesRead), at);
        at += bytesRead;
      }
      const rest = Buffer.concat(this.#pending);
      await writeAll(copy, rest, at);
      this.#pending = [];
      this.#pendingBytes = 0;
    } finally {
      await copy.close();
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  #startWriting(): void {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
      // What was appended after the last look at the buffer.
      if (this.#pending.length > 0 && this.#error === null) this.#startWriting();
    });
  }

  async #write(): Promise<void> {
    while (this.#pending.length > 0) {
      const batch = Buffer.concat(this.#pending);
      const lines = this.#pending.length;
      try {
        // At a position of our own: after a failure halfway, the next try overwrites the half that was written.
        await writeAll(this.#handle, batch, this.#position);
      } catch (error) {
        this.#error = error;
        this.#everFailed ??= error;
        return;
      }
      this.#position += batch.length;
      this.#pendingBytes -= batch.length;
      this.#pending.splice(0, lines);
    }
  }
}

async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await handle.write(
      bytes,
      written,
      bytes.length - written,
      position + written,
    );
    written += bytesWritten;
  }
}
