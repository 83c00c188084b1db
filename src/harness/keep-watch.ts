import { existsSync } from "node:fs";
import { access } from "node:fs/promises";
import type { Cancel, Clock } from "../base/clock.ts";
import { Refusal } from "../base/errors.ts";
import { micros, milliseconds } from "../base/units.ts";
import { visible } from "../guard/foreign-text.ts";
import type { KillSwitch, StopReason } from "../guard/kill-switch.ts";

const WATCH_US = milliseconds(100);

/**
 * A stop file that is there already ends a run before it opens anything.
 * @throws Refusal `GUARD_STOP_FILE`
 */
export function refuseStopFile(stopFile: string): void {
  if (!existsSync(stopFile)) return;
  throw new Refusal("GUARD_STOP_FILE", "the stop file is there", {
    hint: `remove ${visible(stopFile)} when runs may go on`,
  });
}

/**
 * Looks at the stop file and at the clocks, ten times a second, while a run goes on.
 *
 * @param onStop told of a reason to stop, perhaps more than once; of `undefined` when there is none
 * @returns ends the watch
 */
export function keepWatch(
  stopFile: string,
  killSwitch: KillSwitch,
  clock: Clock,
  onStop: (reason: StopReason | undefined) => void,
): Cancel {
  let cancel: Cancel = () => {};
  let isLooking = false;
  const look = (): void => {
    cancel = clock.atCoarse(micros(clock.now() + WATCH_US), look);
    onStop(killSwitch.observeClocks(clock.now(), clock.wallMs()));
    // One at a time: where the disk hangs, others would take every thread that looks names up and reads files.
    if (isLooking) return;
    isLooking = true;
    access(stopFile)
      .finally(() => {
        isLooking = false;
      })
      .then(
        () =>
          onStop({
            code: "STOP_FILE",
            text: "the stop file is there",
            advice: `remove ${visible(stopFile)} when runs may go on`,
            verdict: "stopped",
          }),
        () => {},
      );
  };
  look();
  return () => cancel();
}
