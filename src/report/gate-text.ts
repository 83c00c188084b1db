import { formatMicros } from "../base/units.ts";
import { visible } from "../guard/foreign-text.ts";
import { formatCount, formatPercentile, percentileOf } from "./figures.ts";
import type { Gate, Report } from "./schema.ts";

/** What of a report tells how many requests a gate has passed on. */
interface Passed {
  readonly totals: Pick<Report["totals"], "sent" | "drops" | "retries">;
  readonly operations: readonly Pick<Report["operations"][number], "results">[];
}

/** What a gate saw of an application, name and words, the same in every view. Plain text. */
export function gateFacts(
  gate: Gate,
  { totals, operations }: Passed,
): (readonly [name: string, text: string])[] {
  const { added, holdUs, liveKeys, profile, refused, unkeyedRepeats } = gate;
  const refusals = refused.reduce((sum, { count }) => sum + count, 0);
  const capped = totals.drops.cap + totals.drops["quota-steering"];
  const retries = totals.retries ?? 0;
  const again = [
    ["Sent again", `${formatCount(retries)}, told by the idempotency key`],
    ["Writes sent again without a key", formatUnkeyed(unkeyedRepeats)],
  ] as const;
  if (gate.seenBy === "emulator") {
    return [
      ["Seen", formatCount(totals.sent)],
      ["Asked for what there is not", formatCount(refusals)],
      ...again,
    ];
  }
  return [
    ["Bounded by", profile === null ? "what the environment allows" : visible(profile)],
    ["Passed on", formatPassed(totals.sent, operations)],
    [
      "Answered with a 429 of the gate’s own",
      `${formatCount(capped)}, after waiting ${formatMicros(holdUs)} for the cap`,
    ],
    ["Refused", `${formatCount(refusals)}, passed on to nobody`],
    ...liveKeys.map(
      ({ fingerprint, count }) =>
        [
          "Live credential",
          `${visible(fingerprint)}, in ${formatCount(count)} ${count === 1 ? "request" : "requests"}`,
        ] as const,
    ),
    ...again,
    ["Added by the gate", formatAdded(added)],
  ];
}

/** A request that was not written, in the end, stands among the sent ones of a report: as a failure. */
function formatPassed(sent: number, operations: Passed["operations"]): string {
  const not = operations.reduce((sum, { results }) => sum + (results["not-sent"] ?? 0), 0);
  const passed = formatCount(sent - not);
  return not === 0
    ? passed
    : `${passed}; ${formatCount(not)} more were held and not sent: whoever asked had gone`;
}

function formatUnkeyed(count: number): string {
  return count === 0
    ? "none"
    : `${formatCount(count)} when the first may have been executed: each may have been twice`;
}

function formatAdded(added: Gate["added"]): string {
  if (added.count === 0) return "nothing was answered";
  const of = (p: number): string => `p${p} ${formatPercentile(percentileOf(added, p))}`;
  return `${[50, 95, 99].map(of).join(", ")}; the waits for cap and connection are apart`;
}

/** `2 × GATE_OPERATION_UNKNOWN: no operation …`, each code once. */
export function formatRefused({ code, text, count }: Gate["refused"][number]): string {
  return `${formatCount(count)} × ${visible(code)}: ${visible(text)}`;
}

/** Whether the client was seen at a rate limit at all: an application need not come there. */
export function showsLimit({ drill, gate }: Pick<Report, "drill" | "gate">): boolean {
  return drill != null && (gate == null || drill.throttled > 0 || drill.outcome === "fails");
}

/** Whose requests these are, and who saw them. */
export const SEEN_BY: Readonly<
  Record<Gate["seenBy"], { readonly heading: string; readonly lead: string }>
> = {
  gate: {
    heading: "The application at the gate",
    lead: "The client of this run was an application of its user’s: the gate planned nothing, and every request here is one that came.",
  },
  emulator: {
    heading: "The application, as the emulator saw it",
    lead: "Nobody planned what is told here: it is what came to the emulator, by the emulator’s own record.",
  },
};
