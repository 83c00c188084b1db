import type { Cancel, Clock } from "../base/clock.ts";
import { formatMicros, micros, milliseconds, seconds } from "../base/units.ts";
import type { Live } from "../measure/live.ts";
import type { Plan } from "../profile/plan.ts";
import { COUNTED } from "./plan-text.ts";

/** As much of a run as its progress takes. */
export interface Watched {
  readonly plan: Pick<Plan, "environment" | "counts" | "requests" | "duration" | "seed"> & {
    readonly profile: Pick<Plan["profile"], "name" | "kind">;
  };
  /** `undefined` before the first due time. */
  live():
    | Pick<
        Live,
        | "elapsedUs"
        | "startedPerSecond"
        | "inFlight"
        | "recentP50Us"
        | "recentP95Us"
        | "errors"
        | "dropped"
      >
    | undefined;
}

interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const ON_TERMINAL_US = milliseconds(250);
/** Erases from the cursor on (ECMA-48, EL). */
const TO_END_OF_LINE = "\u001b[K";
const ELSEWHERE_US = seconds(5);

/**
 * What the run is doing: one line that is rewritten in place on a terminal, a plain line every five seconds
 * elsewhere, so that a CI log shows that something moves.
 */
export class Progress {
  readonly #run: Watched;
  readonly #clock: Clock;
  readonly #output: Output;

  constructor(run: Watched, clock: Clock, output: Output) {
    this.#run = run;
    this.#clock = clock;
    this.#output = output;
  }

  /** @returns ends it and, on a terminal, wipes the line */
  start(): Cancel {
    const inPlace = this.#output.isTTY === true;
    const gap = inPlace ? ON_TERMINAL_US : ELSEWHERE_US;
    let cancel: Cancel = () => {};
    const { profile, environment } = this.#run.plan;
    this.#output.write(
      `${profile.name} (${profile.kind}) on ${environment}: ${planned(this.#run)}\n`,
    );
    let seen = "";
    const show = (): void => {
      const line = this.#line();
      if (!inPlace) this.#output.write(`${line}\n`);
      else if (line !== seen) this.#output.write(this.#overwriting(line));
      seen = line;
      cancel = this.#clock.atCoarse(micros(this.#clock.now() + gap), show);
    };
    cancel = this.#clock.atCoarse(micros(this.#clock.now() + gap), show);
    return () => {
      cancel();
      if (inPlace) this.#output.write(`\r${TO_END_OF_LINE}`);
    };
  }

  /** Over what stands there, and only then the rest of it away: a line that was wiped first would flicker. */
  #overwriting(line: string): string {
    return `\r${line.slice(0, (this.#output.columns ?? 80) - 1)}${TO_END_OF_LINE}`;
  }

  #line(): string {
    const live = this.#run.live();
    if (!live) return "opening connections";
    const left = this.#run.plan.duration - live.elapsedUs;
    const time = (us: number | null): string => (us === null ? "-" : formatMicros(us));
    return [
      left > 0 ? `${Math.ceil(left / 1e6)} s left` : "draining",
      `${live.startedPerSecond.toFixed(1)}/s`,
      `${live.inFlight} in flight`,
      `p50 ${time(live.recentP50Us)}`,
      `p95 ${time(live.recentP95Us)}`,
      `${live.errors} errors`,
      ...(live.dropped > 0 ? [`${live.dropped} dropped`] : []),
    ].join(" · ");
  }
}

function planned({ plan }: Watched): string {
  const about = COUNTED[plan.counts];
  return `${about}${plan.requests} requests in ${formatMicros(plan.duration)}, seed ${plan.seed}`;
}
