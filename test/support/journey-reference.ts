import type { JourneyOutcome, Outcome } from "../../src/workload/outcome.ts";
import type { Scenario } from "../../src/workload/workload.ts";
import type { Served } from "./simulated-shop.ts";

/** What a run's journeys should have done, told once more and plainly, one journey after the other. */

export interface Told {
  readonly scenario: Scenario;
  readonly outcome: JourneyOutcome;
  /** Its requests, in the order in which they became due. */
  readonly requests: readonly Outcome[];
  /** Names that the set-up has saved. */
  readonly known: readonly string[];
}

export interface Run {
  readonly served: ReadonlyMap<number, Served>;
  /** When no journey went on any more: the end of the drain, or of the run. */
  readonly cutOffAt: number;
}

/** The request that should come next, due between two times. */
interface Expected {
  readonly step: number;
  readonly poll: number;
  readonly attempt: number;
  readonly from: number;
  readonly to: number;
}

/** What of a journey is not as it should be; nothing when all is. */
export function wrongIn({ scenario, outcome, requests, known }: Told, run: Run): string[] {
  const wrong: string[] = [];
  const say = (what: string, found: unknown, right: unknown): void => {
    if (found !== right) wrong.push(`journey ${outcome.journey}: ${what} ${found}, not ${right}`);
  };
  const { steps } = scenario;
  const allowed = new Set<number>();
  const saved = new Set<string>(known);
  let at: Expected = { step: 0, poll: 1, attempt: 1, from: outcome.due, to: outcome.due };
  let first: number | undefined;
  let skipped = 0;
  let end = { completed: false, cutShort: false, notReached: 0, notDue: 0 };

  for (let i = 0; ; i++) {
    const request = requests[i];
    const step = steps[at.step];
    if (!step) throw new Error("a step that there is not");
    const after = steps.length - at.step - 1;
    if (!request) {
      // It never became due: only because the journey was cut off first.
      if (at.to < run.cutOffAt)
        wrong.push(`journey ${outcome.journey}: no request for step ${at.step}`);
      const itself = at.poll > 1 || at.attempt > 1 ? 0 : 1;
      end = { completed: false, cutShort: true, notReached: skipped, notDue: after + itself };
      break;
    }
    say("operation", request.operation, step.operation);
    say("attempt", request.attempt, at.attempt);
    say("poll", request.poll, at.poll);
    if (request.due < at.from || request.due > at.to) {
      wrong.push(`journey ${outcome.journey}: due ${request.due} not in ${at.from}..${at.to}`);
    }
    if (request.kind === "dropped") {
      const isEnd = request.reason === "run-ended";
      end = isEnd
        ? { completed: false, cutShort: true, notReached: skipped, notDue: after }
        : {
            completed: false,
            cutShort: request.reason !== "runner",
            notReached: skipped + after,
            notDue: 0,
          };
      say("requests", requests.length, i + 1);
      break;
    }
    const served = run.served.get(request.request);
    const intended =
      at.attempt > 1 && step.retry?.idempotencyKey === "same" ? first : request.request;
    say("first attempt", served?.call.firstAttempt, intended);
    if (at.attempt === 1) first = request.request;
    if (request.kind === "unfinished") {
      end = { completed: false, cutShort: true, notReached: skipped, notDue: after };
      say("requests", requests.length, i + 1);
      break;
    }
    const says = request.kind === "answered" ? (served?.says ?? {}) : {};
    for (const one of says.allows ?? []) allowed.add(one);
    for (const name of Object.keys(says.saved ?? {})) saved.add(name);

    const { retry, poll } = step;
    const result = request.kind === "answered" ? request.status : request.code;
    const tried =
      retry?.on.some(
        (on) =>
          on === result ||
          (on === "5xx" && Number(result) >= 500) ||
          (on === "connection" && result === "connection-reset"),
      ) ?? false;
    if (retry && tried && at.attempt < retry.attempts) {
      const from = request.end + (retry.ignoreReset ? 0 : (says.resetAfter ?? 0));
      const longest = Math.min(retry.max, retry.base * 2 ** (at.attempt - 1));
      at = { ...at, attempt: at.attempt + 1, from, to: from + longest };
      continue;
    }
    if (request.kind === "failed" || !request.expected) {
      const cutShort = request.kind === "failed" && request.code === "timeout";
      end = { completed: false, cutShort, notReached: skipped + after, notDue: 0 };
      say("requests", requests.length, i + 1);
      break;
    }
    if (poll && says.again && at.poll < poll.atMost) {
      const due = request.end + poll.every;
      at = { ...at, poll: at.poll + 1, attempt: 1, from: due, to: due };
      continue;
    }
    let next = at.step + 1;
    while (next < steps.length) {
      const { conditional, needs = [] } = steps[next] ?? {};
      if (!(conditional && !allowed.has(next)) && needs.every((name) => saved.has(name))) break;
      next++;
      skipped++;
    }
    const then = steps[next];
    if (!then) {
      end = { completed: true, cutShort: false, notReached: skipped, notDue: 0 };
      say("requests", requests.length, i + 1);
      break;
    }
    const due = request.end + then.thinkTime;
    at = { step: next, poll: 1, attempt: 1, from: due, to: due };
  }
  say("completed", outcome.completed, end.completed);
  say("cutShort", outcome.cutShort, end.cutShort);
  say("notReached", outcome.notReached, end.notReached);
  say("notDue", outcome.notDue, end.notDue);
  return wrong;
}
