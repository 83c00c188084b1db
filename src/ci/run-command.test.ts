import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runCommand } from "./run-command.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "klarna-perf-command-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A command that does this; what it prints is the run's summary. */
function command(body: string): string {
  const file = join(folder, "bin.mjs");
  writeFileSync(file, body);
  return file;
}

const SUMMARY = {
  verdict: "failed",
  verdictReason: "p95",
  interrupted: false,
  dir: "/reports/one",
};
const PRINTS = `process.stdout.write(${JSON.stringify(JSON.stringify(SUMMARY))});`;

it("tells how it ended, and where the report of the run that decided lies", async () => {
  const bin = command(`${PRINTS} process.exitCode = 3;`);
  expect(await runCommand(bin, [], {})).toEqual({
    exitCode: 3,
    cancelled: false,
    verdict: "failed",
    reason: "p95",
    dir: "/reports/one",
  });
});

it("hands a signal on, and tells of it though the command ended as if there had been none", async () => {
  const known = process.listeners("SIGTERM").length;
  const bin = command(
    `process.on("SIGTERM", () => { ${PRINTS} process.exitCode = 3; clearInterval(stay); });
     const stay = setInterval(() => {}, 1000);
     process.stdout.write("\\n");`,
  );
  const ended = runCommand(bin, [], {});
  const [forward] = process.listeners("SIGTERM").slice(known);
  // Until it listens itself a signal ends it; so it is asked again.
  const asking = setInterval(() => forward?.("SIGTERM"), 300);
  try {
    expect(await ended).toMatchObject({ cancelled: true });
  } finally {
    clearInterval(asking);
  }
  expect(process.listeners("SIGTERM").length).toBe(known);
});
