/** What the tests run in processes of their own: each writes a line for each thing that has come true. */
import { writeSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { systemClock } from "../base/clock.ts";
import { armTripwire, tripwireHits } from "../guard/tripwire.ts";
import { ledgerAddons } from "./addon.ts";
import { Database } from "./database.ts";
import { ACCOUNT, decision, KEY } from "./entries.support.ts";
import { openLedger } from "./ledger.ts";
import type { RunHold } from "./run-hold.ts";
import { LEDGER_FILE } from "./schema.ts";

const [job, stateDir = ""] = process.argv.slice(2);

/** At once, so that a line that was written was written before the process was killed. */
function say(...words: (string | number | boolean)[]): void {
  writeSync(1, `${words.join(" ")}\n`);
}

const jobs: Readonly<Record<string, () => unknown>> = {
  /** Reserves and appends without end; says what was acknowledged. */
  spend() {
    const ledger = openLedger(stateDir, systemClock());
    for (;;) {
      const block = ledger.reserve({ run: "run", key: KEY, account: ACCOUNT, requests: 3 });
      if (block.kind === "granted") say("granted", block.requests);
      const { lines, hash } = ledger.appendAudit(decision());
      say("line", lines, hash);
    }
  },
  /** Takes and releases the hold when told to. */
  hold() {
    const ledger = openLedger(stateDir, systemClock());
    let hold: RunHold | undefined;
    say("ready");
    createInterface({ input: process.stdin }).on("line", (line) => {
      if (line === "hold") {
        hold = ledger.tryHoldRun();
        say(hold === undefined ? "refused" : "held");
      } else {
        hold?.release();
        say("released");
      }
    });
  },
  /** Keeps the ledger's write lock until it is killed. */
  lock() {
    const database = new Database(join(stateDir, LEDGER_FILE), "durable");
    database.exec("BEGIN EXCLUSIVE");
    say("locked");
    setInterval(() => {}, 1000);
  },
  /** Opens a ledger under the armed tripwire, with the add-ons that may be loaded or with none. */
  async armed() {
    const listed = process.argv[4] === "listed";
    const before = Object.keys(createRequire(import.meta.url).cache).length;
    const addons = listed ? ledgerAddons(import.meta.url) : [];
    say("loaded", Object.keys(createRequire(import.meta.url).cache).length - before);
    armTripwire({ onHit: () => {}, allowAddons: addons });
    const report: typeof process.report & { excludeNetwork?: boolean } = process.report;
    const { getReport } = report;
    const asked: (boolean | undefined)[] = [];
    report.getReport = (error) => {
      asked.push(report.excludeNetwork);
      return getReport.call(report, error);
    };
    try {
      const ledger = openLedger(stateDir, systemClock());
      say(ledger.reserve({ run: "run", key: KEY, account: ACCOUNT, requests: 3 }).kind);
    } catch (error) {
      say(error instanceof Error && "code" in error ? String(error.code) : "unknown");
    }
    say(
      "reports without network",
      ...new Set(asked.map(String)),
      "and then",
      String(report.excludeNetwork),
    );
    say("hits", ...tripwireHits().map(({ api, destination }) => `${api} ${destination}`));
  },
};

jobs[job ?? ""]?.();
