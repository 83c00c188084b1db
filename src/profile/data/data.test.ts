import { describe, expect, it } from "vitest";
import { formatPlace, UsageError, UsageErrors } from "../../base/errors.ts";
import { seededRandom } from "../../base/random.ts";
import { profileHash } from "../hash.ts";
import { makePlan } from "../plan.ts";
import { parseProfile } from "../read.ts";
import { rowValues } from "./rows.ts";

const PROFILE = `name: carts
kind: capacity
workload:
  model: open
  stages: [{ rate: 5/s, for: 10s }]
data:
  carts: { file: carts.csv }
scenarios:
  - name: pay
    steps:
      - operation: payment-request.create
        body: { amount: "{carts.amount}", payment_request_reference: "ref-{carts.sku}" }
        save: { id: $.payment_request_id }
      - operation: payment-request.read
        with: { payment_request_id: "{id}" }
`;

const CARTS = "sku,amount\nred-1,1000\nblue-2,2500\n";

interface Given {
  readonly profile?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly set?: readonly string[];
}

function read({ profile = PROFILE, files = { "carts.csv": CARTS }, set = [] }: Given = {}) {
  return parseProfile(profile, "p.yaml", {
    set,
    readData: (file) => {
      const text = files[file];
      if (text === undefined) {
        throw new UsageError("PROFILE_DATA_NOT_FOUND", "no such file", { hint: "look again" });
      }
      return { file, text, bytes: Buffer.from(text) };
    },
  });
}

function problems(given: Given): readonly UsageError[] {
  try {
    read(given);
  } catch (error) {
    if (error instanceof UsageErrors) return error.all;
    if (error instanceof UsageError) return [error];
    throw error;
  }
  return [];
}

const told = (given: Given): string[] =>
  problems(given).map(({ code, place }) => `${code} ${formatPlace(place)}`);
const withCarts = (csv: string): string[] => told({ files: { "carts.csv": csv } });
const withText = (from: string, to: string): string[] =>
  told({ profile: PROFILE.replace(from, to) });

