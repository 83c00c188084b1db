import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import {
  MICROS_PER_SECOND,
  type Micros,
  micros,
  milliseconds,
  type PerSecond,
  seconds,
} from "../base/units.ts";
import { type ConnectFailure, isFinal } from "./connect-failure.ts";

/** After a failed connect: 100 ms, doubled each time up to 5 s, of which a random part is waited (full jitter). */
const BACK_OFF_BASE_US = milliseconds(100);
const BACK_OFF_MAX_US = seconds(5);

/** How many connects in a row had failed when one was given its turn. */
interface Turn {
  readonly failures: number;
}

/**
 * Paces the connects of all lanes together: the approved rate, and a growing pause while they fail. A turn is given
 * when it comes, never ahead: what was asked for before a failure waits out its pause too, and a process that was
 * frozen makes up for nothing. At first, and while connects fail, they are tried one at a time: until the name is
 * resolved and one has got through, nothing says that the others would.
 */
export class ConnectPacer {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #gapUs: number;
  readonly #waiting: ((turn: Turn) => void)[] = [];
  #next: Micros;
  #failures = 0;
  #isProven = false;
  /** Of those tried one at a time: one has its turn, and what comes of it is not known yet. */
  #trying = false;
  #asleep = false;

  /** @param notBefore no connect is made before; default: any time */
  constructor(
    connectsPerSecond: PerSecond | undefined,
    clock: Clock,
    random: Random,
    notBefore: Micros = micros(0),
  ) {
    this.#next = notBefore;
    this.#clock = clock;
    this.#random = random;
    this.#gapUs =
      connectsPerSecond === undefined ? 0 : Math.ceil(MICROS_PER_SECOND / connectsPerSecond);
  }

  /** Resolves when the next connect may be made; `saw` must be told what came of it, with what this gave. */
  turn(): Promise<Turn> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#serve();
    });
  }

  /** @returns false for a failure that has no weight of its own: another has been seen since this connect set out */
  saw(outcome: "open" | ConnectFailure, { failures }: Turn): boolean {
    const isOpen = outcome === "open";
    // Who shows or wants another certificate is news at any time.
    if (!isOpen && !isFinal(outcome) && failures < this.#failures) return false;
    this.#trying = false;
    this.#isProven = isOpen;
    if (isOpen) {
      this.#failures = 0;
    } else {
      const longest = Math.min(BACK_OFF_MAX_US, BACK_OFF_BASE_US * 2 ** this.#failures++);
      const pause = Math.floor(this.#random.next() * longest);
      this.#next = micros(Math.max(this.#next, this.#clock.now() + pause));
    }
    this.#serve();
    return true;
  }

  #serve(): void {
    while (this.#waiting.length > 0 && !this.#trying && !this.#asleep) {
      const now = this.#clock.now();
      if (now < this.#next) {
        this.#asleep = true;
        this.#clock.atCoarse(this.#next, () => {
          this.#asleep = false;
          this.#serve();
        });
        return;
      }
      this.#next = micros(now + this.#gapUs);
      this.#trying = !this.#isProven;
      this.#waiting.shift()?.({ failures: this.#failures });
    }
  }
}
