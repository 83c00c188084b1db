import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../base/clock.ts";
import { freshSeed, seededRandom } from "../base/random.ts";
import { BUDGET_REQUESTS } from "../guard/standing.ts";
import { verifyAudit } from "./audit-verify.ts";
import { ACCOUNT, KEY } from "./entries.support.ts";
import { bundleChild, type Child, cleanUp, newFolder, startChild } from "./ledger.support.ts";
import { openLedger } from "./ledger.ts";

let bundle: string;
beforeAll(async () => {
  bundle = await bundleChild();
});
afterAll(cleanUp);

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** What a child said that had come true. */
function acknowledged({ lines }: Child) {
  const words = lines.map((line) => line.split(" "));
  const granted = words
    .filter(([what]) => what === "granted")
    .reduce((sum, [, requests]) => sum + Number(requests), 0);
  const heads = words
    .filter(([what]) => what === "line")
    .map(([, n, hash]) => ({ lines: Number(n), hash: hash ?? "" }));
  return { granted, heads };
}

describe("kill -9", () => {
  it("at any moment of two writers: what was spent stays spent, and the log holds every line", async () => {
    const seed = freshSeed();
    const random = seededRandom(seed);
    const dir = newFolder();
    const clock = systemClock();
    const end = performance.now() + 7000;
    let acknowledgedInAll = 0;
    let rounds = 0;
    let lines = 0;
    while (performance.now() < end && rounds < 60) {
      rounds++;
      const writers = [startChild(bundle, "spend", dir), startChild(bundle, "spend", dir)];
      await Promise.race(writers.map((one) => one.next()));
      await pause(random.next() * 60);
      await Promise.all(writers.map((one) => one.kill()));

      const said = writers.map(acknowledged);
      acknowledgedInAll += said.reduce((sum, { granted }) => sum + granted, 0);
      for (const { heads } of said) {
        const found = verifyAudit(dir, heads.at(-1)).check;
        expect(found.kind, `seed ${seed}, round ${rounds}`).toMatch(/^(?:intact|torn-last-line)$/);
      }
      const ledger = openLedger(dir, clock);
      const { budgetLeft } = ledger.standing({
        key: KEY,
        account: ACCOUNT,
        environment: "klarna-test",
        nowMs: clock.wallMs(),
      });
      ledger.close();
      const spent = BUDGET_REQUESTS - budgetLeft;
      expect(spent, `seed ${seed}, round ${rounds}`).toBeGreaterThanOrEqual(acknowledgedInAll);
      // Each killed writer may have had one block on disk that it had not told of.
      expect(spent).toBeLessThanOrEqual(acknowledgedInAll + 3 * 2 * rounds);
      const after = verifyAudit(dir).check;
      expect(after.kind, `seed ${seed}, round ${rounds}`).toBe("intact");
      if (after.kind === "intact") lines = after.lines;
    }
    expect(rounds).toBeGreaterThan(5);
    expect(lines).toBeGreaterThan(rounds);
  }, 30_000);
});

describe("two processes", () => {
  const answers = async (both: readonly Child[], line: string): Promise<string[]> => {
    const said = both.map((one) => one.next());
    for (const one of both) one.say(line);
    return (await Promise.all(said)).sort();
  };

  it("that reach for the hold at once, 50 times: one has it, never both", async () => {
    const dir = newFolder();
    const both = [startChild(bundle, "hold", dir), startChild(bundle, "hold", dir)];
    for (const one of both) expect(await one.next()).toBe("ready");
    for (let round = 0; round < 50; round++) {
      expect(await answers(both, "hold")).toEqual(["held", "refused"]);
      expect(await answers(both, "release")).toEqual(["released", "released"]);
    }
    await Promise.all(both.map((one) => one.kill()));
  });

  it("started together in a folder where there is nothing yet: one has it, never both", async () => {
    for (let round = 0; round < 8; round++) {
      const dir = newFolder();
      const both = [startChild(bundle, "hold", dir), startChild(bundle, "hold", dir)];
      const said = both.map(async (one) => {
        expect(await one.next()).toBe("ready");
        return one.next();
      });
      for (const one of both) one.say("hold");
      expect((await Promise.all(said)).sort()).toEqual(["held", "refused"]);
      await Promise.all(both.map((one) => one.kill()));
      expect(verifyAudit(dir).check).toMatchObject({ kind: "intact", lines: 1 });
    }
  });

  it("one of which is killed with the hold in hand: it is free at once", async () => {
    const dir = newFolder();
    const ledger = openLedger(dir, systemClock());
    for (let round = 0; round < 5; round++) {
      const child = startChild(bundle, "hold", dir);
      expect(await child.next()).toBe("ready");
      child.say("hold");
      expect(await child.next()).toBe("held");
      expect(ledger.tryHoldRun()).toBeUndefined();
      await child.kill();
      const hold = ledger.tryHoldRun();
      expect(hold).toBeDefined();
      hold?.release();
    }
  });
});
