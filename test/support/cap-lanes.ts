import { expect } from "vitest";
import type { Category } from "../../src/guard/quotas.ts";
import type { Most, Recording } from "./recorder.ts";

/** Four categories in one run, and what a server of ours may see of each. */

export interface CapLane {
  readonly category: Category;
  /** Requests a second. */
  readonly cap: number;
  /** Requests that become due in a second, on average. */
  readonly rate: number;
  readonly operation: string;
  /** As the recorder names it. */
  readonly route: string;
}

export const CAP_LANES: readonly CapLane[] = [
  {
    category: "dispute",
    cap: 1,
    rate: 0.9,
    operation: "dispute.list",
    route: "GET /v2/payment/disputes",
  },
  {
    category: "unknown",
    cap: 5,
    rate: 4,
    operation: "presentation.read",
    route: "GET /v2/payment/presentation",
  },
  {
    category: "on-site-messaging",
    cap: 50,
    rate: 40,
    operation: "messaging.read-top-strip-badge",
    route: "GET /v2/payment/messaging",
  },
  {
    category: "payment-transaction-capture",
    cap: 500,
    rate: 300,
    operation: "payment-request.create",
    route: "POST /v2/payment/requests",
  },
];

/** All of them together. */
export const RATE = CAP_LANES.reduce((sum, { rate }) => sum + rate, 0);

/** What the design promises of any window at an independent recorder (section 3.6), less what floating point adds. */
function bound(cap: number, windowS: number): number {
  return Math.ceil(cap * (windowS + 0.02) - 1e-9) + 1;
}

/**
 * The cap as the recorder saw it: what certainly came within a window. What it stamped late, because it was itself kept
 * from running, is not taken for the runner's burst. A second's window is exact, since on loopback nothing can delay a
 * request between the runner's write and its arrival.
 */
export function expectCaps({ most }: Recording): void {
  for (const { cap, route } of CAP_LANES) {
    for (const { windowS, certain } of windowsOf(most, route)) {
      const limit = windowS === 1 ? cap : bound(cap, windowS);
      expect(certain, `${route}: ${windowS} s`).toBeLessThanOrEqual(limit);
    }
  }
}

export function windowsOf(most: Recording["most"], wanted: string): readonly Most[] {
  return most.find(({ route }) => route === wanted)?.windows ?? [];
}

/** The longest time without a request, in seconds. */
export function longestSilence({ requests }: Pick<Recording, "requests">): number {
  return Math.max(...requests.slice(1).map(({ at }, i) => (at - (requests[i]?.at ?? 0)) / 1e6));
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Stops a process for 2 s, as a machine that swaps or a debugger does. */
export async function freeze(signal: (one: NodeJS.Signals) => void): Promise<void> {
  signal("SIGSTOP");
  await sleep(2000);
  signal("SIGCONT");
}
