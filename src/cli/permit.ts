import { readFileSync, writeFileSync } from "node:fs";
import { systemClock } from "../base/clock.ts";
import { EXIT, UsageError } from "../base/errors.ts";
import { visible } from "../guard/foreign-text.ts";
import type { Permit } from "../guard/permit.ts";
import { type Arguments, type Command, flag, text, texts } from "./command.ts";
import { print } from "./output.ts";

export const permitCommand: Command = {
  name: "permit <file>",
  describe: "show and check a permit, or make one with --make",
  options: (parser) =>
    parser
      .positional("file", { describe: "the permit's file", type: "string", demandOption: true })
      .option("make", { describe: "make it, from the options below", type: "boolean" })
      .option("label", {
        describe: "stands for the account in reports",
        type: "string",
        requiresArg: true,
      })
      .option("who", { describe: "who answers for the runs", type: "string", requiresArg: true })
      .option("account", {
        describe: "krn:partner:global:account:test:<ID>",
        type: "string",
        requiresArg: true,
      })
      .option("level", {
        describe: "the level of the account's keys",
        choices: ["partner", "acquiring-partner"],
        requiresArg: true,
      })
      .option("guidelines-read", {
        describe: "the day on which they read Klarna's current guidelines, YYYY-MM-DD",
        type: "string",
        requiresArg: true,
      })
      .option("from", {
        describe: "its first day; default today",
        type: "string",
        requiresArg: true,
      })
      .option("until", {
        describe: "its last day, at most 90 days on",
        type: "string",
        requiresArg: true,
      })
      .option("klarna-reference", {
        describe: "Klarna's written consent, which a baseline needs",
        type: "string",
        requiresArg: true,
      })
      .option("address", {
        describe: "an address that the host may have; may be repeated",
        type: "string",
        array: true,
        nargs: 1,
      })
      .example("$0 permit permit.json", "what it says, and whether it holds today")
      .example(
        "$0 permit permit.json --make --label team --who 'Ada Example' --account krn:partner:global:account:test:ABCDEFGH --level partner --guidelines-read 2026-11-02 --until 2027-01-15",
        "make one",
      ),
  run: async (argv) => {
    const file = text(argv, "file") ?? "";
    if (flag(argv, "make")) await make(file, argv);
    return show(file);
  },
};

/** Options that a new permit can't do without. */
const NEEDED = ["label", "who", "account", "level", "guidelines-read", "until"] as const;

/** Writes a permit to a file that is not there yet, once it has been checked as any permit is. */
async function make(file: string, argv: Arguments): Promise<void> {
  const { parsePermit } = await import("../guard/permit.ts");
  const missing = NEEDED.filter((name) => text(argv, name) === undefined);
  if (missing.length > 0) {
    throw new UsageError(
      "USAGE_PERMIT_INCOMPLETE",
      `a permit needs ${missing.map((name) => `--${name}`).join(", ")} too`,
      { hint: "klarna-perf permit --help shows what each of them says" },
    );
  }
  const today = new Date(systemClock().wallMs()).toISOString().slice(0, 10);
  const addresses = texts(argv, "address");
  const reference = text(argv, "klarna-reference");
  const made = {
    permitVersion: 1,
    label: text(argv, "label"),
    who: text(argv, "who"),
    account: text(argv, "account"),
    level: text(argv, "level"),
    guidelinesReadOn: text(argv, "guidelines-read"),
    ...(reference === undefined ? {} : { klarnaReference: reference }),
    ...(addresses.length === 0 ? {} : { addresses }),
    validFrom: text(argv, "from") ?? today,
    validUntil: text(argv, "until"),
  };
  const content = `${JSON.stringify(made, null, 2)}\n`;
  parsePermit(content, "the permit to make");
  try {
    writeFileSync(file, content, { flag: "wx" });
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown reason";
    throw new UsageError("PERMIT_UNWRITABLE", `the permit can't be written: ${code}`, {
      place: { file },
      hint: "name a file that does not exist yet: a permit is never written over another",
      cause,
    });
  }
}

/** @returns 0 when the permit holds today, 4 when it does not */
async function show(file: string): Promise<number> {
  const { permitProblem, parsePermit } = await import("../guard/permit.ts");
  let content: string;
  try {
    content = readFileSync(file, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown reason";
    throw new UsageError("PERMIT_UNREADABLE", `the permit can't be read: ${code}`, {
      place: { file },
      hint: "make one with --make",
      cause,
    });
  }
  const permit = parsePermit(content, file);
  const problem = permitProblem(permit, systemClock().wallMs());
  print(`${permitLines(permit).join("\n")}\n`);
  print(problem === undefined ? "it holds today\n" : `it does not hold: ${problem}\n`);
  return problem === undefined ? EXIT.passed : EXIT.refused;
}

function permitLines(permit: Permit): string[] {
  const { label, who, account, level, guidelinesReadOn, klarnaReference, addresses } = permit;
  return [
    `permit      ${label}`,
    `who         ${visible(who)}`,
    `account     ${account} (${level})`,
    `guidelines  read on ${guidelinesReadOn}`,
    `consent     ${visible(klarnaReference ?? "none: a baseline against Klarna needs one")}`,
    `addresses   ${addresses?.join(", ") ?? "any public one"}`,
    `valid       ${permit.validFrom} to ${permit.validUntil}`,
  ];
}
