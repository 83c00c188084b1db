import { afterAll, beforeAll, expect, it } from "vitest";
import { ledgerAddons } from "./addon.ts";
import { bundleChild, cleanUp, newFolder, startChild } from "./ledger.support.ts";

let bundle: string;
beforeAll(async () => {
  bundle = await bundleChild();
});
afterAll(cleanUp);

it("finds the add-on of this machine by its own name, links resolved", () => {
  const addons = ledgerAddons(import.meta.url);
  expect(addons.length).toBeGreaterThan(0);
  for (const path of addons) {
    expect(path).toMatch(
      new RegExp(`@libsql[\\\\/]${process.platform}-${process.arch}[^\\\\/]*[\\\\/]index\\.node$`),
    );
  }
});

it("finds none where the package is not installed", () => {
  expect(ledgerAddons("file:///nowhere/at/all.js")).toEqual([]);
});

const said = async (listed: string): Promise<string[]> => {
  const child = startChild(bundle, "armed", newFolder(), listed);
  const lines: string[] = [];
  while (!lines.at(-1)?.startsWith("hits")) lines.push(await child.next());
  return lines;
};

it("under the armed tripwire, the listed add-on is loaded and used without a hit, and nobody is asked for a peer's name", async () => {
  expect(await said("listed")).toEqual([
    "loaded 0",
    "granted",
    "reports without network true and then false",
    "hits",
  ]);
});

it("under the armed tripwire, an add-on that is not listed is one hit, and the ledger is refused", async () => {
  expect(await said("unlisted")).toEqual([
    "loaded 0",
    "LEDGER_UNUSABLE",
    "reports without network true and then false",
    "hits process.dlopen index.node",
  ]);
});
