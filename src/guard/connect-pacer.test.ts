import { describe, expect, it } from "vitest";
import { type Random, seededRandom } from "../base/random.ts";
import { perSecond, seconds } from "../base/units.ts";
import { VirtualClock } from "../base/virtual-clock.ts";
import { ConnectPacer } from "./connect-pacer.ts";

describe("the pacer of connects", () => {
  /** The largest draw there is: the whole pause is waited. */
  const longest: Random = { next: () => 1 - 2 ** -53, fork: () => longest };

  /** One that has seen a connect succeed, unless told otherwise. */
  async function makePacer({
    rate,
    random = seededRandom(1),
    isProven = true,
  }: {
    readonly rate?: number;
    readonly random?: Random;
    readonly isProven?: boolean;
  } = {}) {
    const clock = new VirtualClock();
    const pacer = new ConnectPacer(rate === undefined ? undefined : perSecond(rate), clock, random);
    if (isProven) pacer.saw("open", await pacer.turn());
    clock.freeze(seconds(100));
    return { pacer, clock, from: clock.now() };
  }

  /** When each of some turns comes, in microseconds; and what each was given. */
  async function turns(pacer: ConnectPacer, clock: VirtualClock, count: number) {
    const came: number[] = [];
    const all = Array.from({ length: count }, async () => {
      const turn = await pacer.turn();
      came.push(clock.now());
      return turn;
    });
    await clock.runAll();
    return { came, given: await Promise.all(all) };
  }

  /** Fails so many connects, one after the other. */
  async function fail(pacer: ConnectPacer, clock: VirtualClock, count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const [turn] = (await turns(pacer, clock, 1)).given;
      if (turn) pacer.saw("refused", turn);
    }
  }

  it("gives turns at the approved rate, over all lanes together", async () => {
    const { pacer, clock, from } = await makePacer({ rate: 5 });
    const first = await turns(pacer, clock, 4);
    expect(first.came.map((at) => at - from)).toEqual([0, 200_000, 400_000, 600_000]);
    clock.freeze(seconds(10));
    const next = await turns(pacer, clock, 2);
    expect(next.came.map((at) => at - from)).toEqual([10_600_000, 10_800_000]);
  });

  it("gives none before its first may be made", async () => {
    const clock = new VirtualClock();
    const pacer = new ConnectPacer(perSecond(5), clock, seededRandom(1), seconds(1));
    expect((await turns(pacer, clock, 1)).came).toEqual([1_000_000]);
  });

  it("gives as many as are asked for where there is no rate", async () => {
    const { pacer, clock, from } = await makePacer();
    expect((await turns(pacer, clock, 3)).came).toEqual([from, from, from]);
  });

  it("gives no second one before the first has got through: a slow name must not let many go together", async () => {
    const { pacer, clock, from } = await makePacer({ rate: 5, isProven: false });
    const came: number[] = [];
    const first = await pacer.turn();
    for (let i = 0; i < 3; i++) void pacer.turn().then(() => came.push(clock.now() - from));
    await clock.runAll();
    clock.freeze(seconds(2));
    pacer.saw("open", first);
    await clock.runAll();
    expect(came).toEqual([2_000_000, 2_200_000, 2_400_000]);
  });

  it("pauses twice as long after each failure, up to 5 s, and not at all after a success", async () => {
    const { pacer, clock } = await makePacer({ random: longest });
    const pauses: number[] = [];
    await fail(pacer, clock, 1);
    for (let i = 0; i < 8; i++) {
      const from = clock.now();
      const { came, given } = await turns(pacer, clock, 1);
      pauses.push((came[0] ?? 0) - from);
      if (given[0]) pacer.saw("refused", given[0]);
    }
    expect(pauses.map((us) => Math.round(us / 1000))).toEqual([
      100, 200, 400, 800, 1600, 3200, 5000, 5000,
    ]);
    const { given } = await turns(pacer, clock, 1);
    if (given[0]) pacer.saw("open", given[0]);
    await fail(pacer, clock, 1);
    const from = clock.now();
    await turns(pacer, clock, 1);
    expect(Math.round((clock.now() - from) / 1000)).toBe(100);
  });

  it("waits a random part of the pause, so that many clients do not come back together", async () => {
    const pauses = await Promise.all(
      Array.from({ length: 200 }, async (_, seed) => {
        const { pacer, clock } = await makePacer({ random: seededRandom(seed) });
        await fail(pacer, clock, 5);
        const from = clock.now();
        await turns(pacer, clock, 1);
        return clock.now() - from;
      }),
    );
    // From 0 to 1600 ms, around 800 ms on average.
    expect(Math.max(...pauses)).toBeLessThanOrEqual(1_600_000);
    const mean = pauses.reduce((sum, at) => sum + at, 0) / pauses.length;
    expect(mean).toBeGreaterThan(700_000);
    expect(mean).toBeLessThan(900_000);
    expect(new Set(pauses).size).toBeGreaterThan(150);
  });

  it("makes up for no turn that a frozen process missed", async () => {
    const { pacer, clock, from } = await makePacer({ rate: 5 });
    await turns(pacer, clock, 1);
    const all = turns(pacer, clock, 3);
    // One alarm wakes all that wait.
    expect(clock.pending).toBe(1);
    clock.freeze(seconds(2));
    expect((await all).came.map((at) => at - from)).toEqual([2_000_000, 2_200_000, 2_400_000]);
  });

  it("makes those that were asked for before a failure wait too, and tries one at a time until one succeeds", async () => {
    const { pacer, clock } = await makePacer({ random: longest });
    await fail(pacer, clock, 1);
    const from = clock.now();
    const came: number[] = [];
    const given: Awaited<ReturnType<ConnectPacer["turn"]>>[] = [];
    for (let i = 0; i < 4; i++) {
      void pacer.turn().then((turn) => {
        came.push(Math.round((clock.now() - from) / 1000));
        given.push(turn);
      });
    }
    await clock.runAll();
    expect(came).toEqual([100]);
    if (given[0]) pacer.saw("refused", given[0]);
    await clock.runAll();
    expect(came).toEqual([100, 300]);
    if (given[1]) pacer.saw("open", given[1]);
    await clock.runAll();
    expect(came).toEqual([100, 300, 300, 300]);
  });

  it("takes failures of connects that were under way together for one, but for a wrong certificate", async () => {
    const { pacer, clock } = await makePacer({ random: longest });
    const [first, second, third, fourth] = (await turns(pacer, clock, 4)).given;
    if (!first || !second || !third || !fourth) throw new Error("four turns");
    const from = clock.now();
    expect([pacer.saw("refused", first), pacer.saw("reset", second)]).toEqual([true, false]);
    const next = await turns(pacer, clock, 1);
    expect(Math.round((clock.now() - from) / 1000)).toBe(100);
    expect(next.given).toEqual([{ failures: 1 }]);
    expect(pacer.saw("timeout", third)).toBe(false);
    expect(pacer.saw("certificate", fourth)).toBe(true);
  });

  it("never comes before the approved rate's own time", async () => {
    const { pacer, clock, from } = await makePacer({
      rate: 1,
      random: { ...longest, next: () => 0 },
    });
    await fail(pacer, clock, 1);
    expect((await turns(pacer, clock, 1)).came).toEqual([from + 1_000_000]);
  });
});
