import { readFileSync } from "node:fs";
import { EXIT, UsageError } from "../base/errors.ts";
import { visible } from "../guard/foreign-text.ts";
import type { AuditHead } from "../ledger/audit-entry.ts";
import type { AuditVerification } from "../ledger/audit-verify.ts";
import { type Command, flag, text } from "./command.ts";
import { print, printJson } from "./output.ts";

export const auditCommand: Command = {
  name: "audit",
  describe: "check the log of every decision and run",
  options: (parser) =>
    parser
      .option("verify", {
        describe: "read it all: finds an edit, a move, a removal, an insertion",
        type: "boolean",
      })
      .option("report", {
        describe: "a run's report.json: the log must still hold all that it held then",
        type: "string",
        requiresArg: true,
      })
      .option("json", { describe: "print the finding as one JSON object", type: "boolean" })
      .example("$0 audit --verify", "against the ledger beside it")
      .example(
        "$0 audit --verify --report report.json",
        "against a report that was kept elsewhere",
      ),
  run: async (argv) => {
    if (!flag(argv, "verify")) {
      throw new UsageError("USAGE_AUDIT", "there is nothing else to do with the audit log", {
        hint: "say --verify",
      });
    }
    const [{ verifyAudit }, { openStateDir }] = await Promise.all([
      import("../ledger/audit-verify.ts"),
      import("../harness/state-dir.ts"),
    ]);
    const report = text(argv, "report");
    const head = report === undefined ? undefined : await headOf(report);
    const state = openStateDir(process.env);
    if (state.problem !== undefined) throw unusable(state.path, state.problem);
    const found = verifyAudit(state.path, head);
    if (flag(argv, "json")) printJson(found);
    else print(auditText(found));
    return found.check.kind === "tampered" ? EXIT.failed : EXIT.passed;
  },
};

export function unusable(path: string, problem: string): UsageError {
  return new UsageError(
    "STATE_UNUSABLE",
    `the state directory \`${visible(path)}\` can't be used: ${problem}`,
    { hint: "mend it, or name another with KLARNA_PERF_STATE" },
  );
}

/** The audit log's head that a report carries, at `guard.audit`. */
async function headOf(path: string): Promise<AuditHead> {
  const { reportWithHeadSchema } = await import("../ledger/audit-entry.ts");
  const place = { file: visible(path) };
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new UsageError("AUDIT_REPORT_UNREADABLE", "the report can't be read, or is not JSON", {
      place,
      hint: "give a run's report.json",
      cause,
    });
  }
  const parsed = reportWithHeadSchema.safeParse(value);
  if (parsed.success) return parsed.data.guard.audit;
  throw new UsageError("AUDIT_REPORT_WITHOUT_HEAD", "the report carries no head of an audit log", {
    place,
    hint: "reports of runs that had no ledger carry none; give a later run's",
  });
}

/** The finding for a person. */
export function auditText({ check, ledgerProblem }: AuditVerification): string {
  const unasked =
    ledgerProblem === null
      ? ""
      : `the ledger could not be asked for its end: ${ledgerProblem.code}: ${ledgerProblem.message}\n`;
  switch (check.kind) {
    case "absent":
      return `there is no audit log yet: nothing has run from this state directory\n${unasked}`;
    case "tampered":
      return `audit.log was tampered with: line ${check.line}: ${check.what}\n${unasked}`;
    case "torn-last-line":
    case "intact": {
      const { lines, head, against, after } = check;
      const torn =
        check.kind === "torn-last-line"
          ? `its last ${check.tornBytes} bytes are a line that was being written when its process died; the next run cuts them off\n`
          : "";
      const begun =
        after === null
          ? ""
          : `it was begun after line ${after.lines} of an earlier log (${after.hash}), which had been taken away\n`;
      const end =
        against.length === 0
          ? "a change to the last line, or a cut, would not show\n"
          : `its end agrees with the ${against.join(" and the ")}\n`;
      return `audit.log is intact: ${lines} lines, head ${head.hash}\n${torn}${begun}${end}${unasked}`;
    }
  }
}