describe("a table", () => {
  it("has columns with types, rows as they stand, and the hash of its bytes", () => {
    const csv = 'n,zip,price,flag,note,ref\n1,01234,1.50,true,"a ""b"", c",7\n-2,1,2,false,,8\n';
    const profile = read({
      profile: PROFILE.replace("file: carts.csv", "file: a.csv, order: shuffled, text: [ref]")
        .replace("{carts.amount}", "{carts.n}")
        .replace("{carts.sku}", "{carts.note}"),
      files: { "a.csv": csv },
    });
    expect(profile.data).toEqual([
      {
        name: "carts",
        file: "a.csv",
        order: "shuffled",
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        columns: [
          { name: "n", type: "number" },
          // Sent as numbers they would lose their noughts.
          { name: "zip", type: "text" },
          { name: "price", type: "text" },
          { name: "flag", type: "boolean" },
          { name: "note", type: "text" },
          { name: "ref", type: "text" },
        ],
        rows: [
          ["1", "01234", "1.50", "true", 'a "b", c', "7"],
          ["-2", "1", "2", "false", "", "8"],
        ],
      },
    ]);
  });

  it("is part of the profile's hash: its bytes, its order, and not where it lies", () => {
    const hash = (given: Given): string => profileHash(read(given));
    const other = { profile: PROFILE.replace("carts.csv", "b.csv"), files: { "b.csv": CARTS } };
    expect(hash(other)).toBe(hash({}));
    const quoted = { files: { "carts.csv": CARTS.replace("red-1", '"red-1"') } };
    expect(hash(quoted)).not.toBe(hash({}));
    expect(hash({ set: ["data.carts.order=random"] })).not.toBe(hash({}));
  });

  it.each<[string, string, string[]]>([
    ["empty", "", ["PROFILE_DATA_EMPTY carts.csv"]],
    ["without rows", "sku,amount\n", ["PROFILE_DATA_EMPTY carts.csv"]],
    ["without a name for a column", "sku,\na,b\n", ["PROFILE_DATA_COLUMN carts.csv:1:5"]],
    ["with a column twice", "sku,amount,sku\na,1,b\n", ["PROFILE_DATA_COLUMN carts.csv:1:12"]],
    [
      "with rows of other lengths, and an empty line",
      "sku,amount\na\na,1,2\n\nb,1\n",
      [
        "PROFILE_DATA_ROW carts.csv:2",
        "PROFILE_DATA_ROW carts.csv:3",
        "PROFILE_DATA_ROW carts.csv:4",
      ],
    ],
    ["with a quote too many", 'sku,amount\na"b,1\n', ["PROFILE_DATA_CSV carts.csv:2:2"]],
    ["that is no text", "sku,amount\na\x00b,1\n", ["PROFILE_DATA_NOT_TEXT carts.csv:2:2"]],
  ])("%s", (_, csv, places) => {
    expect(withCarts(csv)).toEqual(places);
  });

  it("says what to do where semicolons stand", () => {
    const [problem] = problems({ files: { "carts.csv": "sku;amount\na;1\n" } });
    expect(problem?.code).toBe("PROFILE_DATA_COLUMN");
    expect(problem?.hint).toContain("commas");
  });

  it("without the columns that the profile names: every one, at its place in the profile", () => {
    expect(withCarts("sky,amuont\na,1\n")).toEqual([
      "PROFILE_DATA_UNKNOWN p.yaml:12:25",
      "PROFILE_DATA_UNKNOWN p.yaml:12:70",
    ]);
    const [problem] = problems({ files: { "carts.csv": "sku,amuont\na,1\n" } });
    expect(problem?.hint).toContain("did you mean `amuont`?");
  });

  it("that is not there is told at its name, beside all else that is wrong", () => {
    const profile = PROFILE.replace("rate: 5/s", "rate: 5rps");
    expect(told({ profile, files: {} })).toEqual([
      "PROFILE_RATE p.yaml:5:20",
      "PROFILE_DATA_NOT_FOUND p.yaml:7:18",
    ]);
  });

  it.each([
    "/etc/passwd",
    "../carts.csv",
    "a/../../carts.csv",
    "./carts.csv",
    "c:\\a.csv",
    "a\\b",
    "",
  ])("outside the profile's folder: %s", (file) => {
    expect(withText("carts.csv", JSON.stringify(file))).toEqual(["PROFILE_DATA_FILE p.yaml:7:18"]);
  });
});

describe("references to rows", () => {
  it.each<[string, string, string, string[]]>([
    ["to no table", "{carts.sku}", "{cart.sku}", ["PROFILE_DATA_UNKNOWN p.yaml:12:70"]],
    [
      "to a table beside another in one text",
      "data:\n  carts: { file: carts.csv }",
      "data:\n  b: { file: carts.csv }\n  carts: { file: carts.csv }",
      [],
    ],
    [
      "in a header",
      "save:",
      'headers: { Klarna-Customer-Region: "{carts.sku}" }\n        save:',
      ["PROFILE_DATA_PLACE p.yaml:13:44"],
    ],
    [
      "in an expectation",
      "save:",
      'expect: { $.amount: "{carts.amount}" }\n        save:',
      ["PROFILE_DATA_PLACE p.yaml:13:29"],
    ],
    ["within a parameter", '"{id}"', '"x{carts.sku}"', ["PROFILE_VALUE p.yaml:15:37"]],
  ])("%s", (_, from, to, places) => {
    expect(withText(from, to)).toEqual(places);
  });

  it("to two tables in one text", () => {
    const profile = PROFILE.replace("data:\n", "data:\n  b: { file: carts.csv }\n").replace(
      "ref-{carts.sku}",
      "{b.sku}-{carts.sku}",
    );
    expect(told({ profile })).toEqual(["PROFILE_DATA_MIXED p.yaml:13:70"]);
  });

  it("whose cell can't stand in a path", () => {
    const profile = PROFILE.replace('"{id}"', '"{carts.sku}"');
    expect(told({ profile })).toEqual([]);
    expect(
      told({ profile, files: { "carts.csv": "sku,amount\na/b,1\nok,1\n..,1\n,2\n" } }),
    ).toEqual([
      "PROFILE_DATA_CELL carts.csv:2:1",
      "PROFILE_DATA_CELL carts.csv:4:1",
      "PROFILE_DATA_CELL carts.csv:5:1",
    ]);
  });
});

