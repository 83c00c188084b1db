import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { cli, loadProfile, stateBesidesLedger, type Workspace, workspace } from "../support/cli.ts";

interface Case {
  readonly what: string;
  readonly args: readonly string[];
  /** Files of the working directory; a name that ends in a slash is a folder. */
  readonly files?: Readonly<Record<string, string | Buffer>>;
  readonly code: string;
  /** Default 2. */
  readonly exit?: number;
  /** What else the message says: the place, the nearest accepted form. */
  readonly says: readonly string[];
}

const set = (value: string): string[] => ["run", "smoke", "--set", value];
const YAML = loadProfile();
const file = (text: string | Buffer) => ({ "mine.yaml": text });
const RATE_FORM = "expected a number per unit of time, such as 5/s, 0.2/s or 30/min";
const ACCEPTED_URL = "the accepted form is https://127.0.0.1:<port>";
const ENVIRONMENTS = "emulator, klarna-test, playground-eu, playground-na, playground-oc";

const COMMAND_LINE: readonly Case[] = [
  {
    what: "no command",
    args: [],
    code: "USAGE",
    says: ["name a command", "klarna-perf --help"],
  },
  {
    what: "an unknown command, with the nearest",
    args: ["runn", "smoke"],
    code: "USAGE_COMMAND_UNKNOWN",
    says: ["`runn`", "did you mean `run`?"],
  },
  {
    what: "an unknown command that is near to none, with all",
    args: ["frobnicate"],
    code: "USAGE_COMMAND_UNKNOWN",
    says: ["`frobnicate`", "the commands are run, plan, list, validate, init, report"],
  },
  {
    what: "an unknown option, with the nearest",
    args: ["run", "smoke", "--emulator-ulr", "x"],
    code: "USAGE_OPTION_UNKNOWN",
    says: ["unknown option `--emulator-ulr`", "did you mean `--emulator-url`?", "run --help"],
  },
  {
    what: "an unknown option that is near to none",
    args: ["list", "--frobnicate"],
    code: "USAGE_OPTION_UNKNOWN",
    says: ["unknown option `--frobnicate`\n", "`klarna-perf list --help` lists what there is"],
  },
  {
    what: "an unknown option of one letter",
    args: ["run", "smoke", "-x"],
    code: "USAGE_OPTION_UNKNOWN",
    says: ["unknown option `-x`\n"],
  },
  {
    what: "a key as an option: there is none for it",
    args: ["run", "smoke", "--api-key", "klarna_test_api_c2VjcmV0"],
    code: "USAGE_OPTION_UNKNOWN",
    says: ["unknown option `--api-key`"],
  },
  {
    what: "an option without its value",
    args: ["run", "smoke", "--seed"],
    code: "USAGE_OPTION_VALUE",
    says: ["`--seed` needs a value"],
  },
  {
    what: "a repeatable option without its value",
    args: ["run", "smoke", "--set"],
    code: "USAGE_OPTION_VALUE",
    says: ["`--set` needs a value"],
  },
  {
    what: "a value that is not among an option's choices",
    args: ["run", "smoke", "--accept", "failed"],
    code: "USAGE_OPTION_VALUE",
    says: ["`--accept` can't be `failed`", "expected inconclusive"],
  },
  {
    what: "no profile",
    args: ["run"],
    code: "USAGE_ARGUMENT",
    says: ["`run` needs an argument", "klarna-perf run <profile>"],
  },
  {
    what: "an argument too many",
    args: ["run", "smoke", "baseline"],
    code: "USAGE_ARGUMENT",
    says: ["`baseline` is one argument too many", "klarna-perf run <profile>"],
  },
  ...["abc", "", "-1", "1e3", "4294967296"].map((seed) => ({
    what: `a seed of \`${seed}\``,
    args: ["run", "smoke", `--seed=${seed}`],
    code: "USAGE_SEED",
    says: [`\`${seed}\` can't be a seed`, "give a whole number from 0 to 4294967295"],
  })),
  ...["release", "a b=1"].map((tag) => ({
    what: `a tag of \`${tag}\``,
    args: ["run", "smoke", "--tag", tag],
    code: "USAGE_TAG",
    says: ["key=value", "--tag release=2.4.0"],
  })),
  {
    what: "a permit to make, of which half is missing",
    args: ["permit", "p.json", "--make", "--label", "team", "--who", "Ada", "--level", "partner"],
    code: "USAGE_PERMIT_INCOMPLETE",
    says: ["a permit needs --account, --guidelines-read, --until too", "--help"],
  },
  {
    what: "an account that is none",
    args: ["run", "smoke", "--account", "K123456"],
    code: "USAGE_ACCOUNT",
    says: ["`K123456`", "krn:partner:global:account:test:"],
  },
  {
    what: "a live account, refused on the emulator too",
    args: ["run", "smoke", "--account", "krn:partner:global:account:live:ABCDEFGH"],
    code: "GUARD_LIVE_MARKER",
    exit: 4,
    says: [":account:live:", "take it out"],
  },
  ...[
    ["klarna-tset", "did you mean `klarna-test`?"],
    ["KLARNA-TEST", "did you mean `klarna-test`?"],
    ["", "the environments are"],
    ["https://api-global.test.klarna.com", "an address can't be given"],
    ["https://127.0.0.1:8443", "an address can't be given"],
  ].map(([env = "", hint = ""]) => ({
    what: `an environment of \`${env}\``,
    args: ["run", "smoke", `--env=${env}`],
    code: "GUARD_ENVIRONMENT_UNKNOWN",
    exit: 4,
    says: [`no environment is named \`${env}\``, hint, ENVIRONMENTS],
  })),
  ...[
    "https://127.0.0.1:1",
    "https://127.0.0.1:1/",
    "http://127.0.0.1:1",
    "https://localhost:1",
    "https://2130706433:1",
    "https://api-global.test.klarna.com",
    "",
  ].map((url) => ({
    what: `an emulator at \`${url}\`, where none is registered`,
    args: ["run", "smoke", `--emulator-url=${url}`],
    code: "GUARD_EMULATOR_UNKNOWN",
    exit: 4,
    says: [`no emulator is registered at \`${url}\``, ACCEPTED_URL],
  })),
  {
    what: "an emulator's address for a run against Klarna",
    args: ["run", "smoke", "--env", "klarna-test", "--emulator-url", "https://127.0.0.1:1"],
    code: "USAGE_EMULATOR_URL",
    says: ["--emulator-url goes with --env emulator"],
  },
  {
    what: "a permit that is not there",
    args: ["run", "smoke", "--permit", "permit.json"],
    code: "PERMIT_UNREADABLE",
    says: ["`permit.json` can't be read: ENOENT", "--permit"],
  },
  {
    what: "a permit that is not JSON",
    args: ["run", "smoke", "--permit", "permit.json"],
    files: { "permit.json": "{" },
    code: "PERMIT_INVALID",
    says: ["permit.json: the permit is not JSON"],
  },
  {
    what: "a permit for a live account",
    args: ["run", "smoke", "--permit", "permit.json"],
    files: { "permit.json": '{"account":"krn:partner:global:account:live:ABCDEFGH"}' },
    code: "PERMIT_LIVE",
    says: ["permit.json: ", ":account:live:"],
  },
  {
    what: "no run to report on",
    args: ["report", "reports/gone"],
    code: "RECORD_NOT_FOUND",
    says: ["reports/gone"],
  },
  {
    what: "an emulator's port that is none",
    args: ["emulator", "--port", "80.5"],
    code: "USAGE_PORT",
    says: ["from 0 to 65535"],
  },
  {
    what: "an emulator's latency that is none",
    args: ["emulator", "--latency", "fast"],
    code: "USAGE_LATENCY",
    says: ["p50=20ms,p95=60ms"],
  },
];

