import type { Cancel, Clock } from "../base/clock.ts";
import { formatMicros, micros, milliseconds, seconds } from "../base/units.ts";
import type { Run } from "../harness/run.ts";
import { COUNTED } from "./plan-text.ts";

interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const ON_TERMINAL_US = milliseconds(250);
const ELSEWHERE_US = seconds(5);

/**
 * What the run is doing: one line that is rewritten in place on a terminal, a plain line every five seconds
 * elsewhere, so that a CI log shows that something moves.
 */
export class Progress {
  readonly #run: Run;
  readonly #clock: Clock;
  readonly #output: Output;

  constructor(run: Run, clock: Clock, output: Output) {
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
    const show = (): void => {
      const line = this.#line();
      if (inPlace)
        this.#output.write(`\r\u001b[2K${line.slice(0, (this.#output.columns ?? 80) - 1)}`);
      else if (line !== "") this.#output.write(`${line}\n`);
      cancel = this.#clock.atCoarse(micros(this.#clock.now() + gap), show);
    };
    cancel = this.#clock.atCoarse(micros(this.#clock.now() + gap), show);
    return () => {
      cancel();
      if (inPlace) this.#output.write("\r\u001b[2K");
    };
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

function planned({ plan }: Run): string {
  const about = COUNTED[plan.counts];
  return `${about}${plan.requests} requests in ${formatMicros(plan.duration)}, seed ${plan.seed}`;
}
