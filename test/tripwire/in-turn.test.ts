import { describe, expect, it } from "vitest";
import { NO_CALLS, NOBODY, NODES, outward, trials } from "./trial.ts";
import { WAYS, type Way } from "./ways.ts";

const { armed } = trials();

/** So many that the tripwire, which keeps a hundred hits, keeps them all. */
const AT_ONCE = 40;
/** Without flags of Node's, which one process can't have for one of its ways alone. */
const ways = WAYS.filter(({ flags }) => flags === undefined);
const batches = Array.from({ length: Math.ceil(ways.length / AT_ONCE) }, (_, i) =>
  ways.slice(i * AT_ONCE, (i + 1) * AT_ONCE),
);

/** Where each way is stopped: the first part of Node's API on it that the tripwire stands in front of. */
function stopsAt({ code }: Way): RegExp {
  if (/inspector/.test(code)) return /^inspector\.open to (?:127\.0\.0\.1:0|unknown:0)$/;
  if (/BoundSocket/.test(code)) return /^(?:net\.Socket\.connect|TCP\.open) /;
  if (/^(?:new|const \w = new) early\.(TCP|UDP|Pipe)/.test(code))
    return /^(?:TCP|UDP|Pipe)\.\w+ to /;
  if (/new net\.Socket\({ fd/.test(code)) return /^(?:TCP|Pipe)\.open to descriptor:3$/;
  if (/worker_threads/.test(code)) return /^worker_threads\.Worker to a thread$/;
  if (/module\.register/.test(code)) return /^module\.register to a loader thread$/;
  if (/execve/.test(code)) return /^process\.execve to node/;
  if (/Sync/.test(code)) return /^child_process \(sync\) to /;
  if (/child_process|cluster/.test(code)) return /^child_process to /;
  if (/processView\.binding/.test(code)) return /^process\.binding to (?:tcp_wrap|util)$/;
  if (/_linkedBinding/.test(code)) return /^process\._linkedBinding to anything$/;
  if (/foreignAddon/.test(code)) return /^process\.dlopen to foreign\.node$/;
  if (/lookupService/.test(code)) return /^dns(?:\.promises)?\.lookupService to 127\.0\.0\.1:80$/;
  if (/lookup\(|listen\(0, 'localhost'/.test(code))
    return /^dns(?:\.promises)?\.lookup to localhost$/;
  if (/setServers/.test(code)) return /^dns\.Resolver \w+ to (?:a\.example|127\.9\.9\.9)$/;
  if (/dgram/.test(code)) return /^dgram\.Socket\.(?:bind|connect|send|sendto) to \S+$/;
  return /^net\.Socket\.connect to \S+$/;
}

describe.each(NODES)("the tripwire on %s", (node) => {
  it.each(batches.map((batch, i) => [i + 1, batch] as const))(
    "refuses every way in one process, one after the other, and says where: batch %d",
    async (_, batch) => {
      const { value, arrived, ...report } = await armed(
        node,
        `
        const told = [];
        const swallow = () => {};
        for (const [code, has] of ${JSON.stringify(batch.map(({ code, has }) => [code, has ?? "true"]))}) {
          if (!eval(has)) { told.push("absent"); continue; }
          const before = tripwire.tripwireHits().length;
          const running = eval("(async () => {" + code + "\\n})()").then((made) => {
            made?.on?.("error", swallow);
            made?.addEventListener?.("error", swallow);
          }, swallow);
          for (let turn = 0; tripwire.tripwireHits().length === before && turn < 500; turn++)
            await new Promise((resolve) => setTimeout(resolve, 2));
          const hit = tripwire.tripwireHits()[before];
          told.push(hit ? hit.api + " to " + hit.destination : "nothing");
        }
        await new Promise((resolve) => setTimeout(resolve, 30));
        return told;`,
      );
      const told = value as string[];
      expect(told).toHaveLength(batch.length);
      for (const [i, way] of batch.entries()) {
        if (told[i] !== "absent") expect(told[i], way.code).toMatch(stopsAt(way));
      }
      expect(arrived).toEqual(NOBODY);
      expect(outward(report)).toEqual(NO_CALLS);
    },
  );
});
