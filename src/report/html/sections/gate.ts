import { visible } from "../../../guard/foreign-text.ts";
import { formatCount } from "../../figures.ts";
import { gateFacts } from "../../gate-text.ts";
import type { Report } from "../../schema.ts";
import { type Fragment, html } from "../escape.ts";
import { facts, howToRead, section, table } from "../table.ts";

/** What came from the user's own application, and what the gate made of it. */
export function gate(report: Report): Fragment {
  const { gate } = report;
  if (!gate) return null;
  return section(
    "gate",
    "The application at the gate",
    html`<p class="lead">The client of this run was an application of its user’s: the gate planned nothing, and every request here is one that came.</p>`,
    facts(gateFacts(gate, report)),
    gate.refused.length > 0 &&
      table({
        caption: "Answered by the gate itself",
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
      "Added by the gate: from then to its writing, less the waits for cap and connection, and from the answer’s last byte until it was handed on.",
      "Sent again: with an idempotency key that an earlier request had. Without one nobody can tell a retry from another shopper’s request.",
    ]),
  );
}
