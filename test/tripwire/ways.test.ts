import { describe, expect, it } from "vitest";
import type { Listeners } from "./listeners.ts";
import { NO_CALLS, NOBODY, NODES, type Outcome, outward, trials } from "./trial.ts";
import { WAYS, type Way } from "./ways.ts";

const { run } = trials();

describe.each(NODES)("the tripwire on %s", (node) => {
  describe.concurrent("refuses, before any system call", () => {
    it.for(WAYS)("$code", async (way, { skip }) => {
      const { code, flags, has } = way;
      const free = await run({ node, code, flags, has, arm: false, until: (at) => seen(way, at) });
      if (free.report?.absent) return skip("this Node does not have it");
      expect(arrivals(way, free), "the unarmed attempt must arrive").toBeGreaterThan(0);

      const { report, arrived } = await run({ node, code, flags, has, arm: "attempt" });
      expect(report?.hits[0]?.code).toBe("GUARD_TRIPWIRE");
      if (!way.swallowed) expect(report?.codes).toContain("GUARD_TRIPWIRE");
      expect(arrived).toEqual(NOBODY);
      expect(report && outward(report)).toEqual(NO_CALLS);
    });
  });
});

function seen({ arrives }: Way, { arrived }: Listeners): boolean {
  if (arrives === "tcp" || arrives === "pipe" || arrives === "udp") return arrived[arrives] > 0;
  return true;
}

/** How often the unarmed attempt was seen where it should be. */
function arrivals({ arrives }: Way, { report, arrived }: Outcome): number {
  if (arrives === "tcp" || arrives === "pipe" || arrives === "udp") return arrived[arrives];
  if (arrives === "nowhere") return report ? 1 : 0;
  return report?.calls[arrives.slice("resource ".length)] ?? 0;
}
