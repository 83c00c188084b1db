// The highest rate that one runner keeps, with everything on: the 99th percentile of `runnerLag` below 1.5 ms.
import { figuresOf, medianFigures, writeProfile } from "../witness.mjs";
import { runOurs } from "./ours.mjs";
import { figure, ms, percent, table } from "./table.mjs";

const MOST_LAG_MS = 1.5;
const WARM_UP_S = 3;
const LATENCY_MS = 4;
const PROTOCOLS = [
  { name: "HTTP", tls: false, atLeast: 5000 },
  { name: "HTTPS", tls: true, atLeast: 3000 },
];
const STEP = 1000;
const STEPS_MAX = 6;

/** @param options seconds, rounds; scale: what to multiply the rates by; climbs: whether to look for the highest */
export async function highestRate(world, { seconds, rounds, scale = 1, climbs = true }) {
  const rows = [];
  const figures = [];
  for (const { name, tls, atLeast } of PROTOCOLS) {
    const asked = Math.round(atLeast * scale);
    const at = async (rate, times) => {
      const seen = [];
      for (let round = 0; round < times; round++)
        seen.push(await once(world, { rate, tls, seconds }));
      const middle = medianFigures(seen);
      const keeps = middle.lagP99 < MOST_LAG_MS && middle.kept === 1;
      rows.push([
        name,
        rate,
        percent(middle.kept),
        ...[middle.lagP50, middle.lagP99, middle.lagMax].map(ms),
        percent(middle.share),
      ]);
      return { ...middle, keeps };
    };
    const floor = await at(asked, rounds);
    let highest = floor.keeps ? asked : 0;
    for (let step = 1; climbs && floor.keeps && step <= STEPS_MAX; step++) {
      const rate = asked + step * STEP;
      if (!(await at(rate, Math.min(rounds, 3))).keeps) break;
      highest = rate;
    }
    figures.push(
      figure(
        `highest rate over ${name}, p99 of runnerLag below ${MOST_LAG_MS} ms`,
        `${asked}/s`,
        highest > 0 ? `${highest}/s` : `not ${asked}/s: ${ms(floor.lagP99)} ms`,
        floor.keeps,
      ),
    );
  }
  const columns = [
    "protocol",
    "asked, 1/s",
    "of it sent",
    "runnerLag p50, ms",
    "p99",
    "max",
    "of a core",
  ];
  return { text: table(columns, rows), figures };
}

async function once(world, { rate, tls, seconds }) {
  const asked = { rate, seconds, cap: Math.ceil(rate * 1.25), inFlight: 256, warmUpS: WARM_UP_S };
  const profile = writeProfile(world, `rate-${rate}`, asked);
  const ran = await runOurs(world, profile, {
    tls,
    recorder: { latencyMs: LATENCY_MS },
    mostS: seconds + WARM_UP_S + 40,
    sampleS: [WARM_UP_S, WARM_UP_S + seconds * 0.8],
  });
  const { totals, waits } = ran.report;
  const { p50, p99, max } = figuresOf(waits.runnerLag);
  return {
    kept: totals.sent / totals.planned,
    lagP50: p50,
    lagP99: p99,
    lagMax: max,
    share: ran.share,
  };
}
