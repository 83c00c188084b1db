import type { StopReason } from "../guard/kill-switch.ts";
import { AbortWatch } from "../measure/abort-watch.ts";
import { parseFigure } from "../measure/figure.ts";
import type { Profile } from "../profile/schema.ts";
import type { Watch } from "./recording-sink.ts";

/**
 * Watches the thresholds that a profile marks with `abort: true`.
 *
 * @param goesOn whether the steady phase does: afterwards there is no load left to spare the target
 * @param onStop is told once, when one of them is as good as missed
 * @returns `undefined` where there is none
 */
export function abortWatch(
  thresholds: Profile["thresholds"],
  goesOn: () => boolean,
  onStop: (reason: StopReason) => void,
): Watch | undefined {
  const aborting = thresholds.flatMap(({ abort, text, operation, figure: written, limit }) => {
    const figure = parseFigure(written);
    return abort && figure ? [{ text, operation, figure, limit }] : [];
  });
  if (aborting.length === 0) return undefined;
  const watch = new AbortWatch(aborting);
  return {
    outcome: (outcome) => watch.outcome(outcome),
    tick: (now) => {
      if (!goesOn()) return;
      const text = watch.tick(now);
      if (text === undefined) return;
      onStop({
        code: "STOP_THRESHOLD",
        text,
        advice:
          "see the report for what was slow; without `abort: true` the run goes on to its end",
        verdict: "failed",
      });
    },
  };
}
