import { formatMicros } from "../../../base/units.ts";
import { formatConformance, formatMet, formatShownBy, POINT_WORDS } from "../../drill-text.ts";
import { formatCount, sentence } from "../../figures.ts";
import type { Report } from "../../schema.ts";
import { type Fragment, html, type Raw } from "../escape.ts";
import { POINT_LOOKS } from "../icon.ts";
import { facts, howToRead, section, table } from "../table.ts";

/** How the client of a drill behaved at the limit, point by point. */
export function drill({ drill }: Report): Fragment {
  if (!drill) return null;
  const { points, recoveriesUs, shopperErrors } = drill;
  const recoveries = recoveriesUs.map((us) =>
    us === null ? "never" : `after ${formatMicros(us)}`,
  );
  return section(
    "drill",
    "The client at the rate limit",
    html`<p class="lead">The client ${formatConformance(drill)}. A point that fails, fails the run.</p>`,
    facts([
      ["Met", sentence(formatMet(drill))],
      ["Recovered", recoveries.length > 0 ? recoveries.join(", ") : null],
      ["Errors for shoppers", formatCount(shopperErrors)],
    ]),
    table({
      caption: "Conformance, point by point",
      columns: [
        { head: "outcome" },
        { head: "point", wide: true },
        { head: "evidence", wide: true },
      ],
      rows: points.map((point) => [
        outcome(point.outcome),
        point.text,
        html`${sentence(point.evidence)}${point.shownBy.length > 0 && html` <small>(${formatShownBy(point)})</small>`}`,
      ]),
    }),
    howToRead([
      "All of it is read off the record of what was sent and answered, and nothing else.",
      "Can’t be told: too little of it was seen to decide; it neither passes nor fails the run.",
      "Recovered: from the first 429 of a burst until all that it had refused was through, or given up.",
    ]),
  );
}

function outcome(of: keyof typeof POINT_LOOKS): Raw {
  const { tone, icon } = POINT_LOOKS[of];
  return html`<span class="outcome ${tone}">${icon}${POINT_WORDS[of]}</span>`;
}
