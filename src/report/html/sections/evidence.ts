import { formatMicros, formatRate } from "../../../base/units.ts";
import { visible } from "../../../guard/foreign-text.ts";
import { DASH, duringWords, formatAt, formatCount, formatRatio } from "../../figures.ts";
import type { Report } from "../../schema.ts";
import { type Fragment, html, type Raw } from "../escape.ts";
import { section, table } from "../table.ts";

/** What the target did: rate limits, errors, slowest answers. */

export function rateLimits({ rateLimits, plan }: Report): Raw {
  return section(
    "rate-limits",
    "Rate-limit headroom",
    html`<p class="lead">The most requests written in any one second, against the smaller of the run’s cap and the quota: as the answers named it, or else as it is documented.</p>`,
    table({
      caption: "Rate limits by category",
      columns: [
        { head: "category" },
        { head: "peak in 1 s", numeric: true },
        { head: "of the limit", wide: true },
        { head: "cap", numeric: true },
        { head: "documented quota", numeric: true },
        { head: "limit seen", numeric: true },
        { head: "lowest remaining", numeric: true },
        { head: "throttled", numeric: true },
      ],
      rows: rateLimits.map((row) => {
        const planned = plan.categories.find(({ category }) => category === row.category);
        const quota = planned?.quotaPerSecond ?? null;
        const limits = [row.capPerSecond, row.limitPerSecond ?? quota].filter((n) => n !== null);
        return [
          visible(row.category),
          formatCount(row.peakInOneSecond),
          meter(row.peakInOneSecond, Math.min(...limits)),
          formatRate(row.capPerSecond),
          rate(quota),
          rate(row.limitPerSecond),
          row.lowestRemaining === null ? DASH : formatCount(row.lowestRemaining),
          formatCount(row.throttled),
        ];
      }),
    }),
    html`<p class="notes">A dash: the environment documents no quota, or no answer named a limit.</p>`,
  );
}

function rate(perSecond: number | null): string {
  return perSecond === null ? DASH : formatRate(perSecond);
}

function meter(used: number, limit: number): Fragment {
  if (limit <= 0) return DASH;
  const part = used / limit;
  const look = part > 1 ? "f-over" : "f-used";
  return html`${formatRatio(part)} of ${formatRate(limit)}<svg class="meter" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect class="f-rest" width="100" height="4"/><rect class="${look}" width="${Math.min(100, part * 100).toFixed(1)}" height="4"/></svg>`;
}

export function errors({ errors }: Report): Raw {
  if (errors.length === 0) {
    return section(
      "errors",
      "Errors",
      html`<p class="lead">No failure, unexpected answer or drop.</p>`,
    );
  }
  return section(
    "errors",
    "Errors",
    html`<p class="lead">Failures, unexpected answers and drops by kind. Quote the correlation ids when you write to Klarna about one.</p>`,
    table({
      caption: "Errors by kind, with the first correlation ids",
      columns: [
        { head: "operation" },
        { head: "what", whole: true },
        { head: "error code" },
        { head: "count", numeric: true },
        { head: "first after", numeric: true },
        { head: "correlation ids", wide: true },
      ],
      rows: errors.map((error) => [
        visible(error.operation),
        whatHappened(error),
        error.errorCode === null ? DASH : html`<code>${visible(error.errorCode)}</code>`,
        formatCount(error.count),
        formatAt(error.firstAtS),
        error.correlationIds.length === 0
          ? DASH
          : html`<ul class="ids">${error.correlationIds.map((id) => html`<li><code>${visible(id)}</code></li>`)}</ul>`,
      ]),
    }),
    html`<p class="notes">A dash: the answer carried none, or there was no answer.</p>`,
  );
}

function whatHappened(error: Report["errors"][number]): Fragment {
  const during = duringWords(error);
  return html`${visible(error.what)}${during && html`<small>${during}</small>`}`;
}

export function slowest({ slowest }: Report): Raw {
  if (slowest.length === 0) {
    return section("slowest", "Slowest answers", html`<p class="lead">There was no answer.</p>`);
  }
  return section(
    "slowest",
    "Slowest answers",
    html`<p class="lead">By response time, over the whole run.</p>`,
    table({
      caption: "Slowest answers",
      columns: [
        { head: "operation" },
        { head: "response time", numeric: true },
        { head: "service time", numeric: true },
        { head: "after", numeric: true },
        { head: "status", numeric: true },
        { head: "correlation id", wide: true },
      ],
      rows: slowest.map((one) => [
        visible(one.operation),
        formatMicros(one.responseTimeUs),
        formatMicros(one.serviceTimeUs),
        formatAt(one.atS),
        String(one.status),
        one.correlationId === null ? DASH : html`<code>${visible(one.correlationId)}</code>`,
      ]),
    }),
  );
}