const PROFILES: readonly Case[] = [
  {
    what: "an unknown profile, with the nearest",
    args: ["run", "smoek"],
    code: "PROFILE_NOT_FOUND",
    says: ["no profile is named `smoek`", "did you mean `smoke`?", "rate-limit-drill, smoke"],
  },
  {
    what: "an unknown profile that is near to none, with all",
    args: ["run", "checkout"],
    code: "PROFILE_NOT_FOUND",
    says: [
      "no profile is named `checkout`",
      "the profiles here are baseline, capacity, checkout-journey",
    ],
  },
  {
    what: "a profile's name in capitals",
    args: ["run", "Smoke"],
    code: "PROFILE_NAME",
    says: ["`Smoke` can't be a profile's name", "did you mean `smoke`?"],
  },
  {
    what: "a path without a file",
    args: ["run", "./gone.yaml"],
    code: "PROFILE_NOT_FOUND",
    says: ["there is no file `./gone.yaml`"],
  },
  {
    what: "a folder as a profile",
    args: ["run", "mine.yaml"],
    files: { "mine.yaml/": "" },
    code: "PROFILE_UNREADABLE",
    says: ["`mine.yaml` can't be read"],
  },
  {
    what: "an unknown key, in its place, with the nearest",
    args: ["run", "mine.yaml"],
    files: file(YAML.replace("maxInFlight", "maxInflight")),
    code: "PROFILE_UNKNOWN_KEY",
    says: ["mine.yaml:7:3: unknown key `maxInflight` in `workload`", "did you mean `maxInFlight`?"],
  },
  {
    what: "an operation for accounts only, without an account",
    args: ["run", "mine.yaml"],
    files: file(YAML.replace("payment-request.create", "interoperability-token.create-for-test")),
    code: "USAGE_ACCOUNT_NEEDED",
    says: ["mine.yaml: only for an account: `interoperability-token.create-for-test`", "--account"],
  },
  {
    what: "an unknown operation, in its place, with the nearest",
    args: ["run", "mine.yaml"],
    files: file(YAML.replace("payment-request.read", "payment-request.raed")),
    code: "PROFILE_UNKNOWN_OPERATION",
    says: ["mine.yaml:14:20: ", "`payment-request.raed`", "did you mean `payment-request.read`?"],
  },
  ...["-10/s", ".inf", ".nan", "Infinity/s", "1e400/s", "10"].map((rate) => ({
    what: `a rate of \`${rate}\`, in its place`,
    args: ["run", "mine.yaml"],
    files: file(loadProfile({ rate })),
    code: "PROFILE_RATE",
    says: ["mine.yaml:6:15: `workload.stages[0].rate` is ", "not a rate", RATE_FORM],
  })),
  ...["-1s", "0s", ".inf"].map((lasts) => ({
    what: `a stage of \`${lasts}\`, in its place`,
    args: ["run", "mine.yaml"],
    files: file(loadProfile({ lasts })),
    code: "PROFILE_DURATION",
    says: ["mine.yaml:6:26: `workload.stages[0].for` is ", "such as 800ms, 10s, 5min or 1h"],
  })),
  {
    what: "a negative rate by --set",
    args: set("workload.stages[0].rate=-1/s"),
    code: "PROFILE_RATE",
    says: ["--set workload.stages[0].rate: ", "is `-1/s`, not a rate", RATE_FORM],
  },
  {
    what: "an unknown key by --set, with the nearest",
    args: set("workload.maxInflight=3"),
    code: "PROFILE_UNKNOWN_KEY",
    says: ["--set workload.maxInflight: ", "did you mean `maxInFlight`?"],
  },
  {
    what: "a --set without a value",
    args: set("workload.maxInFlight"),
    code: "PROFILE_SET_FORM",
    says: ["expected path=value, as in workload.maxInFlight=5"],
  },
  {
    what: "a --set of a stage that is not there",
    args: set("workload.stages[3].rate=1/s"),
    code: "PROFILE_SET_PATH",
    says: ["no item `3`", "it has items 0 to 0"],
  },
  {
    what: "a live key by --set, refused on the emulator too",
    args: set("scenarios[0].steps[0].body.note=klarna_live_api_c2VjcmV0"),
    code: "PROFILE_LIVE_MARKER",
    says: ["klarna_live_", "take it out"],
  },
  {
    what: "YAML with a tab",
    args: ["run", "mine.yaml"],
    files: file(YAML.replace("  model", "\tmodel")),
    code: "PROFILE_YAML_TAB",
    says: ["mine.yaml:4:1: ", "indent with spaces"],
  },
  {
    what: "YAML with a bracket left open",
    args: ["run", "mine.yaml"],
    files: file("name: mine\nkind: smoke\nworkload: [1, 2\n"),
    code: "PROFILE_YAML",
    says: ["mine.yaml:4:1: ", "look at the indentation, quotes and brackets"],
  },
  {
    what: "YAML with a key twice",
    args: ["run", "mine.yaml"],
    files: file(`${YAML}kind: smoke\n`),
    code: "PROFILE_DUPLICATE_KEY",
    says: ["mine.yaml:18:1: the key `kind` stands twice", "the first is on line 2"],
  },
  {
    what: "an empty profile",
    args: ["run", "mine.yaml"],
    files: file(""),
    code: "PROFILE_EMPTY",
    says: ["mine.yaml: "],
  },
  {
    what: "a profile that is not text",
    args: ["run", "mine.yaml"],
    files: file(Buffer.from([0xff, 0xfe, 0])),
    code: "PROFILE_NOT_TEXT",
    says: ["mine.yaml: not a text file in UTF-8"],
  },
  {
    what: "a peak above the profile's own cap",
    args: set("workload.stages[0].rate=2/s"),
    code: "GUARD_PEAK_AT_CAP",
    exit: 4,
    says: ["peak of 2/s", "cap of 1/s", "lower the rate or raise `limits`"],
  },
];

