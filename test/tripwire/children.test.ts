import { describe, expect, it } from "vitest";
import { NODES, trials } from "./trial.ts";

const { armed } = trials();

describe.each(NODES)("the tripwire on %s", (node) => {
  describe.concurrent("children", () => {
    it.each([
      [
        "spawn",
        `const child = child_process.spawn(node, [allowedScript, "a", "b"]);
        return (await once(child.stdout, "data")).toString()`,
      ],
      [
        "fork",
        `const child = child_process.fork(allowedScript, ["a", "b"], { silent: true });
        return (await once(child, "message"))[0] === "hello" && "a,b"`,
      ],
      [
        "execFileSync",
        `return child_process.execFileSync(node, [allowedScript, "a", "b"]).toString()`,
      ],
    ])("%s of a listed script is let through", async (_name, code) => {
      const { value, hits } = await armed(node, code);
      expect(value).toBe("a,b");
      expect(hits).toEqual([]);
    });

    it.each([
      ["a flag before it", `child_process.execFileSync(node, ["--no-warnings", allowedScript])`],
      [
        "other flags for it",
        `child_process.fork(allowedScript, [], { execArgv: ["--no-warnings"] })`,
      ],
      [
        "a preload in its environment",
        `child_process.spawn(node, [allowedScript], { env: { NODE_OPTIONS: "--require=x" } })`,
      ],
      [
        "a preload in ours",
        `(process.env.NODE_OPTIONS = "--require=x", child_process.spawn(node, [allowedScript]))`,
      ],
      [
        "a native preload",
        `child_process.spawnSync(node, [allowedScript], { env: { LD_PRELOAD: "x.so" } })`,
      ],
      [
        "a preload in small letters",
        `child_process.spawnSync(node, [allowedScript], { env: { node_options: "x" } })`,
      ],
      ["another program", `child_process.spawnSync("sh", [allowedScript])`],
      ["a shell", `child_process.spawnSync(node, [allowedScript], { shell: true })`],
      ["another spelling", `child_process.spawnSync(node, [allowedScript + "/../allowed.cjs"])`],
    ])("a listed script with %s is not", async (_name, code) => {
      const { value, arrived } = await armed(node, `return result(() => ${code})`);
      expect(value).toBe("GUARD_TRIPWIRE");
      expect(arrived.tcp).toBe(0);
    });

    it("what was checked is what is started, whatever an array says the second time", async () => {
      const { value, arrived } = await armed(
        node,
        `
        const ends = [];
        for (let honest = 0; honest < 8; honest++) {
          let reads = 0;
          const args = Object.defineProperty([node, "", String(port)], 1, {
            get: () => (reads++ < honest ? allowedScript : dial),
          });
          const child = new child_process.ChildProcess();
          const refused = result(() => child.spawn({ file: node, args, envPairs: [], stdio: "ignore" }));
          ends.push(refused || (await once(child, "exit"))[0]);
        }
        return ends;`,
      );
      expect(value).toContain("GUARD_TRIPWIRE");
      expect(value).toContain(0);
      expect(arrived.tcp).toBe(0);
    });

    it("a ticketed command is started exactly once", async () => {
      const { value } = await armed(
        node,
        `
        const start = () => child_process.execFileSync(node, ["-p", "6*7"]).toString().trim();
        return [tripwire.withChildTicket(node, ["-p", "6*7"], start), result(start)];`,
      );
      expect(value).toEqual(["42", "GUARD_TRIPWIRE"]);
    });

    it.each([
      ["other arguments", `child_process.execFileSync(node, ["-p", "6*8"])`],
      ["more arguments", `child_process.execFileSync(node, ["-p", "6*7", "x"])`],
      ["fewer arguments", `child_process.execFileSync(node, ["-p"])`],
      [
        "another name for itself",
        `child_process.execFileSync(node, ["-p", "6*7"], { argv0: "other" })`,
      ],
      ["another file", `child_process.execFileSync(allowedScript, ["-p", "6*7"])`],
      ["a shell", `child_process.execSync("node -p 6*7")`],
    ])("a ticket does not cover %s", async (_name, code) => {
      const { value } = await armed(
        node,
        `
        return result(() => tripwire.withChildTicket(node, ["-p", "6*7"], () => ${code}));`,
      );
      expect(value).toBe("GUARD_TRIPWIRE");
    });
  });
});
