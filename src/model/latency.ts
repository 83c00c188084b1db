import * as z from "zod";
import { normal, type Random } from "../base/random.ts";
import { type Micros, micros } from "../base/units.ts";
import { LONGEST_ANSWER_US } from "../guard/emulated.ts";

const latencyUs = z.number().int().max(LONGEST_ANSWER_US);

const constant = z.strictObject({ kind: z.literal("constant"), us: latencyUs.nonnegative() });
const logNormal = z
  .strictObject({
    kind: z.literal("log-normal"),
    p50Us: latencyUs.positive(),
    p95Us: latencyUs.positive(),
  })
  .refine(({ p50Us, p95Us }) => p95Us >= p50Us, {
    path: ["p95Us"],
    error: "must not be less than p50Us",
  });

/** One distribution for everything. */
export const simpleLatencySchema = z.discriminatedUnion("kind", [constant, logNormal]);

/**
 * A recorded distribution as a table of quantiles: `at[i]` of all samples were no longer than `us[i]`. The first
 * is at 0, the last at 1, both lists ascend.
 */
const quantiles = z
  .strictObject({
    at: z.array(z.number().min(0).max(1)).min(2),
    us: z.array(latencyUs.nonnegative()).min(2),
  })
  .refine(
    ({ at, us }) =>
      at.length === us.length && at[0] === 0 && at.at(-1) === 1 && ascends(at) && ascends(us),
    { error: "must be two ascending lists of one length, from 0 to 1" },
  );
export type Quantiles = z.infer<typeof quantiles>;

const empirical = z.strictObject({
  kind: z.literal("empirical"),
  /** By operation's name. */
  operations: z.record(z.string(), quantiles),
  /** Of what has no table of its own. */
  otherwise: quantiles,
});

/** How long the emulator takes to answer, from a request's last byte to the answer's first. */
export const latencySchema = z.discriminatedUnion("kind", [constant, logNormal, empirical]);
export type Latency = z.infer<typeof latencySchema>;

/** A guess at a payment API called from near by; not measured on Klarna. */
export const DEFAULT_LATENCY: Latency = { kind: "log-normal", p50Us: 20_000, p95Us: 60_000 };

/** The standard normal distribution's 95th percentile. */
const Z95 = 1.6449;

/** Draws a latency. @param operation its name; undefined for a request that is for none */
export type LatencySampler = (operation?: string) => Micros;

/**
 * A sampler of the distribution. Log-normal is fitted from its median and 95th percentile:
 * mu = ln p50, sigma = ln(p95 / p50) / 1.6449, cut off at `LONGEST_ANSWER_US`.
 */
export function latencySampler(latency: Latency, random: Random): LatencySampler {
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
        return micros(Math.min(us, LONGEST_ANSWER_US));
      };
    }
    case "empirical": {
      const tables = new Map(Object.entries(latency.operations));
      return (operation) => {
        const table = operation === undefined ? undefined : tables.get(operation);
        return quantile(table ?? latency.otherwise, random.next());
      };
    }
  }
}

/** The inverse of the distribution function, on straight lines between the points of the table. */
function quantile({ at, us }: Quantiles, p: number): Micros {
  let low = 0;
  let high = at.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((at[middle] ?? 1) <= p) low = middle;
    else high = middle;
  }
  const [fromAt = 0, toAt = 1] = [at[low], at[high]];
  const [fromUs = 0, toUs = 0] = [us[low], us[high]];
  const share = toAt > fromAt ? (p - fromAt) / (toAt - fromAt) : 1;
  return micros(Math.round(fromUs + (toUs - fromUs) * share));
}

function ascends(list: readonly number[]): boolean {
  return list.every((value, i) => i === 0 || value >= (list[i - 1] ?? 0));
}
