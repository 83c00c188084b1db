import pLimit from "p-limit";
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
import { Admission } from "./admission.ts";
import type { TestApiKey } from "./api-key.ts";
import { GuardedConnection } from "./connection.ts";
import type { Bounds, CategoryBounds } from "./decide.ts";
import type { Door, OpenResult, OpenSocket } from "./door.ts";
import { QuotaWatch } from "./quota-watch.ts";
import type { Category } from "./quotas.ts";

/** After a failed connect: 100 ms, doubled each time up to 5 s, of which a random part is waited (full jitter). */
const BACK_OFF_BASE_US = milliseconds(100);
const BACK_OFF_MAX_US = seconds(5);
/** TLS handshakes under way at once while a lane is being filled; more would only queue for one processor. */
const HANDSHAKES_AT_ONCE = 16;

export interface LaneParts {
  readonly door: Door;
  readonly origin: string;
  readonly key: TestApiKey;
  readonly clock: Clock;
  /** Told of every connect, so that the kill switch can count failures. */
  readonly onConnect: (result: OpenResult) => void;
  /** Connecting was refused by the guard itself, or failed in a way that nothing foresees. */
  readonly onError: (error: unknown) => void;
  /** A connection has come in or gone: look again at what waits. */
  readonly onLine: () => void;
}

/** The way out for one category: its cap and its connections, both within the approved bounds. */
export class GuardedLane {
  readonly category: Category;
  readonly cap: Admission;
  readonly shadowCap: Admission;
  readonly quota = new QuotaWatch();
  readonly #size: number;
  readonly #parts: LaneParts;
  readonly #pacer: ConnectPacer;
  /** Open and idle, longest idle first. */
  readonly #idle: GuardedConnection[] = [];
  readonly #all = new Set<GuardedConnection>();
  #opening = 0;
  #closed = false;

  constructor(
    { category, capPerSecond, inFlight }: CategoryBounds,
    { holdsSlotUntilAnswered }: Pick<Bounds, "holdsSlotUntilAnswered">,
    parts: LaneParts,
    pacer: ConnectPacer,
  ) {
    this.category = category;
    this.cap = new Admission(capPerSecond, { holdsSlotUntilAnswered });
    this.shadowCap = new Admission(capPerSecond, { holdsSlotUntilAnswered });
    this.#size = inFlight;
    this.#parts = parts;
    this.#pacer = pacer;
  }

  /** Opens connections before the first request is due: as many as the lane may have, `most` at most. */
  async fill(most: number): Promise<void> {
    const limit = pLimit(HANDSHAKES_AT_ONCE);
    const missing = Math.min(this.#size, most) - this.#all.size - this.#opening;
    await Promise.all(
      Array.from({ length: Math.max(0, missing) }, () => limit(() => this.#open())),
    );
  }

  hasLine(): boolean {
    while (this.#idle[0] && !this.#idle[0].isIdle) this.#idle.shift();
    return this.#idle.length > 0;
  }

  takeLine(): GuardedConnection | undefined {
    return this.hasLine() ? this.#idle.shift() : undefined;
  }

  /** Takes back a connection whose request has been answered; one that is not idle any more is dropped. */
  giveBack(line: GuardedConnection): void {
    if (line.isIdle && !this.#closed) this.#idle.push(line);
    else this.#all.delete(line);
  }

  wantLine(waiting: number): void {
    if (this.#opening < waiting && this.#all.size + this.#opening < this.#size) void this.#open();
  }

  /** Lowers the cap from now on, for the run and for its shadow schedule alike: the target's doing, not the runner's. */
  lowerTo(cap: PerSecond): void {
    this.cap.lowerTo(cap);
    this.shadowCap.lowerTo(cap);
  }

  /** Lets nothing through before `at`. */
  pauseUntil(at: Micros): void {
    this.cap.pauseUntil(at);
    this.shadowCap.pauseUntil(at);
  }

  /** Resets every connection with a request on it and closes the others. Nothing can be sent afterwards. */
  close(): void {
    this.#closed = true;
    this.#idle.length = 0;
    for (const connection of this.#all) connection.close();
    this.#all.clear();
  }

  async #open(): Promise<void> {
    this.#opening++;
    const { door, onConnect, onError, onLine } = this.#parts;
    try {
      if (this.#closed) return;
      await this.#pacer.turn();
      if (this.#closed) return;
      const result = await door.open();
      this.#pacer.saw(result);
      if (this.#closed) {
        if (result.kind === "open") result.socket.raw.destroy();
        return;
      }
      if (result.kind === "open") this.#adopt(result.socket);
      onConnect(result);
    } catch (error) {
      onError(error);
    } finally {
      this.#opening--;
    }
    onLine();
  }

  #adopt(socket: OpenSocket): void {
    const { origin, key, clock, onLine } = this.#parts;
    const connection: GuardedConnection = new GuardedConnection(origin, socket, key, clock, () => {
      this.#all.delete(connection);
      if (!this.#closed) onLine();
    });
    this.#all.add(connection);
    this.#idle.push(connection);
  }
}

/**
 * Paces the connects of all lanes together: the approved rate, and a growing pause while they fail. A turn is given
 * when it comes, never ahead: what was asked for before a failure waits out its pause too, and a process that was
 * frozen makes up for nothing. While connects fail they are tried one at a time.
 */
export class ConnectPacer {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #gapUs: number;
  readonly #waiting: (() => void)[] = [];
  #next: Micros = micros(0);
  #failures = 0;
  /** After a failure: a connect has its turn, and what comes of it is not known yet. */
  #trying = false;
  #asleep = false;

  constructor(connectsPerSecond: PerSecond | undefined, clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
    this.#gapUs =
      connectsPerSecond === undefined ? 0 : Math.ceil(MICROS_PER_SECOND / connectsPerSecond);
  }

  /** Resolves when the next connect may be made; `saw` must be told what came of it. */
  turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#serve();
    });
  }

  saw({ kind }: OpenResult): void {
    this.#trying = false;
    if (kind === "open") {
      this.#failures = 0;
    } else {
      const longest = Math.min(BACK_OFF_MAX_US, BACK_OFF_BASE_US * 2 ** this.#failures++);
      const pause = Math.floor(this.#random.next() * longest);
      this.#next = micros(Math.max(this.#next, this.#clock.now() + pause));
    }
    this.#serve();
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
      this.#trying = this.#failures > 0;
      this.#waiting.shift()?.();
    }
  }
}
