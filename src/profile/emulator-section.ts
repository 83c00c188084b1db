import * as z from "zod";
import { nearest } from "../base/nearest.ts";
import { CUSTOMER_OUTCOMES, type CustomerOutcome } from "../guard/emulated.ts";
import { LATENCY_FORM, PROTECTION_FORM, readLatency, readProtection } from "./emulator-words.ts";
import { oneOf, strict, tell, written } from "./written.ts";

/** How a profile wants the emulator that a run of it starts for itself; what is missing is as `klarna-perf emulator` has it. */
export interface EmulatorSection {
  readonly customer?: CustomerOutcome;
  readonly customerDelay?: string;
  readonly quotas?: "test" | "live";
  readonly latency?: string;
  readonly protection?: string;
  readonly faults?: readonly string[];
}

/** The emulator's faults; it alone knows their settings, and says what is wrong with them before the run begins. */
export const FAULTS = [
  "stall",
  "reset-before-headers",
  "reset-after-headers",
  "slow-body",
  "truncated-body",
  "malformed-body",
  "wrong-content-type",
  "redirect",
  "server-error",
  "rate-limit-storm",
  "expired-certificate",
  "connection-refused",
] as const;

const latency = written(
  { code: "PROFILE_VALUE", what: "a latency", form: LATENCY_FORM },
  (value) => (typeof value === "string" && readLatency(value) ? value : undefined),
);
const protection = written(
  {
    code: "PROFILE_VALUE",
    what: "a protection rule",
    form: PROTECTION_FORM,
    // YAML 1.1 readers take a bare off for false; this one keeps it text, but people quote what they have learnt to.
    near: (value) => (value === false ? "off" : undefined),
  },
  (value) => (typeof value === "string" && readProtection(value) !== undefined ? value : undefined),
);

const FAULT_FORM =
  "a fault and its settings, such as stall:operation=payment-request.read,delay=2s";
const fault = written(
  {
    code: "PROFILE_VALUE",
    what: "a fault",
    form: `${FAULT_FORM}; the faults are ${FAULTS.join(", ")}`,
    near: (value) => nearest(String(value).split(":")[0] ?? "", FAULTS),
  },
  (value) => {
    if (typeof value !== "string" || value.length > 1000) return undefined;
    return FAULTS.some((name) => value === name || value.startsWith(`${name}:`))
      ? value
      : undefined;
  },
);

/** A profile's `emulator`, in the words of `klarna-perf emulator`'s options. */
export const emulatorSchema = strict({
  customer: oneOf(CUSTOMER_OUTCOMES, "what a customer does").optional(),
  customerDelay: latency.optional(),
  quotas: oneOf(["test", "live"], "a table of quotas").optional(),
  latency: latency.optional(),
  protection: protection.optional(),
  faults: z.array(fault).max(100).optional(),
}).transform((section, ctx): EmulatorSection => {
  if (section.customerDelay !== undefined && section.customer === undefined) {
    const told = {
      code: "PROFILE_VALUE",
      what: "a delay of anybody",
      form: `customer as well: ${CUSTOMER_OUTCOMES.join(", ")}`,
      message: "nobody comes whom `emulator.customerDelay` could be of",
    };
    tell(ctx, told, ["customerDelay"]);
  }
  return Object.fromEntries(Object.entries(section).filter(([, value]) => value !== undefined));
});
