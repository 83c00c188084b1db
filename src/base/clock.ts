import { PreciseTimers, sleepMs } from "./precise-timers.ts";
import { type Micros, micros } from "./units.ts";

/** Cancels a callback that has not run yet; does nothing afterwards. */
export type Cancel = () => void;

/**
 * Time as an argument: nothing outside `src/base` reads an ambient clock or sets an ambient timer.
 * `now` is monotonic, counted from an origin of the clock's own; `wallMs` is civil time and may jump.
 */
export interface Clock {
  now(): Micros;
  /** Milliseconds since the Unix epoch. */
  wallMs(): number;
  /** Runs `callback` once, at `due` or as soon after as can be; never before, and never inside this call. */
  at(due: Micros, callback: () => void): Cancel;
  /** Like `at`, to the millisecond and no finer: for deadlines and heartbeats, where waking early to spin is waste. */
  atCoarse(due: Micros, callback: () => void): Cancel;
}

/** Resolves at `due` on the given clock. */
export function until(clock: Clock, due: Micros): Promise<void> {
  return new Promise((resolve) => {
    clock.at(due, resolve);
  });
}

/**
 * The machine's monotonic clock. `at` polls for its time when that is near, at the cost of processor time: see
 * `PreciseTimers`.
 */
export function systemClock(): Clock {
  const origin = performance.now();
  // The same clock as `process.hrtime`, in milliseconds and fractions; a big integer each time would be garbage.
  const now = (): Micros => micros(Math.floor((performance.now() - origin) * 1000));
  const precise = new PreciseTimers(now);
  return {
    now,
    wallMs: () => Date.now(),
    at: (due, callback) => precise.add(due, callback),
    atCoarse(due, callback) {
      let timeout: NodeJS.Timeout;
      const fire = (): void => {
        const left = due - now();
        if (left <= 0) callback();
        else timeout = setTimeout(fire, sleepMs(micros(left)));
      };
      timeout = setTimeout(fire, sleepMs(micros(Math.max(0, due - now()))));
      return () => clearTimeout(timeout);
    },
  };
}

/** What a relaxed clock's waits cost, for people; measured with `bench/pacing-modes.mjs`. */
export const RELAXED_LATENESS = "requests start 1 to 2 ms late, and some 3 ms";

/** The same clock for whoever would rather be late than wake early: every wait is a coarse one. */
export function relaxedClock(clock: Clock): Clock {
  return {
    now: () => clock.now(),
    wallMs: () => clock.wallMs(),
    at: (due, callback) => clock.atCoarse(due, callback),
    atCoarse: (due, callback) => clock.atCoarse(due, callback),
  };
}
