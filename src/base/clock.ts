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
 * How long before a due time the clock stops trusting `setTimeout`, whose resolution is 1 ms and which is
 * late by up to a further millisecond under load, and polls between input/output turns instead.
 */
const SPIN_US = 1_500;

/**
 * The machine's monotonic clock. `at` sleeps until shortly before the due time, then polls on `setImmediate`,
 * so that input and output go on while it waits: late by tens of microseconds instead of a millisecond,
 * paid for with at most 2.5 ms of processor time a wait.
 */
export function systemClock(): Clock {
  const origin = performance.now();
  // The same clock as `process.hrtime`, in milliseconds and fractions; a big integer each time would be garbage.
  const now = (): Micros => micros(Math.floor((performance.now() - origin) * 1000));
  return {
    now,
    wallMs: () => Date.now(),
    at(due, callback) {
      let cancelled = false;
      let timeout: NodeJS.Timeout | undefined;
      let immediate: NodeJS.Immediate | undefined;
      const poll = (): void => {
        if (cancelled) return;
        const left = due - now();
        if (left <= 0) {
          callback();
        } else if (left > SPIN_US + 1000) {
          timeout = setTimeout(poll, sleepMs(left - SPIN_US));
        } else {
          immediate = setImmediate(poll);
        }
      };
      const left = due - now();
      if (left > SPIN_US + 1000) timeout = setTimeout(poll, sleepMs(left - SPIN_US));
      else immediate = setImmediate(poll);
      return () => {
        cancelled = true;
        clearTimeout(timeout);
        clearImmediate(immediate);
      };
    },
    atCoarse(due, callback) {
      let timeout: NodeJS.Timeout;
      const fire = (): void => {
        const left = due - now();
        if (left <= 0) callback();
        else timeout = setTimeout(fire, sleepMs(left));
      };
      timeout = setTimeout(fire, sleepMs(Math.max(0, due - now())));
      return () => clearTimeout(timeout);
    },
  };
}

/** `setTimeout` takes whole milliseconds up to 2^31 - 1; longer waits are made in turns. */
function sleepMs(us: number): number {
  return Math.min(Math.ceil(us / 1000), 0x7fff_ffff);
}
