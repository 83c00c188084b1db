import type { Cancel, Clock } from "../../base/clock.ts";
import { UsageError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { type Micros, micros } from "../../base/units.ts";
import type { Effect, ServerControls } from "./fault.ts";
import { type FaultRule, parseFault } from "./rule.ts";

/** A plain bound, so that a script that loops does not slow every request down. */
const FAULTS_MOST = 100;

/** A fault that is set, for whoever asks what is. */
export interface FaultStatus {
  readonly id: number;
  /** As it was written. */
  readonly fault: string;
  /** How often it struck: requests, or for a fault of the server how often it began. */
  readonly struck: number;
}

interface Entry extends FaultRule {
  readonly id: number;
  readonly random: Random;
  readonly begins: Micros;
  /** `undefined`: it lasts. */
  readonly ends: Micros | undefined;
  struck: number;
  /** Only of a fault that befalls the server. */
  takeBack(): void;
}

type EffectOn<Where extends Effect["on"]> = Extract<Effect, { readonly on: Where }>;

/** The faults that are set, and which of them strikes a request. Of several that would, the one set first does. */
export class FaultBoard {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #entries = new Map<number, Entry>();
  #server: ServerControls | undefined;
  #lastId = 0;

  /** @param random each fault draws from a source of its own, so that setting one never shifts another */
  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Hands over the server once it listens: what befalls it can begin from now on. */
  attach(server: ServerControls): void {
    this.#server = server;
  }

  /**
   * Sets a fault; its time window counts from now.
   * @throws UsageError EMULATOR_FAULT for one that can't be read, or one too many
   */
  set(text: string): FaultStatus {
    const rule = parseFault(text);
    if (this.#entries.size >= FAULTS_MOST) {
      throw new UsageError("EMULATOR_FAULT", `more than ${FAULTS_MOST} faults`, {
        hint: "take back those that are over",
      });
    }
    const id = ++this.#lastId;
    const begins = micros(this.#clock.now() + rule.from);
    const entry: Entry = {
      ...rule,
      id,
      random: this.#random.fork(`fault ${id}`),
      begins,
      ends: rule.lasts === undefined ? undefined : micros(begins + rule.lasts),
      struck: 0,
      takeBack: () => {},
    };
    this.#entries.set(id, entry);
    if (rule.effect.on === "server") this.#schedule(entry, rule.effect);
    return statusOf(entry);
  }

  /** @returns false when there is none of this id */
  takeBack(id: number): boolean {
    this.#entries.get(id)?.takeBack();
    return this.#entries.delete(id);
  }

  takeBackAll(): void {
    for (const id of [...this.#entries.keys()]) this.takeBack(id);
  }

  list(): FaultStatus[] {
    return [...this.#entries.values()].map(statusOf);
  }

  /** The fault that answers instead of an operation, if one strikes; `undefined`: an operation that is not known. */
  onRequest(operation: string | undefined): EffectOn<"request"> | undefined {
    return this.#strike("request", operation);
  }

  /** The fault that befalls an operation's answer, if one strikes. */
  onAnswer(operation: string | undefined): EffectOn<"answer"> | undefined {
    return this.#strike("answer", operation);
  }

  #strike<Where extends "request" | "answer">(
    where: Where,
    operation: string | undefined,
  ): EffectOn<Where> | undefined {
    if (this.#entries.size === 0) return undefined;
    const now = this.#clock.now();
    for (const entry of this.#entries.values()) {
      const { effect } = entry;
      if (!isOn(effect, where) || !entry.hits(operation)) continue;
      if (now < entry.begins || (entry.ends !== undefined && now >= entry.ends)) continue;
      if (entry.probability < 1 && entry.random.next() >= entry.probability) continue;
      entry.struck++;
      return effect;
    }
    return undefined;
  }

  #schedule(entry: Entry, effect: EffectOn<"server">): void {
    let active = false;
    const turn = (on: boolean): void => {
      if (active === on) return;
      active = on;
      if (on) entry.struck++;
      if (this.#server) effect.apply(this.#server, on);
    };
    const cancels: Cancel[] = [this.#clock.atCoarse(entry.begins, () => turn(true))];
    if (entry.ends !== undefined) {
      cancels.push(this.#clock.atCoarse(entry.ends, () => turn(false)));
    }
    entry.takeBack = () => {
      for (const cancel of cancels) cancel();
      turn(false);
    };
  }
}

function isOn<Where extends Effect["on"]>(effect: Effect, where: Where): effect is EffectOn<Where> {
  return effect.on === where;
}

function statusOf({ id, text, struck }: Entry): FaultStatus {
  return { id, fault: text, struck };
}
