// How far the harness's figures are from the truth known to the recorder: the error of the whole chain, from the
// recorder's answer through the kernel, TLS, the client, the clock and the histogram to the report.
import {
  analyticWaits,
  at,
  figuresAt,
  figuresOf,
  mapValues,
  medianFigures,
  servedMs,
  writeProfile,
} from "../witness.mjs";
import { runOurs } from "./ours.mjs";
import { ms, table } from "./table.mjs";

const STALL_S = 2;

/** @param options rate, seconds, rounds */
export async function measuringError(world, { rate, seconds, rounds }) {
  const fromS = (seconds - STALL_S) / 2;
  const held = { fromS, toS: fromS + STALL_S };
  const servers = [
    { name: "constant 20 ms", latencyMs: 20 },
    {
      name: "log-normal, median 20 ms",
      latencyMs: { kind: "log-normal", medianMs: 20, sigma: 0.6 },
    },
    { name: "bimodal, 5 and 100 ms", latencyMs: { kind: "bimodal", ms: [5, 100], rareShare: 0.1 } },
    { name: "stalled 2 s", latencyMs: 4, held },
  ];
  const inFlight = Math.ceil(rate * (STALL_S + 1));
  const profile = writeProfile(world, "error", {
    rate,
    seconds,
    cap: Math.ceil(rate * 1.25),
    inFlight,
  });
  const seen = servers.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, { latencyMs, held: window }] of servers.entries()) {
      const recorder = { latencyMs, insults: window ? [{ kind: "hold", ...window }] : [] };
      const { report, recording } = await runOurs(world, profile, {
        tls: true,
        recorder,
        mostS: seconds + 30,
      });
      const [operation] = report.operations;
      const served = servedMs(recording);
      const due = { rate, seconds, held: window, usualMs: at(served, 50) };
      seen[i].push({
        truth: figuresAt(served),
        service: minus(figuresOf(operation.serviceTime), figuresAt(served)),
        // Without a stall nobody waits but for the service.
        response: minus(
          figuresOf(operation.responseTime),
          figuresAt(window ? analyticWaits(due) : served),
        ),
      });
    }
  }
  const rows = servers.flatMap(({ name }, i) => {
    const line = (what, of) => [
      name,
      what,
      ...Object.values(medianFigures(seen[i].map(of))).map(ms),
    ];
    return [
      line("service time at the recorder", ({ truth }) => truth),
      line("reported service time, minus that", ({ service }) => service),
      line("reported response time, minus the truth", ({ response }) => response),
    ];
  });
  return { text: table(["server", "ms", "p50", "p90", "p99", "max"], rows, 2), figures: [] };
}

const minus = (seen, truth) => mapValues(seen, (value, name) => value - truth[name]);