const OUT_HINT = "give a folder that can be written to with --out";
const OUT: readonly Case[] = [
  {
    what: "a file in its place",
    args: ["run", "smoke", "--out", "there"],
    files: { there: "" },
    code: "OUT_UNWRITABLE",
    says: ["reports can't be written to `there`: ENOTDIR", OUT_HINT],
  },
  {
    what: "a file above it",
    args: ["run", "smoke", "--out", "there/below/it"],
    files: { there: "" },
    code: "OUT_UNWRITABLE",
    says: ["`there/below/it`: ENOTDIR", OUT_HINT],
  },
  {
    what: "a folder that is not empty",
    args: ["run", "smoke", "--out", "there"],
    files: { "there/": "", "there/report.json": "{}" },
    code: "OUT_NOT_EMPTY",
    says: ["`there` is not empty", "a run never writes over another's reports"],
  },
];

describe.each([
  ["on the command line", COMMAND_LINE],
  ["in a profile", PROFILES],
  ["as --out", OUT],
])("%s", (_, cases) => {
  test.concurrent.for(cases)("$what", async (given, { onTestFinished }) => {
    const { args, files = {}, code, exit = 2, says } = given;
    const at = workspace();
    onTestFinished(at.remove);
    for (const [name, content] of Object.entries(files)) {
      if (name.endsWith("/")) mkdirSync(at.path(name));
      else writeFileSync(at.path(name), content);
    }
    await expectRefused(at, args, { code, exit, says });
  });
});

