import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Sentries } from "./sentries.support.ts";

const sentries = new Sentries();
const inspectors = { "node:inspector": { named: "inspector" }, more: { named: "promises" } };
vi.doMock("./patch.ts", async (original) => ({
  ...(await original<object>()),
  ...sentries.patch({ process }),
}));

beforeEach(() => {
  sentries.clear();
  vi.resetModules();
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** @param without what this Node gives where it has no inspector */
async function armed(...without: readonly unknown[]): Promise<void> {
  const real = process.getBuiltinModule;
  vi.spyOn(process, "getBuiltinModule").mockImplementation(((name: string) => {
    if (!name.startsWith("node:inspector")) return real.call(process, name);
    if (without.length > 0) return without[0];
    return name === "node:inspector/promises" ? inspectors.more : inspectors["node:inspector"];
  }) as never);
  const { guardNatives } = await import("./natives.ts");
  guardNatives(["/app/one.node", "/app/two.node"]);
}

const refused = (api: string, destination: string) =>
  expect.objectContaining({ code: "GUARD_TRIPWIRE", api, destination });

describe("native ways out", () => {
  it("a listed add-on is loaded, by its whole path", async () => {
    await armed();
    for (const file of ["/app/one.node", "/app/two.node"]) {
      const args = [{}, file, 1];
      expect(sentries.call("process.dlopen", args)).toEqual(["went on", "self", args]);
    }
  });

  it.each<[string, unknown, string]>([
    ["process.dlopen", "/app/three.node", "three.node"],
    ["process.dlopen", "/other/one.node", "one.node"],
    ["process.dlopen", undefined, "unknown"],
    ["process.dlopen", { path: "/app/one.node" }, "unknown"],
  ])("%s of %j is refused", async (what, file, destination) => {
    await armed();
    expect(() => sentries.call(what, [{}, file])).toThrow(refused(what, destination));
  });

  it.each([
    ["process.binding", ["tcp_wrap"], "process.binding", "tcp_wrap"],
    ["process._linkedBinding", ["any"], "process._linkedBinding", "any"],
    ["inspector.open", [9229, "127.0.0.1"], "inspector.open", "127.0.0.1:9229"],
    ["promises.open", [9229, "127.0.0.1"], "inspector.open", "127.0.0.1:9229"],
  ])("%s is refused", async (what, args, api, destination) => {
    await armed();
    expect(() => sentries.call(what, args)).toThrow(refused(api, destination));
    expect(sentries.optional).toEqual(["inspector.open", "promises.open"]);
  });

  it.each([undefined, null, 5])(
    "a Node without an inspector is guarded all the same: %j",
    async (nothing) => {
      await armed(nothing);
      expect(sentries.names).toEqual([
        "process.dlopen",
        "process.binding",
        "process._linkedBinding",
      ]);
    },
  );
});
