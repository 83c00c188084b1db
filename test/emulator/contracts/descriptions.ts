import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import * as z from "zod";
import type { Operation } from "../../../src/klarna/catalogue.ts";
import { pathTemplates } from "../../../src/klarna/operation.ts";

// What Klarna publishes of its requests and answers, as `scripts/contracts.mjs` distils it.

export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly format?: string;
  readonly readOnly?: boolean;
  readonly uniqueItems?: boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}
const schema = z.custom<Schema>((value) => typeof value === "object" && value !== null);

const describedOperation = z.strictObject({
  request: schema.optional(),
  /** By status. Of the classic APIs alone. */
  answers: z
    .record(
      z.string(),
      z.strictObject({ body: schema.optional(), headers: z.array(z.string()).optional() }),
    )
    .default({}),
  /** Of Klarna's collection alone: what is sent beside the body, and the statuses that its own tests ask for. */
  query: z.array(z.string()).optional(),
  headers: z.array(z.string()).optional(),
  statuses: z.array(z.int()).optional(),
});
export type DescribedOperation = z.infer<typeof describedOperation>;

const description = z.strictObject({
  source: z.strictObject({ file: z.string(), version: z.string() }),
  definitions: z.record(z.string(), schema),
  operations: z.record(z.string(), describedOperation),
});

/** One of Klarna's published descriptions. */
export class Description {
  readonly operations: Readonly<Record<string, DescribedOperation>>;
  readonly definitions: Readonly<Record<string, Schema>>;
  readonly #ajv = addFormats.default(new Ajv({ strict: true, allErrors: true }));
  readonly #compiled = new Map<Schema, ValidateFunction>();

  /** @param name of its file, without the ending */
  constructor(name: string) {
    const text = readFileSync(join(import.meta.dirname, `${name}.json`), "utf8");
    const { operations, definitions } = description.parse(JSON.parse(text));
    this.operations = operations;
    this.definitions = definitions;
  }

  resolved(given: Schema): Schema {
    if (given.$ref === undefined) return given;
    const found = this.definitions[given.$ref.slice("#/definitions/".length)];
    if (!found) throw new Error(`nothing at ${given.$ref}`);
    return found;
  }

  /**
   * What is wrong with a value, one line a rule. A field that the description does not name is wrong as well: nothing may be
   * made up.
   * @param side of the wire on which it was made: only Klarna sends what is `readOnly`
   */
  problems(given: Schema, value: unknown, side: "request" | "answer"): string[] {
    let validate = this.#compiled.get(given);
    if (!validate) {
      validate = this.#ajv.compile(this.whole(given, side));
      this.#compiled.set(given, validate);
    }
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${instancePath || "/"} ${message} ${JSON.stringify(params)}`,
    );
  }

  /** Without references, every object closed. */
  whole(given: Schema, side: "request" | "answer"): Schema {
    const { properties, items, ...rest } = this.resolved(given);
    const kept = Object.entries(properties ?? {}).filter(
      ([, one]) => side === "answer" || !this.resolved(one).readOnly,
    );
    const closed = {
      properties: Object.fromEntries(kept.map(([name, one]) => [name, this.whole(one, side)])),
      additionalProperties: false,
    };
    return {
      ...rest,
      ...(properties ? closed : {}),
      ...(items ? { items: this.whole(items, side) } : {}),
    };
  }
}

export const PAYMENTS = new Description("payments-v1");
export const ORDER_MANAGEMENT = new Description("order-management-v1");
export const NETWORK = new Description("network-v2");

/** As a description calls an operation: what its parameters are called there is its own affair. */
export function keysOf(operation: Operation) {
  const { plain, account } = pathTemplates(operation);
  return [plain, account]
    .filter((path) => path !== undefined)
    .map((path) => `${operation.method} ${path.replaceAll(/\{[^}]+\}/g, "{}")}`);
}
