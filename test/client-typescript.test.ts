import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as z from "zod";
import { ROOT, type Workspace, workspace } from "./support/cli.ts";
import { NODES } from "./tripwire/trial.ts";

// A client's module in TypeScript, in the process that a run would start, on each Node that there is: whether that
// strips types by itself or not must make no difference.

const SCRIPT = join(ROOT, "dist", "client-process.js");
const said = z.looseObject({ kind: z.string(), text: z.string().optional() });
type Said = z.infer<typeof said>;

let at: Workspace;
const children: ChildProcess[] = [];
beforeEach(() => {
  at = workspace();
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  at.remove();
});

/** Has a Node's process load functions and call the first. @returns what it says to either, in order */
async function outcome(node: string, file: string): Promise<readonly Said[]> {
  const child = spawn(node, [SCRIPT], {
    env: { KLARNA_BASE_URL: "http://127.0.0.1:9/" },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  children.push(child);
  const heard: Said[] = [];
  const ended = new Promise<void>((resolve) => {
    child.on("message", (message) => {
      const one = said.parse(message);
      heard.push(one);
      const argument = { baseUrl: "http://127.0.0.1:9/", values: { cart: "7" } };
      if (one.kind === "ready") child.send({ kind: "call", call: 0, client: 0, argument });
      else resolve();
    });
    child.once("exit", () => resolve());
  });
  child.send({ kind: "load", clients: [{ path: at.path(file), name: "createPayment" }] });
  await ended;
  return heard;
}

const CLIENT = `import type { ClientFunction } from "klarna-perf";
import { type Cart, labelled } from "./carts.ts";

interface Paid { readonly label: string }

export const createPayment: ClientFunction = async ({ values }): Promise<Paid> => {
  const cart = { id: values.cart } as Cart;
  return { label: labelled<Cart>(cart) satisfies string };
};
`;
const CARTS = `export interface Cart { readonly id: string }
export function labelled<T extends Cart>(cart: T): string { return "cart " + cart!.id; }
`;

describe.each(NODES)("a client in TypeScript, on %s", (node) => {
  test.each([
    ["my-client.ts", undefined],
    ["my-client.ts", "module"],
    ["my-client.mts", "commonjs"],
  ])("%s in a package of type %s is read, and what it imports", async (file, type) => {
    if (type !== undefined) writeFileSync(at.path("package.json"), JSON.stringify({ type }));
    writeFileSync(at.path(file), CLIENT.replace("./carts.ts", "./carts.mts"));
    writeFileSync(at.path("carts.mts"), CARTS);
    expect(await outcome(node, file)).toEqual([
      { kind: "ready" },
      { kind: "returned", call: 0, json: '{"label":"cart 7"}' },
    ]);
  });

  test("my-client.cts is read", async () => {
    writeFileSync(
      at.path("my-client.cts"),
      "exports.createPayment = ({ values }: { values: { cart: string } }): string => values.cart;\n",
    );
    expect(await outcome(node, "my-client.cts")).toEqual([
      { kind: "ready" },
      { kind: "returned", call: 0, json: '"7"' },
    ]);
  });

  test("what it imports may be a package of JavaScript", async () => {
    mkdirSync(at.path("node_modules", "shop"), { recursive: true });
    writeFileSync(at.path("node_modules", "shop", "package.json"), '{"main":"index.js"}');
    writeFileSync(
      at.path("node_modules", "shop", "index.js"),
      "exports.name = () => require('node:path').basename('/a/shop');\n",
    );
    writeFileSync(
      at.path("my-client.ts"),
      `import shop from "shop";\nexport const createPayment = (): string => shop.name();\n`,
    );
    expect((await outcome(node, "my-client.ts")).at(-1)).toMatchObject({ json: '"shop"' });
  });

  test.each([
    ["what is no mere type", "enum Colour { Red }", /enum/],
    ["what is no TypeScript", "const a: = 1;", /^SyntaxError: /],
  ])("%s is refused, and told", async (_, line, text) => {
    writeFileSync(at.path("my-client.ts"), `${line}\n${CLIENT}`);
    writeFileSync(at.path("carts.ts"), CARTS);
    expect(await outcome(node, "my-client.ts")).toEqual([
      { kind: "unusable", client: 0, text: expect.stringMatching(text) },
    ]);
  });

  test("where it throws is the line that its file has", async () => {
    writeFileSync(
      at.path("my-client.ts"),
      `interface Unused {\n  readonly a: string;\n}\nexport const createPayment = (): string => {\n  throw new Error(String(new Error("here").stack).split("\\n")[1]?.replace(/.*my-client/, ""));\n};\n`,
    );
    expect((await outcome(node, "my-client.ts")).at(-1)).toMatchObject({
      kind: "threw",
      text: expect.stringMatching(/^Error: \.ts:5:\d+\)?$/),
    });
  });

  test.each([
    ["another address", `await fetch("http://127.0.0.1:8081/");`],
    ["a thread", `new (await import("node:worker_threads")).Worker("1", { eval: true });`],
    [
      "a loader's thread",
      `(await import("node:module")).register("data:text/javascript,export {}");`,
    ],
  ])("it can't reach for %s as it is loaded: the tripwire is armed by then", async (_, line) => {
    writeFileSync(at.path("my-client.ts"), `${line}\n${CLIENT}`);
    writeFileSync(at.path("carts.ts"), CARTS);
    expect((await outcome(node, "my-client.ts"))[0]).toMatchObject({ kind: "reached-out" });
  });

  test("nor has it any variable but the gate's address", async () => {
    writeFileSync(
      at.path("my-client.ts"),
      "export const createPayment = (): string => Object.keys(process.env).join();\n",
    );
    expect((await outcome(node, "my-client.ts")).at(-1)).toMatchObject({
      json: '"KLARNA_BASE_URL"',
    });
  });
});
