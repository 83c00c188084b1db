import { mkdir, mkdtemp, open, rename } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Fault } from "../base/errors.ts";
import { AppendFile, CREATE_EXCLUSIVELY } from "./append-file.ts";
import { logHeader } from "./interval-log.ts";
import {
  type JsonObject,
  RECORD_FILES,
  RECORD_VERSION,
  type RecordManifest,
  type RecordSink,
} from "./record-format.ts";

/** Per file, while the disk refuses it: at 10 KB a second, a quarter of an hour. */
const BUFFER_BYTES_MAX = 8_388_608;

export interface RecordStart {
  /** Milliseconds since the Unix epoch at the run's first due time. */
  readonly startedWallMs: number;
  readonly intervalUs: number;
  /** Anything the caller wants to find again: plan, guard decision, seed, host. */
  readonly run: JsonObject;
}

/** Something went wrong with the record while the run went on. */
export interface RecordWarning {
  readonly code: "FAULT_RECORD_WRITE" | "FAULT_RECORD_FOLDER_GONE" | "FAULT_RECORD_LOST";
  readonly text: string;
}

export interface ClosedRecord {
  /** Where the record is: where it was made, unless that place was taken away. */
  readonly dir: string;
  readonly warnings: readonly RecordWarning[];
}

/**
 * Writes a record while the run goes on. Nothing thrown once it is made: what goes wrong is told by `close`.
 * The files stay open, so that a folder that vanishes mid-run takes nothing with it: an unlinked file can still be
 * read through its descriptor, and `close` writes it back.
 */
export class RecordWriter implements RecordSink {
  readonly dir: string;
  readonly #manifest: AppendFile;
  readonly #files: Readonly<Record<"intervals" | "counts" | "events", AppendFile>>;

  private constructor(
    dir: string,
    manifest: AppendFile,
    files: Readonly<Record<"intervals" | "counts" | "events", AppendFile>>,
  ) {
    this.dir = dir;
    this.#manifest = manifest;
    this.#files = files;
  }

  /**
   * Makes the folder and its files.
   * @param dir must not exist; its parent must
   * @throws Fault FAULT_RECORD_UNWRITABLE if it can't be made
   */
  static async create(dir: string, start: RecordStart): Promise<RecordWriter> {
    const manifest: RecordManifest = { recordVersion: RECORD_VERSION, ...start };
    try {
      await mkdir(dir);
      const make = async (name: string): Promise<AppendFile> =>
        new AppendFile(
          name,
          await open(join(dir, name), CREATE_EXCLUSIVELY, 0o666),
          BUFFER_BYTES_MAX,
        );
      const writer = new RecordWriter(dir, await make(RECORD_FILES.manifest), {
        intervals: await make(RECORD_FILES.intervals),
        counts: await make(RECORD_FILES.counts),
        events: await make(RECORD_FILES.events),
      });
      writer.#manifest.append(`${JSON.stringify(manifest, null, 2)}\n`);
      writer.#files.intervals.append(logHeader(start.startedWallMs));
      return writer;
    } catch (cause) {
      throw new Fault("FAULT_RECORD_UNWRITABLE", `the record can't be written to \`${dir}\``, {
        cause,
        hint: "give a folder that can be written to with --out",
      });
    }
  }

  append(file: "intervals" | "counts" | "events", text: string): void {
    this.#files[file].append(text);
  }

  retry(): void {
    for (const file of this.#all()) file.retry();
  }

  /** Writes what is left and `end.json`, with the warnings in it as `recordWarnings`, and puts the record back if its folder is gone. Never throws. */
  async close(end: JsonObject): Promise<ClosedRecord> {
    const warnings: RecordWarning[] = [];
    for (const file of this.#all()) await file.settle();
    const dir = (await this.#inPlace()) ? this.dir : await this.#restore(warnings);
    for (const file of this.#all()) {
      const { trouble } = file;
      if (trouble) warnings.push({ code: "FAULT_RECORD_WRITE", text: troubleText(file, trouble) });
      await file.close().catch(() => {}); // read-only from here on; nothing is lost with it
    }
    try {
      await writeWhole(
        join(dir, RECORD_FILES.end),
        `${JSON.stringify({ ...end, recordWarnings: warnings }, null, 2)}\n`,
      );
    } catch (error) {
      warnings.push({
        code: "FAULT_RECORD_WRITE",
        text: `${RECORD_FILES.end} could not be written: ${codeOf(error)}`,
      });
    }
    return { dir, warnings };
  }

  #all(): AppendFile[] {
    return [this.#manifest, this.#files.intervals, this.#files.counts, this.#files.events];
  }

  async #inPlace(): Promise<boolean> {
    const found = await Promise.all(this.#all().map((f) => f.isAt(join(this.dir, f.name))));
    return found.every((there) => there);
  }

  /** Writes everything to the first place that takes it: the same, one beside it, the system's temporary folder. */
  async #restore(warnings: RecordWarning[]): Promise<string> {
    const places = [
      async () => this.dir,
      async () => `${this.dir}-restored`,
      () => mkdtemp(join(tmpdir(), "klarna-perf-record-")),
    ];
    const refusals: string[] = [];
    for (const place of places) {
      try {
        const dir = await place();
        await mkdir(dir, { recursive: true });
        for (const file of this.#all()) {
          const path = join(dir, file.name);
          if (!(await file.isAt(path))) await file.copyTo(path);
        }
        warnings.push({
          code: "FAULT_RECORD_FOLDER_GONE",
          text: `the record's folder or part of it went away during the run; written back to ${dir}`,
        });
        return dir;
      } catch (error) {
        refusals.push(codeOf(error));
      }
    }
    warnings.push({
      code: "FAULT_RECORD_LOST",
      text: `the record's folder went away during the run and could not be written back: ${refusals.join(", ")}`,
    });
    return this.dir;
  }
}

function troubleText(file: AppendFile, trouble: { error: unknown; bytesLost: number }): string {
  const lost = trouble.bytesLost === 0 ? "nothing was lost" : `${trouble.bytesLost} bytes are lost`;
  return `${file.name} could not be written for a while: ${codeOf(trouble.error)}; ${lost}`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "no reason given";
}

/** Whole or not at all: readers never see half a file. */
async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.part`;
  const handle = await open(draft, CREATE_EXCLUSIVELY, 0o666);
  try {
    await handle.writeFile(text);
  } finally {
    await handle.close();
  }
  await rename(draft, path);
}
