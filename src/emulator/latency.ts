import { z } from "zod";
import { normal, type Random } from "../base/random.ts";
import { type Micros, micros } from "../base/units.ts";

/** Klarna gives up at 59 s by default (our notes, §3.2), so no answer takes longer. */
export const LONGEST_LATENCY_US = 59_000_000;

const latencyUs = z.number().int().max(LONGEST_LATENCY_US);

/** How long the emulator takes to answer, from a request's last byte to the answer's first. */
export const latencySchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("constant"), us: latencyUs.nonnegative() }),
  z
    .strictObject({
      kind: z.literal("log-normal"),
      p50Us: latencyUs.positive(),
      p95Us: latencyUs.positive(),
    })
    .refine(({ p50Us, p95Us }) => p95Us >= p50Us, {
      path: ["p95Us"],
      error: "must not be less than p50Us",
    }),
]);
export type Latency = z.infer<typeof latencySchema>;

/** A guess at a payment API called from near by; not measured on Klarna. */
export const DEFAULT_LATENCY: Latency = { kind: "log-normal", p50Us: 20_000, p95Us: 60_000 };

/** The standard normal distribution's 95th percentile. */
const Z95 = 1.6449;

/**
 * A sampler of the distribution. Log-normal is fitted from its median and 95th percentile:
 * mu = ln p50, sigma = ln(p95 / p50) / 1.6449, cut off at `LONGEST_LATENCY_US`.
 */
export function latencySampler(latency: Latency, random: Random): () => Micros {
  switch (latency.kind) {
    case "constant": {
      const us = micros(latency.us);
      return () => us;
    }
    case "log-normal": {
      const mu = Math.log(latency.p50Us);
      const sigma = Math.log(latency.p95Us / latency.p50Us) / Z95;
      return () => {
        const us = Math.round(Math.exp(mu + sigma * normal(random)));
        return micros(Math.min(us, LONGEST_LATENCY_US));
      };
    }
  }
}
