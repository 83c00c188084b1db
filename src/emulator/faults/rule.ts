import { UsageError } from "../../base/errors.ts";
import { nearest } from "../../base/nearest.ts";
import { DURATION_FORM, type Micros, micros, parseDuration } from "../../base/units.ts";
import { visible } from "../../guard/foreign-text.ts";
import { OPERATIONS } from "../../klarna/catalogue.ts";
import type { Effect, FaultKind } from "./fault.ts";
import { FAULT_KINDS } from "./kinds.ts";

/** A fault as it was asked for: what, where, how often and when. */
export interface FaultRule {
  /** As it was written. */
  readonly text: string;
  readonly effect: Effect;
  /** Whether a request for this operation is meant; `undefined`: one that no operation takes. */
  hits(operation: string | undefined): boolean;
  /** 0 to 1. */
  readonly probability: number;
  /** After the fault was set. */
  readonly from: Micros;
  /** How long it lasts; `undefined`: until it is taken back. */
  readonly lasts: Micros | undefined;
}

/** What every fault takes beside settings of its own. Those that befall the server know no operation. */
const REQUEST_SETTINGS = ["operation", "probability", "from", "for"];
const SERVER_SETTINGS = ["from", "for"];

export const FAULT_FORM =
  "a fault, then its settings: reset-before-headers:operation=payment-request.create,probability=0.1,from=5s,for=10s";

/**
 * Reads `name:setting=value,…`, such as `stall:operation=payment-request.*,delay=2s,from=5s,for=10s`.
 *
 * @throws UsageError EMULATOR_FAULT that names what was meant, where that can be guessed
 */
export function parseFault(text: string): FaultRule {
  const colon = text.indexOf(":");
  const name = colon < 0 ? text : text.slice(0, colon);
  const kind = FAULT_KINDS.get(name);
  if (!kind) throw unknown("fault", name, FAULT_KINDS.keys());
  const given = settingsOf(kind, colon < 0 ? "" : text.slice(colon + 1));
  const { operation, probability, from = "0s", for: lasts } = Object.fromEntries(given);
  return {
    text,
    effect: kind.make(given),
    hits: operationFilter(operation),
    probability: probabilityOf(probability),
    from: durationOf("from", from),
    lasts: lasts === undefined ? undefined : durationOf("for", lasts),
  };
}

function settingsOf(kind: FaultKind, text: string): ReadonlyMap<string, string> {
  const common = kind.on === "server" ? SERVER_SETTINGS : REQUEST_SETTINGS;
  const known = [...common, ...Object.keys(kind.settings)];
  const given = new Map<string, string>();
  for (const part of text === "" ? [] : text.split(",")) {
    const [, setting = "", value] = /^([^=]*)=(.*)$/s.exec(part) ?? [];
    if (value === undefined) throw problem(`\`${visible(part)}\` is no setting=value`);
    if (!known.includes(setting)) throw unknown(`setting of ${kind.name}`, setting, known);
    if (given.has(setting)) throw problem(`\`${setting}\` is given twice`);
    const own = kind.settings[setting];
    if (own && own.read(value) === undefined) throw unreadable(setting, value, own.form);
    given.set(setting, value);
  }
  return given;
}

/** `undefined` or `*`: all; `payment-request.*`: every operation of a resource; else the one of this name. */
function operationFilter(text: string | undefined): FaultRule["hits"] {
  if (text === undefined || text === "*") return () => true;
  const names = [...OPERATIONS.keys()];
  const prefix = text.endsWith(".*") ? text.slice(0, -1) : undefined;
  if (prefix !== undefined && names.some((name) => name.startsWith(prefix))) {
    return (operation) => operation?.startsWith(prefix) === true;
  }
  if (!OPERATIONS.has(text)) throw unknown("operation", text, names);
  return (operation) => operation === text;
}

function probabilityOf(text = "1"): number {
  const probability = /^\d(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(probability >= 0 && probability <= 1)) {
    throw unreadable("probability", text, "a number from 0 to 1, such as 0.25");
  }
  return probability;
}

function durationOf(setting: string, text: string): Micros {
  const us = parseDuration(text);
  if (us === undefined) throw unreadable(setting, text, DURATION_FORM);
  return micros(us);
}

function unknown(what: string, word: string, candidates: Iterable<string>): UsageError {
  const known = [...candidates];
  const near = nearest(word, known);
  return problem(
    `unknown ${what} \`${visible(word)}\``,
    near === undefined
      ? known.length > 20
        ? undefined
        : `there is ${known.join(", ")}`
      : `did you mean \`${near}\`?`,
  );
}

function unreadable(setting: string, value: string, form: string): UsageError {
  return problem(`\`${setting}\` can't be \`${visible(value)}\``, `expected ${form}`);
}

function problem(message: string, hint?: string): UsageError {
  return new UsageError("EMULATOR_FAULT", message, { hint: hint ?? `give ${FAULT_FORM}` });
}
