import type { CapSchedule } from "./cap-schedule.ts";

/** The cap told once more and plainly, as a judge of a list of writes: ascending, microseconds on the run's clock. */

/** The most events in any half-open window [t, t + length). */
export function mostIn(times: readonly number[], length: number): number {
  let most = 0;
  for (let from = 0, to = 0; to < times.length; to++) {
    while ((times[to] ?? 0) - (times[from] ?? 0) >= length) from++;
    most = Math.max(most, to - from + 1);
  }
  return most;
}

/** What a window of so many microseconds may hold by even spacing; the tiny part taken away is what floating point may add. */
export function spacedAtMost(cap: number, windowUs: number): number {
  return Math.ceil((cap * (windowUs + 20_000)) / 1e6 - 1e-9) + 1;
}

/** Stretches of a run with one cap, as [from, to) and the writes within. */
export function stretches(schedule: CapSchedule, origin: number, writes: readonly number[]) {
  const bursts = (schedule.bursts?.windows ?? []).map(({ fromUs, toUs }) => ({
    from: origin + fromUs,
    to: origin + toUs,
  }));
  const ends = [Number.NEGATIVE_INFINITY, ...bursts.map(({ to }) => to)];
  const starts = [...bursts.map(({ from }) => from), Number.POSITIVE_INFINITY];
  const between = ends.map((from, i) => ({ from, to: starts[i] ?? from }));
  const within = ({ from, to }: { from: number; to: number }, cap: number) => ({
    cap,
    writes: writes.filter((at) => at >= from && at < to),
  });
  return {
    bursts: bursts.map((one) => within(one, schedule.bursts?.capPerSecond ?? 0)),
    between: between.map((one) => within(one, schedule.capPerSecond)),
  };
}

/** What of the cap's promises the writes break; nothing when all are kept. */
export function brokenPromises(
  schedule: CapSchedule,
  origin: number,
  writes: readonly number[],
): string[] {
  const broken: string[] = [];
  const atMost = (what: string, most: number, found: number): void => {
    if (found > most) broken.push(`${what}: ${found} instead of ${most} at most`);
  };
  const highest = Math.max(schedule.capPerSecond, schedule.bursts?.capPerSecond ?? 0);
  atMost("a window that touches a burst", whole(highest), mostIn(writes, windowUs(highest)));
  const { bursts, between } = stretches(schedule, origin, writes);
  for (const { cap, writes } of between) {
    atMost("a window that touches no burst", whole(cap), mostIn(writes, windowUs(cap)));
  }
  for (const { cap, writes } of [...bursts, ...between]) {
    for (const us of [50_000, 100_000, 500_000, 1_500_000]) {
      atMost(`${us} µs under one cap`, spacedAtMost(cap, us), mostIn(writes, us));
    }
  }
  return broken;
}

/** How many requests a window may hold: no part of one; below 1/s one in a longer window. */
export function whole(cap: number): number {
  return Math.max(1, Math.floor(cap));
}

export function windowUs(cap: number): number {
  return cap >= 1 ? 1e6 : Math.ceil(1e6 / cap);
}
