import { describe, expect, it } from "vitest";
import type { ColumnType } from "./table.ts";
import { bodyTemplate, referencesIn, wholeReference } from "./template.ts";

const TYPES: Readonly<Record<string, ColumnType>> = { "c.amount": "number", "c.gift": "boolean" };
const typeOf = ({ table, column }: { table: string; column: string }): ColumnType =>
  TYPES[`${table}.${column}`] ?? "text";

describe("a body filled from a row", () => {
  it.each<[string, object, object]>([
    ["a number, where the column is one", { a: "{c.amount}" }, { a: 1250 }],
    ["true or false, where the column is that", { a: "{c.gift}" }, { a: true }],
    ["text, where the column is text", { a: "{c.sku}" }, { a: "0042" }],
    ["text, within other text", { a: "no. {c.amount}: {c.sku}" }, { a: "no. 1250: 0042" }],
    ["deep down, and in lists", { l: [{ a: "{c.amount}" }, "x"] }, { l: [{ a: 1250 }, "x"] }],
    ["what is no reference stays", { a: "{id}", b: "{checkout.order.id}", c: "{{order_id}}" }, {}],
  ])("%s", (_, body, made) => {
    const json: Record<string, never> = JSON.parse(JSON.stringify(body));
    const values = { "c.amount": "1250", "c.gift": "true", "c.sku": "0042", id: "saved" };
    expect(bodyTemplate(json, typeOf)(values)).toEqual({ ...body, ...made });
  });

  it("is the same object each time where nothing fills it", () => {
    const body = { a: 1, l: ["x", { b: null }] };
    const template = bodyTemplate(body, typeOf);
    expect(template({})).toBe(body);
  });

  it("leaves the body alone, and keeps its fields in order", () => {
    const body = { a: "{c.sku}", b: 1, c: "{c.amount}" };
    const made = bodyTemplate(body, typeOf)({ "c.amount": "1", "c.sku": "2" });
    expect(JSON.stringify(made)).toBe('{"a":"2","b":1,"c":1}');
    expect(body.a).toBe("{c.sku}");
  });
});

describe("references", () => {
  it("are told from other text by their one dot", () => {
    expect(referencesIn("{a.b} {a} {a.b.c} {.b} {a.} {a b.c} {{x.y}}")).toEqual([
      { table: "a", column: "b" },
      { table: "x", column: "y" },
    ]);
    expect(wholeReference("{a.b}")).toEqual({ table: "a", column: "b" });
    expect(wholeReference("{a.b} ")).toBeUndefined();
    expect(wholeReference("{a.b}{a.b}")).toBeUndefined();
  });
});
