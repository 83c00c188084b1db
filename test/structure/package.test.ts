import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { satisfies } from "semver";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { VERSION } from "../../src/base/version.ts";
import { ROOT } from "./source-files.ts";

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      dev: z.boolean().optional(),
      optional: z.boolean().optional(),
      hasInstallScript: z.boolean().optional(),
      resolved: z.string().optional(),
      engines: z.union([z.record(z.string(), z.string()), z.array(z.string())]).optional(),
    }),
  ),
});
const lock = lockSchema.parse(JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")));
const runtime = Object.entries(lock.packages).filter(([path, { dev }]) => path !== "" && !dev);

describe("the package", () => {
  it("has no runtime dependency with an install script, and none that excludes Node 20", () => {
    expect(runtime.length).toBeGreaterThan(10);
    expect(
      runtime.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path),
    ).toEqual([]);
    const excluding = runtime.filter(([, { engines }]) => {
      const range = engines && !Array.isArray(engines) ? engines.node : undefined;
      return range !== undefined && !satisfies("20.19.0", range);
    });
    expect(excluding.map(([path]) => path)).toEqual([]);
  });

  it("runs no install scripts, and names no registry", () => {
    expect(readFileSync(join(ROOT, ".npmrc"), "utf8")).toMatch(/^ignore-scripts=true$/m);
    const named = Object.values(lock.packages).filter(({ resolved }) =>
      resolved?.startsWith("http"),
    );
    expect(named).toEqual([]);
  });

  it("says the same version everywhere", () => {
    const { version } = z
      .object({ version: z.string() })
      .parse(JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")));
    expect(VERSION).toBe(version);
    expect(readFileSync(join(ROOT, "CHANGELOG.md"), "utf8")).toContain(`## ${version}`);
  });

  it("lists each runtime dependency, with its reason, in docs/dependencies.md", () => {
    const { dependencies, devDependencies } = z
      .object({
        dependencies: z.record(z.string(), z.string()),
        devDependencies: z.record(z.string(), z.string()),
      })
      .parse(JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")));
    const page = readFileSync(join(ROOT, "docs", "dependencies.md"), "utf8");
    const names = [...Object.keys(dependencies), ...Object.keys(devDependencies)];
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  it("carries no path of the machine it was made on", () => {
    const tracked = execFileSync("git", ["ls-files"], { cwd: ROOT, encoding: "utf8" })
      .split("\n")
      .filter(Boolean);
    const home = process.env.HOME ?? "/nowhere";
    const marked = tracked
      .filter((path) => existsSync(join(ROOT, path)) && !/\.(?:png|ico)$/.test(path))
      .filter((path) => {
        const text = readFileSync(join(ROOT, path), "utf8");
        return text.includes(`${ROOT}/`) || (home.length > 5 && text.includes(`${home}/`));
      });
    expect(marked).toEqual([]);
  });
});

describe.runIf(existsSync(join(ROOT, "dist", "bin.js")))("the built program", () => {
  const sources = (entry: string): Set<string> => {
    const seen = new Set<string>();
    const all = new Set<string>();
    const visit = (path: string): void => {
      if (seen.has(path)) return;
      seen.add(path);
      const map = z
        .object({ sources: z.array(z.string()) })
        .parse(JSON.parse(readFileSync(`${path}.map`, "utf8")));
      for (const source of map.sources) all.add(source.replace(/^(?:\.\.\/)+/, ""));
      const code = readFileSync(path, "utf8");
      for (const [, to = ""] of code.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+\.js)"/g))
        visit(join(path, "..", to));
    };
    visit(join(ROOT, "dist", entry));
    return all;
  };

  it("never loads the emulator in the process that runs profiles", () => {
    const bin = sources("bin.js");
    expect([...bin].filter((path) => path.startsWith("src/emulator/"))).toEqual([]);
    expect(bin).toContain("src/harness/run.ts");
    expect(sources("emulator-process.js")).toContain("src/emulator/server.ts");
  });

  it("carries zod's messages in one language: it is imported as a namespace everywhere", () => {
    const languages = [...sources("bin.js")].filter((path) => path.includes("zod/v4/locales/"));
    expect(languages.map((path) => path.replace(/^.*\//, ""))).toEqual(["en.js"]);
  });

  it("brings the notice of each package that is bundled", () => {
    const notices = readFileSync(join(ROOT, "dist", "THIRD-PARTY-LICENSES.txt"), "utf8");
    const bundled = ["bin.js", "emulator-process.js", "users-process.js", "github-action.js"]
      .flatMap((entry) => [...sources(entry)])
      .flatMap((path) => /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
    expect(bundled).toContain("undici");
    const titles = new Set(
      notices.match(/^\S+ \d+\.\d+\.\d+ \(.+\)$/gm)?.map((one) => one.split(" ")[0]),
    );
    expect(new Set(bundled)).toEqual(titles);
  });

  it("has one copy of the tripwire, loaded first and alone", () => {
    const chunks = readdirSync(join(ROOT, "dist", "chunks")).filter((name) => name.endsWith(".js"));
    const holding = chunks.filter((name) =>
      readFileSync(join(ROOT, "dist", "chunks", name), "utf8").includes("function armTripwire("),
    );
    const inBin = readFileSync(join(ROOT, "dist", "bin.js"), "utf8");
    expect(holding.length + (inBin.includes("function armTripwire(") ? 1 : 0)).toBe(1);
    const [first, ...others] = [...inBin.matchAll(/^(?:import|\} from) "?.*?"?(\.[^"]+)";$/gm)].map(
      ([, to]) => to,
    );
    expect(first).toBe(`./chunks/${holding[0]}`);
    // The bundler's own helpers hold none of our code.
    for (const other of others) expect([...sources(other ?? "")]).toEqual([]);
  });
});