test.skipIf(process.platform !== "linux")(
  "as --out: a file system that takes no folders, where Node's own mkdir never returns (Linux only: needs /proc)",
  async () => {
    const says = ["reports can't be written to `/proc/klarna-perf/out`: ENOENT", OUT_HINT];
    const args = ["run", "smoke", "--out", "/proc/klarna-perf/out"];
    await expectRefused(fresh(), args, { code: "OUT_UNWRITABLE", exit: 2, says });
  },
);

test.skipIf(process.getuid?.() === 0)(
  "as --out: a folder that nobody may write to (not as root, whom no permission binds)",
  async () => {
    const at = fresh();
    mkdirSync(at.path("there"));
    chmodSync(at.path("there"), 0o500);
    const says = ["`there/out`: EACCES", OUT_HINT];
    const args = ["run", "smoke", "--out", "there/out"];
    await expectRefused(at, args, { code: "OUT_UNWRITABLE", exit: 2, says });
  },
);

test("several mistakes in one profile are told in one go, in the order of the file", async () => {
  const at = fresh();
  const wrong = loadProfile({ rate: "-1/s", lasts: "never" }).replace("maxInFlight", "inFlight");
  writeFileSync(at.path("mine.yaml"), wrong);
  const { code, stderr } = await cli(at, ["run", "mine.yaml"]);
  expect(code).toBe(2);
  expect([...stderr.matchAll(/^klarna-perf: (\w+): (\S+):/gm)].map(([, ...told]) => told)).toEqual([
    ["PROFILE_RATE", "mine.yaml:6:15"],
    ["PROFILE_DURATION", "mine.yaml:6:26"],
    ["PROFILE_UNKNOWN_KEY", "mine.yaml:7:3"],
  ]);
});

function fresh(): Workspace {
  const at = workspace();
  onTestFinished(at.remove);
  return at;
}

async function expectRefused(
  at: Workspace,
  args: readonly string[],
  { code, exit, says }: Required<Pick<Case, "code" | "exit" | "says">>,
): Promise<void> {
  const before = everythingIn(at);
  const ended = await cli(at, args);
  expect(ended.stderr).toMatch(new RegExp(`^klarna-perf: ${code}: `, "m"));
  for (const text of says) expect(ended.stderr).toContain(text);
  expect(ended.stderr).not.toMatch(/^\s+at /m);
  expect(ended.stderr).not.toContain("FAULT");
  expect(ended.stdout).toBe("");
  expect(ended.code).toBe(exit);
  expect(everythingIn(at)).toEqual(before);
}

function everythingIn(at: Workspace): string[][] {
  const cwd = readdirSync(at.cwd, { recursive: true, encoding: "utf8" }).sort();
  return [cwd, stateBesidesLedger(at)];
}
