// The truth, and the cap, while answers are held for 2 s and while the runner is frozen for 2 s.
import {
  analyticWaits,
  at,
  capBound,
  figuresAt,
  figuresOf,
  median,
  medianFigures,
  mostIn,
  servedMs,
  sleep,
  writeProfile,
} from "../witness.mjs";
import { runOurs } from "./ours.mjs";
import { figure, ms, table } from "./table.mjs";

const RATE = 50;
const CAP = 62;
const INSULT_S = 2;

/** Within 3 %, or 3 ms. */
const isNear = (seen, truth) => Math.abs(seen - truth) <= Math.max(0.03 * truth, 3);

/** @param options seconds: at least 4; rounds */
export async function stall(world, { seconds, rounds }) {
  const fromS = (seconds - INSULT_S) / 2;
  const held = { fromS, toS: fromS + INSULT_S };
  const inFlight = RATE * INSULT_S + 20;
  const profile = writeProfile(world, "stall", { rate: RATE, seconds, cap: CAP, inFlight });
  const freeze = async (program) => {
    await sleep(fromS * 1000);
    program.signal("SIGSTOP");
    await sleep(INSULT_S * 1000);
    program.signal("SIGCONT");
  };
  const insults = [
    { name: "answers held 2 s", held, recorder: { insults: [{ kind: "hold", ...held }] } },
    { name: "runner frozen 2 s", recorder: {}, meanwhile: freeze },
  ];
  const seen = insults.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, { held: window, recorder, meanwhile }] of insults.entries()) {
      const ran = await runOurs(world, profile, {
        tls: true,
        recorder,
        meanwhile,
        mostS: seconds + 30,
      });
      seen[i].push(look(ran, { seconds, held: window }));
    }
  }
  const rows = insults.flatMap(({ name }, i) => {
    const rounds = seen[i];
    const line = (what, one) => [
      name,
      what,
      ...["p50", "p90", "p99", "max"].map((p) => ms(one[p])),
    ];
    return [
      line("response time, reported", medianFigures(rounds.map((one) => one.response))),
      line("what it was", medianFigures(rounds.map((one) => one.responseTruth))),
      line("service time, reported", medianFigures(rounds.map((one) => one.service))),
      line("at the recorder", medianFigures(rounds.map((one) => one.serviceTruth))),
    ];
  });
  return {
    text: table(["insult", "ms", "p50", "p90", "p99", "max"], rows, 2),
    figures: insults.flatMap(({ name }, i) => judge(name, seen[i])),
  };
}

function look({ report, recording }, { seconds, held }) {
  const [operation] = report.operations;
  const served = servedMs(recording);
  const usualMs = at(served, 50);
  // Those who came while the runner stood still were not sent; nobody else waited for it.
  const truth = held ? analyticWaits({ rate: RATE, seconds, held, usualMs }) : served;
  return {
    response: figuresOf(operation.responseTime),
    responseTruth: figuresAt(truth),
    service: figuresOf(operation.serviceTime),
    serviceTruth: figuresAt(served),
    mostInOne: mostIn(recording, 1),
    mostInTenth: mostIn(recording, 0.1),
    hasGap: report.timeline.some(({ gap }) => gap),
    // The seconds that no gap touches: the longest time in any of them.
    longestOutside: Math.max(
      ...report.timeline.filter(({ gap }) => !gap).map(({ responseMaxUs }) => responseMaxUs / 1000),
    ),
    verdict: report.verdict,
  };
}

function judge(name, rounds) {
  const isFreeze = name.startsWith("runner");
  // The answer that was under way when the runner froze is read when it goes on: the longest time of all is the freeze.
  const judged = isFreeze ? ["p50", "p90", "p99"] : ["p50", "p90", "p99", "max"];
  const compare = (what, seenOf, truthOf) => {
    const [own, truth] = [medianFigures(rounds.map(seenOf)), medianFigures(rounds.map(truthOf))];
    const off = judged.filter((p) => !isNear(own[p], truth[p]));
    return figure(
      `${name}: ${what}`,
      "3 % or 3 ms",
      off.length === 0 ? judged.join(", ") : `off at ${off.join(", ")}`,
      off.length === 0,
    );
  };
  const outside = median(rounds.map(({ longestOutside }) => longestOutside));
  const served = medianFigures(rounds.map(({ serviceTruth }) => serviceTruth)).max;
  const one = median(rounds.map(({ mostInOne }) => mostInOne));
  const tenth = median(rounds.map(({ mostInTenth }) => mostInTenth));
  const verdicts = [...new Set(rounds.map(({ verdict }) => verdict))];
  return [
    compare(
      "response time",
      ({ response }) => response,
      ({ responseTruth }) => responseTruth,
    ),
    compare(
      "service time",
      ({ service }) => service,
      ({ serviceTruth }) => serviceTruth,
    ),
    figure(`${name}: most in any 1 s`, `${capBound(CAP, 1)}`, `${one}`, one <= capBound(CAP, 1)),
    figure(
      `${name}: most in any 100 ms`,
      `${capBound(CAP, 0.1)}`,
      `${tenth}`,
      tenth <= capBound(CAP, 0.1),
    ),
    ...(isFreeze
      ? [
          figure(
            `${name}: longest response time in seconds without the gap`,
            "3 ms above the recorder's",
            `${ms(outside)} and ${ms(served)} ms`,
            isNear(outside, served),
          ),
          figure(
            `${name}: the gap is marked`,
            "each time",
            `${rounds.filter(({ hasGap }) => hasGap).length} of ${rounds.length}`,
            rounds.every(({ hasGap }) => hasGap),
          ),
          figure(`${name}: verdict`, "invalid", verdicts.join(", "), verdicts.join() === "invalid"),
        ]
      : []),
  ];
}
