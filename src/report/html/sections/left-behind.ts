import { visible } from "../../../guard/foreign-text.ts";
import { DASH, formatCount } from "../../figures.ts";
import type { Report } from "../../schema.ts";
import { html, type Raw } from "../escape.ts";
import { section, table } from "../table.ts";

/** So many are shown; report.json has the rest. */
const SHOWN = 100;

/** What the run made on the server's side and did not end; nothing where there is nothing. */
export function leftBehind({ cleanUp }: Report): Raw | "" {
  if (!cleanUp || cleanUp.left.length === 0) return "";
  const { left, leftUnlisted } = cleanUp;
  const more = left.length + leftUnlisted - SHOWN;
  return section(
    "left",
    "Left behind",
    html`<p class="lead">Made by this run and not cancelled by it: cancel these by hand. Some may be over already.</p>`,
    table({
      caption: "Left behind",
      columns: [{ head: "cancelled by" }, { head: "id", wide: true }, { head: "what came of it" }],
      rows: left
        .slice(0, SHOWN)
        .map(({ operation, id, why }) => [
          visible(operation),
          id === null ? DASH : html`<code>${visible(id)}</code>`,
          visible(why),
        ]),
    }),
    more > 0 && html`<p>And ${formatCount(more)} more; report.json lists them.</p>`,
  );
}
