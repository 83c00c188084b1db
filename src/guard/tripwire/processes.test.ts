import module from "node:module";
import { basename } from "node:path";
import workerThreads from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Sentries } from "./sentries.support.ts";

const sentries = new Sentries();
vi.doMock("./patch.ts", async (original) => ({
  ...(await original<object>()),
  ...sentries.patch({ process, module, workerThreads }),
}));

const NODE = process.execPath;
const SCRIPT = "/app/emulator.js";
const FOLDER = "/app";

beforeEach(() => {
  sentries.clear();
  vi.resetModules();
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** Sets the sentries up in a process that was started with these variables. */
async function armed(env: Readonly<Record<string, string>> = {}) {
  for (const name of ["NODE_OPTIONS", "LD_PRELOAD", "LD_AUDIT", "DYLD_INSERT_LIBRARIES"]) {
    vi.stubEnv(name, env[name]);
  }
  const { guardProcesses } = await import("./processes.ts");
  const { withChildTicket } = await import("./tickets.ts");
  guardProcesses([SCRIPT, "/app/users.js"]);
  return { withChildTicket };
}

type Start = readonly [file: unknown, args: unknown, environment: unknown];

/** The forms in which Node hands a start over, and where. */
const FORMS: readonly {
  readonly form: string;
  readonly start: (...start: Start) => unknown;
  /** As the original is to get it. */
  readonly handed: (...start: Start) => unknown;
}[] = [
  {
    form: "Node up to 22",
    start: (file, args, envPairs) =>
      sentries.call("process_wrap.Process.spawn", [{ file, args, envPairs, cwd: FOLDER }]),
    handed: (file, args, envPairs) => [{ file, args, envPairs, cwd: FOLDER }],
  },
  {
    form: "Node 24",
    start: (file, args, envPairs) =>
      sentries.call("process_wrap.Process.spawn", [file, args, FOLDER, envPairs, 7]),
    handed: (file, args, envPairs) => [file, args, FOLDER, envPairs, 7],
  },
  {
    form: "a child that is waited for",
    start: (file, args, envPairs) =>
      sentries.call("spawn_sync.spawn", [{ file, args, envPairs, cwd: FOLDER }]),
    handed: (file, args, envPairs) => [{ file, args, envPairs, cwd: FOLDER }],
  },
];

const refused = (api: string, destination: string) =>
  expect.objectContaining({ code: "GUARD_TRIPWIRE", api, destination });

describe.each(FORMS)("a child, as $form starts it,", ({ form, start, handed }) => {
  const api = /waited/.test(form) ? "child_process (sync)" : "child_process";

  it("of a listed script goes on, with what was checked and nothing else", async () => {
    await armed();
    for (const script of [SCRIPT, "/app/users.js"]) {
      const wanted: Start = [NODE, [NODE, script, "more"], ["PATH=/bin"]];
      expect(start(...wanted)).toEqual(["went on", "self", handed(...wanted)]);
    }
  });

  it.each<[string, Start, string]>([
    ["another script", [NODE, [NODE, "/other/tool.js", "secret"], []], ":tool.js"],
    ["no script", [NODE, [NODE], []], ""],
    ["another program", ["/bin/sh", ["/bin/sh", SCRIPT, "secret"], []], "sh"],
    ["no arguments at all", [NODE, undefined, []], ""],
    ["arguments that are no list", [NODE, { 1: SCRIPT, length: 2 }, []], ""],
    ["an environment that can't be read", [NODE, [NODE, SCRIPT], undefined], ":emulator.js"],
    ["an environment of something else", [NODE, [NODE, SCRIPT], ["A=1", 5]], ":emulator.js"],
    ["a program that is no text", [5, [5, SCRIPT], []], "unknown"],
    ["arguments that are no texts", [NODE, [NODE, { secret: 1 }], []], ""],
  ])("is refused: %s", async (_, wanted, destination) => {
    await armed();
    const place = /^(?::|$)/.test(destination) ? basename(NODE) + destination : destination;
    expect(() => start(...wanted)).toThrow(refused(api, place));
  });

  it.each([
    "NODE_OPTIONS=--require=x",
    "LD_PRELOAD=x.so",
    "LD_AUDIT=x.so",
    "DYLD_INSERT_LIBRARIES=x",
    "node_options=--require=x",
  ])(
    "of a listed script is refused with %s, but not where that is this process's own",
    async (pair) => {
      await armed();
      expect(() => start(NODE, [NODE, SCRIPT], ["A=1", pair])).toThrow(
        refused(api, expect.stringContaining("emulator.js")),
      );
      vi.resetModules();
      const [name = "", value = ""] = pair.split(/=(.*)/s);
      await armed({ [name.toUpperCase()]: value });
      if (name === name.toUpperCase())
        expect(start(NODE, [NODE, SCRIPT], ["A=1", pair])).toContain("went on");
      else expect(() => start(NODE, [NODE, SCRIPT], [pair])).toThrow("refused");
    },
  );

  it("may be told that a variable is empty where it was not set, and nothing that only sounds like one", async () => {
    await armed();
    const environment = ["NODE_OPTIONS=", "LD_AUDIT=", "MY_NODE_OPTIONS=x", "NODE_OPTIONS_MORE=x"];
    expect(start(NODE, [NODE, SCRIPT], environment)).toContain("went on");
  });

  it("may not empty a variable that was set", async () => {
    await armed({ NODE_OPTIONS: "--max-old-space-size=99" });
    expect(() => start(NODE, [NODE, SCRIPT], ["NODE_OPTIONS="])).toThrow("refused");
  });

  it("with a ticket goes on once, for exactly this command", async () => {
    const { withChildTicket } = await armed();
    const command: Start = ["/bin/key", ["/bin/key", "-a", "b"], []];
    const twice = () => [
      start(...command),
      (() => {
        try {
          return start(...command);
        } catch (error) {
          return error;
        }
      })(),
    ];
    const [first, second] = withChildTicket("/bin/key", ["-a", "b"], twice);
    expect(first).toEqual(["went on", "self", handed(...command)]);
    expect(second).toEqual(refused(api, "key"));
  });

  it.each<[string, Start]>([
    ["another file", ["/bin/other", ["/bin/key", "-a", "b"], []]],
    ["another name for itself", ["/bin/key", ["/bin/other", "-a", "b"], []]],
    ["other arguments", ["/bin/key", ["/bin/key", "-a", "c"], []]],
    ["fewer arguments", ["/bin/key", ["/bin/key", "-a"], []]],
    ["more arguments", ["/bin/key", ["/bin/key", "-a", "b", "c"], []]],
    ["a preload", ["/bin/key", ["/bin/key", "-a", "b"], ["LD_PRELOAD=x"]]],
    ["no arguments", ["/bin/key", undefined, []]],
  ])("is not covered by a ticket: %s", async (_, wanted) => {
    const { withChildTicket } = await armed();
    expect(() => withChildTicket("/bin/key", ["-a", "b"], () => start(...wanted))).toThrow(
      refused(api, expect.any(String)),
    );
  });
});

it("what was read is what is started: a copy of each list", async () => {
  await armed();
  const args = [NODE, SCRIPT];
  const environment = ["A=1"];
  const options = { file: NODE, args, envPairs: environment };
  const [, , [copy]] = sentries.call("process_wrap.Process.spawn", [options]) as [
    string,
    string,
    [typeof options],
  ];
  expect(copy).toEqual(options);
  expect([copy === options, copy.args === args, copy.envPairs === environment]).toEqual([
    false,
    false,
    false,
  ]);
});

it.each<[string, readonly unknown[], string, string]>([
  ["process.execve", ["/bin/tool", ["secret"]], "process.execve", "tool"],
  ["process.execve", [{ secret: 1 }], "process.execve", "unknown"],
  ["workerThreads.Worker", ["/a.js"], "worker_threads.Worker", "a thread"],
  ["module.register", ["/a.js"], "module.register", "a loader thread"],
])("%s is refused", async (what, args, api, destination) => {
  await armed();
  expect(() => sentries.call(what, args)).toThrow(refused(api, destination));
  // Node 20 has no such function.
  expect(sentries.optional).toEqual(["process.execve"]);
});