describe("a cell is refused as the profile's own text is", () => {
  it.each<[string, string, string[]]>([
    ["a sign of live", "a,klarna_live_1", ["PROFILE_LIVE_MARKER carts.csv:3:3"]],
    ["a live resource", '"x","krn:partner:account:live:AB"', ["PROFILE_LIVE_MARKER carts.csv:3:5"]],
    ["a key", `a,klarna_test_api_${"x".repeat(30)}`, ["PROFILE_API_KEY carts.csv:3:3"]],
    ["an address", "jane@shop.se,1", ["PROFILE_PERSONAL_DATA carts.csv:3:1"]],
  ])("%s", (_, row, places) => {
    expect(withCarts(`sku,amount\nred,1\n${row}\n`)).toEqual(places);
  });

  it("alone, and without showing it, where it is a live sign or a key", () => {
    const found = problems({ files: { "carts.csv": "sku,amount\na\nb,klarna_live_secret1\n" } });
    expect(found.map(({ code }) => code)).toEqual(["PROFILE_LIVE_MARKER"]);
    expect(JSON.stringify(found.map(({ message, hint }) => [message, hint]))).not.toContain(
      "secret1",
    );
  });

  it("even in a file that is no CSV", () => {
    expect(withCarts('sku,amount\na"b,klarna_live_1\n')).toEqual(["PROFILE_LIVE_MARKER carts.csv"]);
  });

  it("by the name of the field that it fills", () => {
    const profile = PROFILE.replace("payment_request_reference:", "phone:").replace("ref-{", "{");
    const files = { "carts.csv": "sku,amount\n070 123 45 67,1\n" };
    expect(told({ profile, files })).toEqual(["PROFILE_PERSONAL_DATA carts.csv:2:1"]);
    expect(told({ files })).toEqual([]);
  });

  it("by its column's name, though nothing uses it", () => {
    expect(withCarts("sku,amount,phone\na,1,0701234567\n")).toEqual([
      "PROFILE_PERSONAL_DATA carts.csv:2:5",
    ]);
  });

  it("for what a row's cells make together", () => {
    const personal = PROFILE.replace("ref-{carts.sku}", "{carts.sku}@{carts.host}");
    const files = { "carts.csv": "sku,host,amount\njane,shop.se,1\n" };
    expect(told({ profile: personal, files })).toEqual(["PROFILE_PERSONAL_DATA carts.csv:2:1"]);
    const live = PROFILE.replace("ref-{carts.sku}", "klarna_{carts.sku}_1");
    expect(told({ profile: live, files: { "carts.csv": "sku,amount\nlive,1\n" } })).toEqual([
      "PROFILE_LIVE_MARKER carts.csv:2:1",
    ]);
  });

  it("but not for a published sample", () => {
    expect(withCarts("sku,amount,email\na,1,customer@email.se\n")).toEqual([]);
  });
});

describe("rows go to journeys", () => {
  const plan = (profile: string) =>
    makePlan(read({ profile }), { environment: "emulator", level: "partner", seed: 5 });

  it("one at each arrival, with the cells that the scenario names", () => {
    const values = rowValues(plan(PROFILE), seededRandom(5));
    expect([values(0), values(0), values(0)]).toEqual([
      { "carts.sku": "red-1", "carts.amount": "1000" },
      { "carts.sku": "blue-2", "carts.amount": "2500" },
      { "carts.sku": "red-1", "carts.amount": "1000" },
    ]);
  });

  it("not to those whose scenario names none", () => {
    const other = `${PROFILE}  - name: list
    steps: [{ operation: dispute.list }]
`;
    const values = rowValues(plan(other), seededRandom(5));
    expect([values(1), values(0), values(1), values(0)]).toEqual([
      {},
      { "carts.sku": "red-1", "carts.amount": "1000" },
      {},
      { "carts.sku": "blue-2", "carts.amount": "2500" },
    ]);
  });
});
