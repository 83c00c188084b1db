/** What each key of a profile is for, in a sentence: shown by editors, beside the form that the value takes. */
const TEXTS: Readonly<Record<string, string>> = {
  name: "What `run <name>` takes, and reports call it.",
  description: "What the profile is for, in a sentence; `list` shows it.",
  kind: "Decides where the profile may run and within which ceilings. Klarna's environments take smoke, baseline and rate-limit-drill.",
  workload: "How much is asked, and when.",
  "workload.model":
    "open: journeys arrive by the plan, whether or not earlier ones were answered. closed: each virtual user waits for its answer.",
  "workload.arrivals": "uniform: evenly spaced. poisson: at random, as independent users come.",
  "workload.stages": "Stretches of the run, one after the other. Rates are journeys a second.",
  "workload.stages.rate": "A constant rate of journeys.",
  "workload.stages.from": "Where a ramp begins.",
  "workload.stages.to": "Where a ramp ends.",
  "workload.stages.for": "How long the stage lasts.",
  "workload.stages.phase":
    "Thresholds judge steady stages alone. A constant rate is steady unless it says otherwise, a ramp is a ramp.",
  "workload.maxInFlight": "The most requests sent and not yet answered, at any moment.",
  "workload.maxLateness":
    "An arrival that has waited longer than this is dropped. Without it, it waits as long as the run lasts.",
  "workload.pacing":
    "precise: due times are met to a fraction of a millisecond. relaxed: within a few, for less of the processor.",
  "workload.requestTimeout": "A request unanswered for this long has failed.",
  "workload.drainTimeout": "How long started journeys may go on after the last stage.",
  "workload.virtualUsers": "How many users there are, each making one journey after the other.",
  "workload.thinkTime": "Between the end of a user's journey and its next one.",
  "workload.rampUp": "Users join evenly over this long.",
  "workload.for": "How long all users are there, after the ramp-up.",
  scenarios: "Kinds of journeys. Each arrival is one of them, picked by weight.",
  "scenarios.name": "What reports call the journey.",
  "scenarios.weight": "Its share of the arrivals, in proportion to the others' weights.",
  "scenarios.steps":
    "What a journey does, one after the other, as long as answers are as expected.",
  "scenarios.steps.name": "By which later steps name this one.",
  "scenarios.steps.operation": "An operation of Klarna's API; docs/operations.md lists them.",
  "scenarios.steps.client":
    "Your own function that makes the step's requests, as ./module.mjs#name.",
  "scenarios.steps.requests":
    "The most requests that one call of the client may make; 1 unless said.",
  "scenarios.steps.with": "What fills the operation's path and query.",
  "scenarios.steps.save": "Values taken from the answer for later steps, by name.",
  "scenarios.steps.body":
    "Merged over Klarna's sample body; null takes a field of the sample away.",
  "scenarios.steps.headers":
    "Headers of Klarna's own, and Partner-Correlation-Id; the client sets the rest.",
  "scenarios.steps.expect":
    "When the answer counts as expected; any success of the operation unless said.",
  "scenarios.steps.thinkTime": "Between the end of the step before and this one.",
  "scenarios.steps.when": "Only where an earlier step was answered so; else it is passed over.",
  "scenarios.steps.poll": "Asks again until the answer is as wanted.",
  "scenarios.steps.poll.until": "What is waited for.",
  "scenarios.steps.poll.every": "Between an answer and the next asking.",
  "scenarios.steps.poll.atMost": "The most askings; after the last the step has failed.",
  "scenarios.steps.retry": "In place of the profile's own policy, for this step.",
  thresholds: "What the steady phase is judged by, one-sided at 95 % confidence.",
  "thresholds.operation": "Whose figure it is; all operations together unless said.",
  "thresholds.figure": "What is judged. Response time counts from when a request was due.",
  "thresholds.max":
    "The largest value that meets it: a time, a percentage or a number, as the figure has it.",
  "thresholds.abort": "Ends the run early once the threshold is as good as missed.",
  setUp: "Steps that are done once, before the first arrival; all journeys know what they save.",
  cleanUp: "Whether what the run has made is cancelled at its end, within the cap.",
  retry:
    "How a client would try again. Each attempt is a request of its own, in plan, cap and report.",
  "retry.attempts": "In all, the first one included.",
  "retry.on": "Which results are tried again: statuses, 5xx, timeout, connection.",
  "retry.backoff": "exponential: the pause doubles from attempt to attempt.",
  "retry.base": "The first pause, before jitter.",
  "retry.max": "The longest pause, before jitter.",
  "retry.jitter": "full: a random part of the pause, so that clients do not meet.",
  "retry.ignoreReset":
    "Comes back before the reset that a 429 names; a bad client, for the emulator alone.",
  "retry.idempotencyKey":
    "same: a retry carries the first attempt's key. fresh: a bad client, for the emulator alone.",
  limits: "The cap, which can only lower what the guard allows.",
  "limits.rate": "The most requests a second of any one category.",
  "limits.perCategory": "The most of each category, as Klarna counts its quotas.",
  stops: "Stops of the kill switch that can be turned off, on the emulator alone.",
  "stops.throttled": "The stop on a cluster of 429s.",
  "stops.errors": "The stop when more than half of the last 20 requests failed.",
  data: 'Tables whose rows fill steps, by name: one row a journey, used as "{table.column}".',
  "data.file": "A CSV file in the profile's folder or below.",
  "data.order": "In which order journeys take rows.",
  "data.text": "Columns that stay text, whatever they look like.",
  emulator: "How the emulator is that a run starts for itself.",
  "emulator.customer": "What the person at Klarna's page does.",
  "emulator.customerDelay": "How long that takes.",
  "emulator.quotas": "Which of Klarna's quota tables holds.",
  "emulator.latency": "How long answers take.",
  "emulator.protection": "When whoever sends too much is shut out, and for how long.",
  "emulator.faults": "What goes wrong.",
  tags: "Words of your own for the report.",
  environments: "What is different in an environment, laid over the rest.",
};

/**
 * The text for a key, given as a path without indices. A set-up's steps are steps as any, a step's retry policy is one
 * as the profile's, and an environment's part has the profile's own keys.
 */
export function keyText(key: string): string | undefined {
  const own = key.replace(/^environments\./, "").replace(/^setUp\./, "scenarios.steps.");
  return TEXTS[own] ?? TEXTS[own.replace(/^scenarios\.steps\.retry\./, "retry.")];
}

export const KNOWN_KEYS: readonly string[] = Object.keys(TEXTS);
