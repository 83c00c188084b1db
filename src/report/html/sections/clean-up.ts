import { visible } from "../../../guard/foreign-text.ts";
import { DASH, formatCount } from "../../figures.ts";
import type { Report } from "../../schema.ts";
import { type Fragment, html } from "../escape.ts";
import { facts, howToRead, section, table } from "../table.ts";

/** So many of what is left are listed; report.json holds each. */
const LISTED_MOST = 200;

/** What the run made on the server's side, and what became of it. */
export function cleanUp({ cleanUp }: Report): Fragment {
  if (!cleanUp) return null;
  const { created, ended, cancelled, left, leftUnlisted, unknown } = cleanUp;
  const leftInAll = left.length + leftUnlisted;
  const unlisted = Math.max(0, left.length - LISTED_MOST) + leftUnlisted;
  return section(
    "clean-up",
    "Left behind",
    html`<p class="lead">${
      leftInAll === 0
        ? "Nothing that the run made is left open, as far as it knows."
        : "What stands below is still open: cancel it by hand."
    }</p>`,
    facts([
      ["Made", formatCount(created)],
      ["Ended", `${formatCount(ended)} by the journeys themselves`],
      ["Cancelled", `${formatCount(cancelled)} by the run's clean-up`],
      ["Left", formatCount(leftInAll)],
      ["Unknown", unknown > 0 ? `${formatCount(unknown)} requests may have made something` : null],
    ]),
    left.length > 0 &&
      table({
        caption: "Left open, each with the operation that would end it",
        titled: true,
        columns: [
          { head: "id", whole: true },
          { head: "would be ended by", whole: true },
          { head: "what the attempt came to", wide: true },
        ],
        rows: left
          .slice(0, LISTED_MOST)
          .map(({ id, operation, why }) => [
            id === null ? DASH : html`<code>${visible(id)}</code>`,
            visible(operation),
            visible(why),
          ]),
      }),
    unlisted > 0 && html`<p class="notes">${formatCount(unlisted)} more are not listed here.</p>`,
    leftInAll > 0 && howToRead(["A dash: an id that may not stand in a report."]),
  );
}

/** How many things the run left open. */
export function leftOpen({ cleanUp }: Report): number {
  return cleanUp ? cleanUp.left.length + cleanUp.leftUnlisted : 0;
}
