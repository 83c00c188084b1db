// Arrival at the recorder minus due time, at a constant rate, beside the other tools; and what each takes of a processor.
import { isInstalled, peersAsked } from "../peers.mjs";
import { ascending, figuresAt, medianFigures, writeProfile } from "../witness.mjs";
import { ours, runAgainstRecorder } from "./ours.mjs";
import { figure, ms, percent, table } from "./table.mjs";

const CONNECTIONS = 10;

/**
 * How late requests arrive. Nobody tells when a tool meant to send its first, so due times are those of the evenly
 * spaced schedule that fits between its requests and none of which is later than its request: the one least late counts
 * as on time. What is the same for all, the way to the recorder, drops out.
 */
function latenessOf({ requests }, rate) {
  const arrivedMs = requests.map((one) => one.at / 1000);
  const offsets = arrivedMs.map((at, i) => at - (i * 1000) / rate);
  const anchor = offsets.reduce((least, one) => Math.min(least, one), Number.POSITIVE_INFINITY);
  const gaps = arrivedMs.slice(1).map((at, i) => at - arrivedMs[i]);
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
  const { p50, p99, max } = figuresAt(ascending(offsets.map((one) => one - anchor)));
  return { p50, p99, max, gapCv: Math.sqrt(variance) / mean, requests: requests.length };
}

const FIGURES = {
  50: { p50: 0.5, p99: 2, gapCv: 0.02 },
  500: { p50: 0.2, p99: 2 },
};

/** @param options rate, seconds, rounds, tools: names to keep, undefined: all */
export async function lateness(world, { rate, seconds, rounds, tools: kept }) {
  const inFlight = Math.ceil(rate * 0.4);
  const profile = writeProfile(world, `at-${rate}`, { rate, seconds, cap: rate * 1.25, inFlight });
  const asked = { rate, seconds, connections: CONNECTIONS, inFlight };
  const all = [
    ours(profile),
    ours(profile, { name: "klarna-perf, HTTPS", tls: true }),
    ...peersAsked(world, asked),
  ].filter(({ name }) => kept === undefined || kept.includes(name));
  const tools = all.filter((tool) => isInstalled(world, tool));
  const seen = new Map(tools.map((tool) => [tool, []]));
  for (let round = 0; round < rounds; round++) {
    for (const tool of tools) {
      const sampleS = seconds > 4 ? [1, seconds - 1] : undefined;
      const options = { tls: tool.tls === true, mostS: seconds + 30, sampleS };
      const { recording, share } = await runAgainstRecorder(world, tool, options);
      // A shell's own processor time says nothing of what it started.
      const own = tool.command[0] === "sh" ? undefined : share;
      seen.get(tool).push({ ...latenessOf(recording, rate), share: own });
    }
  }
  const rows = tools.map((tool) => ({ tool, ...medianFigures(seen.get(tool)) }));
  const bare = rows.find(({ tool }) => tool.name === "bare loop");
  const skipped = all.filter((tool) => !tools.includes(tool)).map(({ name }) => name);
  return {
    text: [
      table(
        [
          "tool",
          "requests",
          "late p50, ms",
          "p99",
          "max",
          "gap CV",
          "of a core",
          "p50 / bare loop's",
        ],
        rows.map(({ tool, requests, p50, p99, max, gapCv, share }) => [
          tool.name,
          requests,
          ...[p50, p99, max].map(ms),
          gapCv.toFixed(3),
          percent(share),
          bare ? (p50 / bare.p50).toFixed(2) : "",
        ]),
      ),
      ...(skipped.length > 0 ? [`Not installed here: ${skipped.join(", ")}.`] : []),
    ].join("\n\n"),
    figures: figuresFor(rate, rows, bare),
  };
}

function figuresFor(rate, rows, bare) {
  const own = rows.find(({ tool }) => tool.name === "klarna-perf");
  if (!own) return [];
  const bounds = FIGURES[rate] ?? {};
  const judged = Object.entries(bounds).map(([name, most]) =>
    figure(
      `${rate}/s, ${name === "gapCv" ? "gap CV" : `lateness ${name}`}`,
      name === "gapCv" ? `${most}` : `${most} ms`,
      own[name].toFixed(3),
      own[name] < most,
    ),
  );
  if (rate !== 50) return judged;
  const peers = rows.filter(
    ({ tool }) => !tool.name.startsWith("klarna-perf") && tool !== bare?.tool,
  );
  const better = peers.filter(({ p99 }) => p99 <= own.p99).map(({ tool }) => tool.name);
  return [
    ...judged,
    ...(bare
      ? [
          figure(
            "50/s, p50 beside the bare loop",
            "1.3 times",
            (own.p50 / bare.p50).toFixed(2),
            own.p50 <= 1.3 * bare.p50,
          ),
        ]
      : []),
    ...(peers.length > 0
      ? [
          figure(
            "50/s, p99 beside every peer",
            "better",
            better.length === 0 ? `better than ${peers.length}` : `not than ${better.join(", ")}`,
            better.length === 0,
          ),
        ]
      : []),
    ...(own.share === undefined
      ? []
      : [figure("processor time at 50/s", "15 % of a core", percent(own.share), own.share < 0.15)]),
  ];
}
