import type { Sink } from "./roles.ts";

/** Hands all that happens on to another sink, but for what `own` takes in its place. */
export function forwarding(sink: Sink, own: Partial<Sink>): Sink {
  return {
    due: (due) => sink.due(due),
    started: (sent) => sink.started(sent),
    outcome: (outcome) => sink.outcome(outcome),
    journey: (outcome) => sink.journey(outcome),
    gap: (from, to) => sink.gap(from, to),
    tick: (now) => sink.tick(now),
    idle: (budget) => sink.idle(budget),
    ...own,
  };
}
