import { spawn } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "./support/cli.ts";

/** Each bench at its smallest, so that none rots: what it prints has its shape. What it measures is not looked at. */

interface Ended {
  readonly code: number | null;
  readonly text: string;
}

function run(...args: readonly string[]): Promise<Ended> {
  const [script = "", ...rest] = args;
  const child = spawn(process.execPath, [join(ROOT, "bench", script), ...rest], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  }
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, text })));
}

/** The names in the first column of the first table below a heading of this column. */
function rows(text: string, heading: string): string[] {
  const lines = text.split("\n");
  const head = lines.findIndex((line) => line.startsWith(`| ${heading} |`));
  if (head < 0) return [];
  const end = lines.findIndex((line, i) => i > head && !line.startsWith("|"));
  return lines
    .slice(head + 2, end < 0 ? undefined : end)
    .map((line) => line.split(" | ")[0]?.slice(2) ?? "");
}

const LONG_MS = 120_000;

describe.concurrent("a bench at its smallest", () => {
  it("regression.mjs", { timeout: LONG_MS }, async ({ expect }) => {
    const { code, text } = await run("regression.mjs", "3");
    expect([code, rows(text, "baseline runs").length]).toEqual([0, 12]);
  });

  it("startup.mjs", { timeout: LONG_MS }, async ({ expect }) => {
    const { code, text } = await run("startup.mjs", "1");
    expect([code, rows(text, "command")]).toEqual([
      0,
      ["node -e 0", "--help", "plan smoke", "plan baseline", "list"],
    ]);
  });

  it("recording.mjs", { timeout: LONG_MS }, async ({ expect }) => {
    const { code, text } = await run("recording.mjs", "500");
    expect([code, rows(text, "recorder")]).toEqual([0, ["without phases", "with phases"]]);
  });

  it("render.mjs", { timeout: LONG_MS }, async ({ expect }) => {
    const { code, text } = await run("render.mjs", "5", "20", "1");
    expect(code).toBe(0);
    expect(text).toMatch(/\| report\.html, KB \| \d+ \|/);
  });

  it("coverage.mjs", { timeout: LONG_MS }, async ({ expect }) => {
    const { text } = await run("coverage.mjs", "2");
    expect(text).toMatch(/\| .*independent.* \|/);
  });

  it("emulator.mjs", { timeout: LONG_MS }, async ({ expect }) => {
    const { code, text } = await run("emulator.mjs", "1", "1");
    expect(code).toBe(0);
    // autocannon is a dependency, so that one row at least is measured.
    expect(text).toMatch(/\| \d+ \| \d+ \| autocannon \| 0 \|/);
  });

  it("cap.mjs", { timeout: LONG_MS }, async ({ expect }) => {
    const args = ["3", "4", "--tools", "klarna-perf,autocannon", "--insults", "held"];
    const { code, text } = await run("cap.mjs", ...args);
    expect(code).toBe(0);
    const tools = text.matchAll(/^\| answers held 2 s \| ([\w-]+) \| \d+ \|/gm);
    expect([...tools].map(([, name]) => name)).toEqual(["klarna-perf", "autocannon"]);
    expect(text).not.toContain("? / ?");
  });

  it("warm-up.mjs", { timeout: LONG_MS }, async ({ expect }) => {
    const { code, text } = await run("warm-up.mjs", "1");
    expect([code, rows(text, "warm-up")]).toEqual([0, ["with", "without"]]);
    expect(text).not.toContain("NaN");
  });

  it("gate.mjs", { timeout: LONG_MS }, async ({ expect }) => {
    const { text } = await run("gate.mjs", "1", "20");
    expect(rows(text, "seen by the application")).toEqual([
      "without the gate",
      "through a bare proxy",
      "through the gate",
      "among 20 connections that say nothing",
    ]);
    expect(text).not.toContain("NaN");
  });

  it("pacing-modes.mjs", { timeout: LONG_MS }, async ({ expect }) => {
    const { code, text } = await run("pacing-modes.mjs", "1", "20", "4");
    expect([code, rows(text, "pacing at 20/s")]).toEqual([0, ["precise", "relaxed"]]);
    expect(text).not.toContain("NaN");
  });

  it("pacing.mjs", { timeout: LONG_MS }, async ({ expect }) => {
    const { code, text } = await run("pacing.mjs", "--tiny");
    expect(text).not.toMatch(/NaN|undefined/);
    expect(code).toBe(0);
    const parts = text.matchAll(/^## (\S+)$/gm);
    expect([...parts].map(([, name]) => name)).toEqual([
      "lateness-50",
      "lateness-500",
      "stall",
      "rate",
      "error",
      "stop",
      "start",
      "memory",
    ]);
    expect(rows(text, "tool")).toEqual(["klarna-perf", "bare loop"]);
  });
});

it("a bench says what it takes when it is asked for something else", async () => {
  expect(await run("pacing.mjs", "--only", "speed")).toMatchObject({
    code: 1,
    text: expect.stringContaining("no part speed"),
  });
});
