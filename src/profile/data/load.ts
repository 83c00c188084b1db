import { UsageError } from "../../base/errors.ts";
import { at, entriesOf, plain, type Tree } from "../tree.ts";
import { declarationSchema } from "./declaration.ts";
import type { DataReader } from "./files.ts";
import { type PlacedTable, readTable, type TableReading } from "./table.ts";

/** The tables of a profile, as far as they can be used. */
export interface Loaded {
  /** Every name that the profile gives a table; `undefined` where the table can't be used, which a problem tells. */
  readonly tables: ReadonlyMap<string, PlacedTable | undefined>;
  readonly problems: readonly UsageError[];
}

/** Reads the tables that a profile declares, each file once, however often the profile is looked at. */
export class TableLoader {
  readonly #read: DataReader;
  readonly #known = new Map<string, TableReading>();

  constructor(read: DataReader) {
    this.#read = read;
  }

  /** What the schema complains about is passed over here. */
  load(tree: Tree): Loaded {
    const tables = new Map<string, PlacedTable | undefined>();
    const problems: UsageError[] = [];
    for (const [name, { value }] of entriesOf(at(tree, "data"))) {
      const reading = this.#table(name, value);
      tables.set(name, reading && "placed" in reading ? reading.placed : undefined);
      if (reading && "problems" in reading) problems.push(...reading.problems);
    }
    return { tables, problems };
  }

  #table(name: string, value: Tree): TableReading | undefined {
    const declaration = declarationSchema.safeParse(plain(value));
    if (!declaration.success) return undefined;
    const key = JSON.stringify([name, declaration.data]);
    const known = this.#known.get(key);
    if (known) return known;
    let reading: TableReading;
    try {
      const { file, ...content } = this.#read(declaration.data.file);
      reading = readTable(name, declaration.data, file, content);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      const { code, message, hint = "", cause } = error;
      const place = (at(value, "file") ?? value).place;
      reading = { problems: [new UsageError(code, message, { place, hint, cause })] };
    }
    this.#known.set(key, reading);
    return reading;
  }
}
