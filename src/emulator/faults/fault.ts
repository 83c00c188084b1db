import type { ServerResponse } from "node:http";
import type { Clock } from "../../base/clock.ts";
import { DURATION_FORM, type Micros, parseDuration } from "../../base/units.ts";
import type { Answer, Refusals } from "../answers.ts";
import type { Reply } from "../reply.ts";

/** An answer that is ready, and the connection it should have gone out on. */
export interface Delivery {
  readonly reply: Reply;
  readonly response: ServerResponse;
  readonly clock: Clock;
  /** Drops the connection so that the other side sees a reset, not an end. */
  reset(): void;
}

/** What a fault can do to the server as a whole. Each is counted: two faults that overlap end with the later one. */
export interface ServerControls {
  /** New connections meet a certificate that has run out. */
  expireCertificate(on: boolean): void;
  /** Drops every connection, and listens no more. */
  refuseConnections(on: boolean): void;
}

/**
 * What a fault does, and where. `request`: it answers instead of the operation, which is not executed. `answer`: the
 * operation has been executed, and its answer goes wrong on the way. `server`: for as long as the fault lasts.
 */
export type Effect =
  | { readonly on: "request"; answer(refusals: Refusals): Answer }
  | { readonly on: "answer"; deliver(delivery: Delivery): void }
  | { readonly on: "server"; apply(server: ServerControls, on: boolean): void };

/** How one of a fault's own settings is read. */
export interface Setting<Value> {
  /** What may be given, for messages. */
  readonly form: string;
  /** When it is not given. */
  readonly otherwise: Value;
  /** `undefined`: not of that form. */
  read(text: string): Value | undefined;
}

type Settings = Readonly<Record<string, Setting<unknown>>>;
type Values<Given extends Settings> = {
  readonly [Name in keyof Given]: Given[Name] extends Setting<infer Value> ? Value : never;
};

/** A kind of fault: one file each, listed in `kinds.ts`. */
export interface FaultKind {
  readonly name: string;
  /** One line, for the documentation and for messages. */
  readonly about: string;
  readonly on: Effect["on"];
  readonly settings: Settings;
  /** @param given texts by setting, each known and of its form */
  make(given: ReadonlyMap<string, string>): Effect;
}

/** Ties a fault's settings to the effect that is made of them. */
export function faultKind<Given extends Settings>(kind: {
  readonly name: string;
  readonly about: string;
  readonly on: Effect["on"];
  readonly settings: Given;
  effect(values: Values<Given>): Effect;
}): FaultKind {
  const { name, about, on, settings, effect } = kind;
  return {
    name,
    about,
    on,
    settings,
    make(given) {
      const entries = Object.entries(settings).map(([setting, { read, otherwise }]) => {
        const text = given.get(setting);
        return [setting, text === undefined ? otherwise : read(text)];
      });
      const values: Values<Given> = Object.fromEntries(entries);
      return effect(values);
    },
  };
}

/** @param otherwise what it is when not given; `undefined` for a setting whose absence means something of its own */
export function duration<Otherwise extends Micros | undefined>(
  otherwise: Otherwise,
): Setting<Micros | Otherwise> {
  return { form: DURATION_FORM, otherwise, read: parseDuration };
}

export function oneOf<const Value extends number | string>(
  choices: readonly Value[],
  otherwise: Value,
): Setting<Value> {
  return {
    form: choices.join(" or "),
    otherwise,
    read: (text) => choices.find((choice) => String(choice) === text),
  };
}

/** Printable and short, since it goes into a header. */
export function headerText(otherwise: string): Setting<string> {
  return {
    form: "at most 200 printable characters without a comma",
    otherwise,
    read: (text) => (/^[\x21-\x7e][\x20-\x7e]{0,199}$/.test(text) ? text : undefined),
  };
}
