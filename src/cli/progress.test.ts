import { expect, test } from "vitest";
import { seconds } from "../base/units.ts";
import { VirtualClock } from "../base/virtual-clock.ts";
import { Progress, type Watched } from "./progress.ts";

const ERASE = "\u001b[K";

function liveAt(elapsedS: number): ReturnType<Watched["live"]> {
  return {
    elapsedUs: seconds(elapsedS),
    startedPerSecond: 5,
    inFlight: 1,
    recentP50Us: 20_000,
    recentP95Us: null,
    errors: 0,
    dropped: 0,
  };
}

/** What is written while a run of 10 s goes on; `undefined`: before its first due time. */
function written(
  output: { isTTY: boolean; columns?: number },
  at: (us: number) => ReturnType<Watched["live"]>,
) {
  const clock = new VirtualClock();
  const texts: string[] = [];
  const run: Watched = {
    plan: {
      profile: { name: "smoke", kind: "smoke" },
      environment: "emulator",
      counts: "exact",
      requests: 12,
      duration: seconds(10),
      seed: 7,
    },
    live: () => at(clock.now()),
  };
  const stop = new Progress(run, clock, { ...output, write: (text) => texts.push(text) }).start();
  const until = (us: number): void => {
    while (clock.now() < us) clock.step();
  };
  return { texts, until, stop };
}

test("on a terminal one line is written over, and the rest of it erased after", () => {
  const { texts, until, stop } = written({ isTTY: true, columns: 80 }, (us) =>
    us < 400_000 ? undefined : liveAt(Math.floor(us / 1e6)),
  );
  until(seconds(1));
  stop();
  const [head, ...lines] = texts;
  expect(head).toMatch(/^smoke \(smoke\) on emulator: .*12 requests in 10 s, seed 7\n$/);
  expect(lines).toEqual([
    `\ropening connections${ERASE}`,
    `\r10 s left · 5.0/s · 1 in flight · p50 20 ms · p95 - · 0 errors${ERASE}`,
    `\r9 s left · 5.0/s · 1 in flight · p50 20 ms · p95 - · 0 errors${ERASE}`,
    `\r${ERASE}`,
  ]);
});

test("a narrow terminal gets as much as fits into one line", () => {
  const { texts, until, stop } = written({ isTTY: true, columns: 20 }, () => liveAt(1));
  until(seconds(1));
  stop();
  expect(texts[1]).toBe(`\r9 s left · 5.0/s · ${ERASE}`);
});

test("elsewhere a plain line every five seconds, without a control character", () => {
  const { texts, until, stop } = written({ isTTY: false }, (us) => liveAt(us / 1e6));
  until(seconds(10));
  stop();
  expect(texts.slice(1).map((text) => text.slice(0, 8))).toEqual(["5 s left", "draining"]);
  expect(texts.join("")).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
});
