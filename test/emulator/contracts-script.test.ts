import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ROOT } from "../support/cli.ts";

/** A document with a sentence, an example and a host at every place that one can have. */
const DOCUMENT = {
  openapi: "3.0.0",
  info: { title: "a sentence", version: "1.2", description: "a sentence" },
  servers: [{ url: "https://live.invalid" }],
  paths: {
    "/things/{thingId}": {
      post: {
        summary: "a sentence",
        description: "a sentence",
        requestBody: {
          description: "a sentence",
          content: {
            "application/json": {
              example: { name: "an example" },
              schema: { $ref: "#/components/schemas/A thing" },
            },
          },
        },
        responses: {
          "201": {
            description: "a sentence",
            headers: { "Thing-Id": { description: "a sentence" } },
            content: { "application/json": { schema: { type: "string", example: "an example" } } },
          },
          "204": { content: { "application/json": { schema: { type: "string" } } } },
          "403": { description: "a sentence" },
        },
      },
    },
  },
  components: {
    schemas: {
      "A thing": {
        type: "object",
        title: "a sentence",
        description: "a sentence",
        required: ["name"],
        properties: {
          // Named as keywords are.
          description: { type: "string", description: "a sentence", maxLength: 9 },
          name: { type: "string", default: "an example", pattern: "^x", readOnly: true },
          kind: { type: "string", enum: ["one|two"], pattern: "one|two" },
          count: { type: "integer", format: "int64", enum: [null], minimum: 1 },
          at: { type: "string", format: "date-time", externalDocs: { url: "https://a.invalid" } },
          parts: { type: "array", maxItems: 3, items: { $ref: "#/components/schemas/A%20thing" } },
        },
      },
    },
  },
};

const COLLECTION = {
  about: "a sentence",
  operations: [
    {
      ...{ method: "POST", path: "/v2/{a}/b", area: "a sentence", asserted_status: [201] },
      ...{ query: ["size"], headers: ["Content-Type", "Thing"] },
      body: { n: "number", parts: [{ name: "string", at: { x: "string", y: "string" } }] },
    },
    {
      method: "PATCH",
      path: "/v2/{b}/b",
      body: { parts: "string", at: { x: "string", y: "string" } },
    },
  ],
};

test("the distilled descriptions have the structure of the published ones, and nothing else", () => {
  const folder = mkdtempSync(join(tmpdir(), "klarna-perf-contracts-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  // JSON is YAML.
  for (const name of ["klarna-payments-v1.yml", "klarna-ordermanagement-v1.yml"]) {
    writeFileSync(join(folder, name), JSON.stringify(DOCUMENT));
  }
  writeFileSync(join(folder, "klarna-network-v2-endpoints.json"), JSON.stringify(COLLECTION));
  execFileSync(process.execPath, [join(ROOT, "scripts", "contracts.mjs"), folder, folder]);
  const made = (name: string) => JSON.parse(readFileSync(join(folder, name), "utf8"));

  expect(made("payments-v1.json")).toEqual({
    source: { file: "klarna-payments-v1.yml", version: "1.2" },
    definitions: {
      A_thing: {
        type: "object",
        required: ["name"],
        properties: {
          description: { type: "string", maxLength: 9 },
          name: { type: "string", pattern: "^x", readOnly: true },
          kind: { type: "string", enum: ["one", "two"] },
          count: { type: "integer", minimum: 1 },
          at: { type: "string", format: "date-time" },
          parts: { type: "array", maxItems: 3, items: { $ref: "#/definitions/A_thing" } },
        },
      },
    },
    operations: {
      "POST /things/{}": {
        request: { $ref: "#/definitions/A_thing" },
        answers: {
          "201": { body: { type: "string" }, headers: ["Thing-Id"] },
          "204": {},
          "403": {},
        },
      },
    },
  });
  const place = { type: "object", properties: { x: { type: "string" }, y: { type: "string" } } };
  expect(made("network-v2.json")).toEqual({
    source: { file: "klarna-network-v2-endpoints.json", version: "r2512" },
    definitions: { at: place },
    operations: {
      "POST /v2/{}/b": {
        query: ["size"],
        headers: ["Thing"],
        statuses: [201],
        request: {
          type: "object",
          properties: {
            n: { type: "number" },
            parts: {
              type: "array",
              items: {
                type: "object",
                properties: { name: { type: "string" }, at: { $ref: "#/definitions/at" } },
              },
            },
          },
        },
      },
      "PATCH /v2/{}/b": {
        // A text where others have a list: a placeholder.
        request: { type: "object", properties: { parts: {}, at: { $ref: "#/definitions/at" } } },
      },
    },
  });
});
