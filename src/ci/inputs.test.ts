import { describe, expect, it } from "vitest";
import { UsageError } from "../base/errors.ts";
import { readInputs } from "./inputs.ts";

const NEEDED = { ACTION_PROFILE: "baseline", ACTION_HOME: "/home", ACTION_HISTORY: "default" };

describe("what a workflow asks for", () => {
  it("is a run on the emulator unless it says otherwise", () => {
    expect(readInputs(NEEDED)).toEqual({
      profile: "baseline",
      environment: "emulator",
      words: ["--env=emulator"],
      home: "/home",
      inconclusive: "warn",
    });
  });

  it("takes a line for each value of what may be given again, blank ones left out", () => {
    const { words } = readInputs({
      ...NEEDED,
      ACTION_SET: "workload.stages[0].for=3s\n\n  limits.rate=5/s  \n",
      ACTION_TAGS: "release=2.4.0\r\nbranch=a b",
      ACTION_JUDGE: "payment-request.create",
    });
    expect(words.slice(1)).toEqual([
      "--set=workload.stages[0].for=3s",
      "--set=limits.rate=5/s",
      "--tag=release=2.4.0",
      "--tag=branch=a b",
      "--judge=payment-request.create",
    ]);
  });

  it("names the account and the files of a client certificate", () => {
    const { words } = readInputs({
      ...NEEDED,
      ACTION_ACCOUNT: "krn:partner:global:account:test:ABCDEFGH",
      ACTION_CLIENT_CERT: "client.pem",
      ACTION_CLIENT_KEY: "/tmp/a b/client.key",
    });
    expect(words.slice(1)).toEqual([
      "--account=krn:partner:global:account:test:ABCDEFGH",
      "--client-cert=client.pem",
      "--client-key=/tmp/a b/client.key",
    ]);
  });

  it.each([
    ["", ["--baseline=last", "--confirm"]],
    ["true", ["--baseline=last", "--confirm"]],
    ["false", ["--baseline=last"]],
  ])("confirms a regression against a baseline unless told not to: %j", (confirm, expected) => {
    const { words } = readInputs({ ...NEEDED, ACTION_BASELINE: "last", ACTION_CONFIRM: confirm });
    expect(words.slice(1)).toEqual(expected);
  });

  it("asks for no confirmation where nothing is compared", () => {
    expect(readInputs({ ...NEEDED, ACTION_CONFIRM: "true" }).words).toEqual(["--env=emulator"]);
  });

  it("asks for no second run against Klarna", () => {
    const given = { ACTION_BASELINE: "last", ACTION_ENVIRONMENT: "klarna-test" };
    expect(readInputs({ ...NEEDED, ...given }).words).toEqual([
      "--env=klarna-test",
      "--baseline=last",
    ]);
  });

  it.each([
    "--api-key-file=/etc/passwd",
    "x\n--env=klarna-test",
    "$(touch pwned)",
    "`id`; rm -rf ~",
  ])("makes one word of a value, and never an option of its own: %j", (hostile) => {
    const { words } = readInputs({ ...NEEDED, ACTION_TAGS: hostile, ACTION_PERMIT: hostile });
    expect(words.filter((word) => !/^--(?:env=emulator$|tag=|permit=)/.test(word))).toEqual([]);
  });

  it.each<[string, Record<string, string>]>([
    ["no profile", { ACTION_PROFILE: " " }],
    ["an option for a profile", { ACTION_PROFILE: "--env=klarna-test" }],
    ["neither warn nor fail", { ACTION_INCONCLUSIVE: "maybe" }],
    ["neither true nor false", { ACTION_BASELINE: "last", ACTION_CONFIRM: "yes" }],
    ["a certificate without its key", { ACTION_CLIENT_CERT: "client.pem" }],
    ["a key without its certificate", { ACTION_CLIENT_KEY: "client.key" }],
    ["no home", { ACTION_HOME: "" }],
    ["no history", { ACTION_HISTORY: "" }],
    ["a history with what ends its name in the cache's keys", { ACTION_HISTORY: "default.x" }],
    ["a history of two names", { ACTION_HISTORY: "a\nb" }],
    ["neither true nor false", { ACTION_SAVE_HISTORY: "no" }],
    [
      "a run against Klarna that nobody is to remember",
      { ACTION_ENVIRONMENT: "klarna-test", ACTION_SAVE_HISTORY: "false" },
    ],
  ])("is refused, with the form that is taken: %s", (_, given) => {
    expect(() => readInputs({ ...NEEDED, ...given })).toThrow(
      expect.objectContaining({ code: "CI_INPUT", hint: expect.stringContaining("give ") }),
    );
    expect(() => readInputs({ ...NEEDED, ...given })).toThrow(UsageError);
  });
});
