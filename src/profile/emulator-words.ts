import { DURATION_FORM, type Micros, micros, parseDuration } from "../base/units.ts";
import { LONGEST_ANSWER_US } from "../guard/emulated.ts";

/** The words in which an emulator is described: on the command line, in a profile, and by a program. */

/** One distribution for everything. */
export type SimpleLatency =
  | { readonly kind: "constant"; readonly us: number }
  | { readonly kind: "log-normal"; readonly p50Us: number; readonly p95Us: number };

/** A rule that shuts out who sends more than a multiple of a quota, for so long. */
export interface ProtectionRule {
  readonly multiple: number;
  readonly forUs: number;
}

/** How quickly it answers unless told otherwise: log-normal, in the range of an API call within a continent. */
export const DEFAULT_LATENCY = "p50=20ms,p95=60ms";
/** Quick for a customer, so that nobody waits long for one. */
export const DEFAULT_CUSTOMER_DELAY = "p50=2s,p95=6s";

export const LATENCY_FORM = `${DURATION_FORM}, or p50=20ms,p95=60ms; 59s at most, since Klarna gives up then`;
export const PROTECTION_FORM = "a multiple of the quota and a time, such as 10x,60s, or off";

/** `20ms`, or `p50=20ms,p95=60ms`; `undefined` for anything else. */
export function readLatency(text: string): SimpleLatency | undefined {
  const constant = latencyUs(text);
  if (constant !== undefined) return { kind: "constant", us: constant };
  const match = /^p50=([^,]+),p95=([^,]+)$/.exec(text);
  const p50Us = latencyUs(match?.[1] ?? "");
  const p95Us = latencyUs(match?.[2] ?? "");
  if (p50Us === undefined || p95Us === undefined || p50Us === 0 || p95Us < p50Us) return undefined;
  return { kind: "log-normal", p50Us, p95Us };
}

function latencyUs(text: string): Micros | undefined {
  const us = parseDuration(text);
  return us !== undefined && us <= LONGEST_ANSWER_US ? micros(us) : undefined;
}

/** `10x,60s`; null for `off`; `undefined` for anything else. */
export function readProtection(text: string): ProtectionRule | null | undefined {
  if (text === "off") return null;
  const [, times = "", time = ""] = /^(\d{1,6}(?:\.\d{1,3})?)x,(.+)$/.exec(text) ?? [];
  const multiple = Number(times);
  const forUs = parseDuration(time);
  return multiple >= 1 && forUs !== undefined && forUs > 0 ? { multiple, forUs } : undefined;
}
