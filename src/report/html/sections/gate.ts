import { visible } from "../../../guard/foreign-text.ts";
import { formatCount } from "../../figures.ts";
import { gateFacts, SEEN_BY } from "../../gate-text.ts";
import type { Report } from "../../schema.ts";
import { type Fragment, html } from "../escape.ts";
import { facts, howToRead, section, table } from "../table.ts";

/** What came from the user's own application, and what the gate made of it. */
export function gate(report: Report): Fragment {
  const { gate } = report;
  if (!gate) return null;
  const { heading, lead } = SEEN_BY[gate.seenBy];
  return section(
    "gate",
    heading,
    html`<p class="lead">${lead}</p>`,
    facts(gateFacts(gate, report)),
    gate.refused.length > 0 &&
      table({
        caption: "Asked for, and not passed on",
        titled: true,
        columns: [
          { head: "code", whole: true },
          { head: "requests", numeric: true },
          { head: "the first of them", wide: true },
        ],
        rows: gate.refused.map(({ code, text, count }) => [
          html`<code>${visible(code)}</code>`,
          formatCount(count),
          visible(text),
        ]),
      }),
    howToRead([
      "Due: when the last byte of the application’s request had come. What was refused was never due.",
      ...(gate.seenBy === "gate" ? [ADDED] : []),
      "Sent again: with an idempotency key that an earlier request had. Without one nobody can tell a retry from another shopper’s request.",
    ]),
  );
}

const ADDED =
  "Added by the gate: from then to its writing, less the waits for cap and connection, and from the answer’s last byte until it was handed on.";
