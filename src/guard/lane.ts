import { setMaxListeners } from "node:events";
import pLimit from "p-limit";
import type { Clock } from "../base/clock.ts";
import { type Micros, micros } from "../base/units.ts";
import { Admission } from "./admission.ts";
import type { TestApiKey } from "./api-key.ts";
import type { Peaks } from "./cap-schedule.ts";
import { classify, describeFailure } from "./connect-failure.ts";
import type { ConnectPacer } from "./connect-pacer.ts";
import { GuardedConnection } from "./connection.ts";
import type { Bounds, CategoryBounds } from "./decide.ts";
import type { Door } from "./door.ts";
import type { MemoryDoor } from "./memory-door.ts";
import type { OpenResult, OpenSocket } from "./opening.ts";
import { windowTurns } from "./quota-steering.ts";
import { QuotaWatch } from "./quota-watch.ts";
import type { Category } from "./quotas.ts";

/** TLS handshakes under way at once while a lane is being filled; more would only queue for one processor. */
const HANDSHAKES_AT_ONCE = 16;

export interface LaneParts {
  readonly door: Door | MemoryDoor;
  readonly origin: string;
  readonly key: TestApiKey;
  readonly clock: Clock;
  /**
   * Told of connects, so that the kill switch can count failures; not of one that was under way when another failed,
   * and failed too: together they are one failure.
   */
  readonly onConnect: (result: OpenResult) => void;
  /** Connecting was refused by the guard itself, or failed in a way that nothing foresees. */
  readonly onError: (error: unknown) => void;
  /** A connection has come in or gone: look again at what waits. */
  readonly onLine: () => void;
}

/** What an answer's headers say of the quota closest to being exceeded. */
export interface ToldQuota {
  /** What a window of it takes. */
  readonly limit: number | undefined;
  readonly remaining: number | undefined;
  /** Until the window turns. */
  readonly resetSeconds: number | undefined;
}

/** The way out for one category: its cap and its connections, both within the approved bounds. */
export class GuardedLane {
  readonly category: Category;
  readonly cap: Admission;
  readonly shadowCap: Admission;
  readonly unsteeredCap: Admission;
  readonly quota = new QuotaWatch();
  readonly #size: number;
  readonly #parts: LaneParts;
  readonly #pacer: ConnectPacer;
  /** Open and idle, longest idle first. */
  readonly #idle: GuardedConnection[] = [];
  readonly #all = new Set<GuardedConnection>();
  /** Ends what is being opened. */
  readonly #closing = new AbortController();
  #opening = 0;
  #requests = 0;
  #freeSince: Micros = micros(0);

  constructor(
    { category, inFlight, ...schedule }: CategoryBounds,
    { holdsSlotUntilAnswered }: Pick<Bounds, "holdsSlotUntilAnswered">,
    parts: LaneParts,
    pacer: ConnectPacer,
  ) {
    this.category = category;
    // One for each connect under way: as many as the lane may have connections.
    setMaxListeners(0, this.#closing.signal);
    this.cap = new Admission(schedule, { holdsSlotUntilAnswered });
    this.shadowCap = new Admission(schedule, { holdsSlotUntilAnswered });
    this.unsteeredCap = new Admission(schedule, { holdsSlotUntilAnswered });
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

  /** Since when one has been idle without a break, while one is. */
  get freeSince(): Micros {
    return this.#freeSince;
  }

  takeLine(): GuardedConnection | undefined {
    return this.hasLine() ? this.#idle.shift() : undefined;
  }

  /** Takes back a connection whose request has been answered; one that is not idle any more is dropped. */
  giveBack(line: GuardedConnection): void {
    if (line.isIdle && !this.#isClosed) this.#becomesIdle(line);
    else this.#all.delete(line);
  }

  wantLine(waiting: number): void {
    if (this.#opening < waiting && this.#all.size + this.#opening < this.#size) void this.#open();
  }

  /** Lowers the caps from now on, for the run and for its shadow schedules alike: the target's doing, not the runner's. */
  lowerTo(peaks: Peaks): void {
    this.cap.lowerTo(peaks);
    this.shadowCap.lowerTo(peaks);
    this.unsteeredCap.lowerTo(peaks);
  }

  /** A request has been let through. @returns which one it is, for `steer` */
  countRequest(): number {
    return ++this.#requests;
  }

  /**
   * An answer has told how much of the quota is left: slows down while that is next to nothing, in the run and in its
   * shadow schedule alike.
   *
   * @param request the one that it answers: those since are not in what it says
   */
  steer(at: Micros, request: number, { limit, remaining, resetSeconds }: ToldQuota): void {
    if (limit === undefined || remaining === undefined) return;
    const left = remaining - (this.#requests - request);
    const quota = { limit, left, until: windowTurns(at, resetSeconds) };
    this.cap.steer(at, quota);
    this.shadowCap.steer(at, quota);
  }

  /** Lets nothing through before `at`, in both alike: after a 429. */
  pauseUntil(at: Micros): void {
    this.cap.pauseUntil(at);
    this.shadowCap.pauseUntil(at);
  }

  /**
   * Resets every connection that has a request on it or is being opened, and closes the others. Nothing can be sent
   * afterwards.
   */
  close(): void {
    this.#closing.abort();
    this.#idle.length = 0;
    for (const connection of this.#all) connection.close();
    this.#all.clear();
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #open(): Promise<void> {
    this.#opening++;
    const { door, onConnect, onError, onLine } = this.#parts;
    try {
      if (this.#isClosed) return;
      const turn = await this.#pacer.turn();
      if (this.#isClosed) return;
      const result = await door.open(this.#closing.signal);
      const isNews = this.#pacer.saw(result.kind === "open" ? "open" : result.failure, turn);
      if (this.#isClosed) {
        if (result.kind === "open") result.socket.raw.destroy();
        return;
      }
      if (result.kind === "open") this.#adopt(result.socket);
      if (isNews) onConnect(result);
    } catch (error) {
      onError(error);
    } finally {
      this.#opening--;
    }
    onLine();
  }

  #adopt(socket: OpenSocket): void {
    const { origin, key, clock, onConnect, onLine } = this.#parts;
    const onClosed = (): void => {
      this.#all.delete(connection);
      if (!this.#isClosed) onLine();
    };
    // A server of TLS 1.3 refuses its caller's certificate when the connection has long been open for us.
    const onError = (error: Error): void => {
      const failure = classify(error);
      if (this.#isClosed || failure !== "client-certificate") return;
      onConnect({ kind: "failed", failure, detail: describeFailure(failure, error) });
    };
    const connection = new GuardedConnection(origin, socket, key, clock, onClosed, onError);
    this.#all.add(connection);
    this.#becomesIdle(connection);
  }

  #becomesIdle(connection: GuardedConnection): void {
    if (!this.hasLine()) this.#freeSince = connection.freeSince;
    this.#idle.push(connection);
  }
}
