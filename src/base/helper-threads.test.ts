import { readdirSync } from "node:fs";
import { constants, getPriority } from "node:os";
import { expect, test } from "vitest";
import { letHelpersGiveWay } from "./helper-threads.ts";

const { PRIORITY_LOW } = constants.priority;

test.runIf(process.platform === "linux")(
  "every thread but the program's own gives way, and that one does not",
  () => {
    const own = getPriority(process.pid);
    const threads = readdirSync("/proc/self/task").map(Number);
    const others = threads.filter((id) => id !== process.pid);
    expect(others.length).toBeGreaterThan(0);

    expect(letHelpersGiveWay()).toBe(others.length);

    for (const id of others) expect(getPriority(id)).toBe(PRIORITY_LOW);
    expect(getPriority(process.pid)).toBe(own);
    expect(own).toBeLessThan(PRIORITY_LOW);
  },
);
