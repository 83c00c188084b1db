import { RELAXED_LATENESS } from "../../../base/clock.ts";
import { formatRate } from "../../../base/units.ts";
import { visible } from "../../../guard/foreign-text.ts";
import { DASH, formatCount, formatSeconds, sentence } from "../../figures.ts";
import type { Report } from "../../schema.ts";
import { html, type Raw } from "../escape.ts";
import { facts, section, table } from "../table.ts";
import { civil } from "./summary.ts";

/** What was allowed, planned and run, and how to run it again. */

export function guard({ guard }: Report): Raw {
  return section(
    "guard",
    "Guard",
    html`<p class="lead">The run was ${guard.decision}. Every check below was made before the first request.</p>`,
    table({
      caption: "Checks that were made and passed",
      columns: [{ head: "check" }, { head: "finding", wide: true }],
      rows: guard.checks.map(({ code, text }) => [
        html`<code>${visible(code)}</code>`,
        sentence(text),
      ]),
    }),
    facts([
      ["Origin", html`<code>${visible(guard.origin)}</code>`],
      ["Addresses", html`<code>${guard.addresses.map(visible).join(", ") || DASH}</code>`],
      ["Permit", guard.permit === null ? "none needed" : visible(guard.permit)],
      [
        "Connections",
        `${formatCount(guard.connectionsOpened)} opened, ${formatCount(guard.connectFailures)} failed to open${byKind(guard.connectFailureKinds)}`,
      ],
      [
        "Audit log",
        guard.audit &&
          html`line ${formatCount(guard.audit.lines)}, <code>${visible(guard.audit.hash)}</code>`,
      ],
    ]),
  );
}

/** ` (2 refused, 1 timeout)` */
function byKind(kinds: Report["guard"]["connectFailureKinds"] = {}): string {
  const told = Object.entries(kinds).map(([kind, n]) => `${formatCount(n)} ${visible(kind)}`);
  return told.length === 0 ? "" : ` (${told.join(", ")})`;
}

export function plan({ plan }: Report): Raw {
  return section(
    "plan",
    "Plan",
    table({
      caption: "Stages, in journeys a second",
      titled: true,
      columns: [
        { head: "phase" },
        { head: "from", numeric: true },
        { head: "to", numeric: true },
        { head: "for", numeric: true },
      ],
      rows: plan.stages.map((stage) => [
        stage.phase,
        formatRate(stage.fromPerSecond),
        formatRate(stage.toPerSecond),
        formatSeconds(stage.durationS),
      ]),
    }),
    table({
      caption: "Requests by rate-limit category",
      titled: true,
      columns: [
        { head: "category" },
        { head: "requests", numeric: true },
        { head: "planned peak", numeric: true },
        { head: "cap", numeric: true },
        { head: "documented quota", numeric: true },
      ],
      rows: plan.categories.map((row) => [
        visible(row.category),
        formatCount(row.requests),
        withBurst(row.peakPerSecond, row.bursts?.peakPerSecond),
        withBurst(row.capPerSecond, row.bursts?.capPerSecond),
        row.quotaPerSecond === null ? DASH : formatRate(row.quotaPerSecond),
      ]),
    }),
    facts([
      ["Journeys", formatCount(plan.journeys)],
      ["Requests", requests(plan)],
      ["Duration", formatSeconds(plan.durationS)],
      ["In flight", `at most ${formatCount(plan.maxInFlight)}`],
      ["Webhooks", `${formatCount(plan.webhooks)}, sent to whoever is registered for them`],
      ["Pacing", plan.pacing === undefined ? null : `${plan.pacing}: ${RELAXED_LATENESS}`],
      ...(plan.data ?? []).map(({ name, file, rows, order }): [string, string] => [
        `Data ${visible(name)}`,
        `${formatCount(rows)} rows of ${visible(file)}, ${order}`,
      ]),
      ...Object.entries(plan.emulator ?? {}).map(([key, value]): [string, string] => [
        `Emulator ${key}`,
        [value]
          .flat()
          .map((one) => visible(String(one)))
          .join("; "),
      ]),
    ]),
  );
}

function requests({ requests, requestsAtMost = requests }: Report["plan"]): string {
  if (requestsAtMost <= requests) return formatCount(requests);
  return `${formatCount(requests)}, at most ${formatCount(requestsAtMost)} with every retry, poll and clean-up`;
}

function withBurst(rate: number, inBursts: number | undefined): string {
  return inBursts === undefined
    ? formatRate(rate)
    : `${formatRate(rate)}, ${formatRate(inBursts)} in bursts`;
}

export function provenance({ run }: Report): Raw {
  const { host, tool, ci } = run;
  const tags = Object.entries(run.tags);
  return section(
    "run",
    "Run",
    facts([
      ["Run it again", html`<code>${run.command}</code>`],
      ["Run id", html`<code>${visible(run.id)}</code>`],
      ["Seed", String(run.seed)],
      ["Started", html`<time datetime="${run.startedAt}">${civil(run.startedAt)}</time>`],
      ["Ended", html`<time datetime="${run.endedAt}">${civil(run.endedAt)}</time>`],
      ["Tool", `${tool.name} ${visible(tool.version)}`],
      [
        "Host",
        `${visible(host.platform)} ${visible(host.arch)}, ${formatCount(host.cpus)} × ${visible(host.cpuModel)}, ${formatCount(host.memoryMb)} MB`,
      ],
      ["Node", visible(host.node)],
      [
        "CI",
        ci &&
          html`${visible(ci.name)}, run ${visible(ci.run)}, commit <code>${visible(ci.commit)}</code>`,
      ],
      ["Profile hash", html`<code>${visible(run.profileHash)}</code>`],
      [
        "Tags",
        tags.length === 0
          ? null
          : html`<ul>${tags.map(([key, value]) => html`<li>${visible(key)}: ${visible(value)}</li>`)}</ul>`,
      ],
    ]),
  );
}
