/**
 * The names of the series in an interval log. Each is a histogram a tag, so that any HdrHistogram tool can pick one:
 * `payment-request.create:response`, with `:censored` for the right-censored part and `:unsteady` for what
 * warm-up and ramps measured.
 */
export const SERIES = [
  /** end - start of expected answers; time-outs and unfinished requests censored. */
  "service",
  /** end - due of the same; drops that the target caused censored too. */
  "response",
  /** `response` less `runnerLag`; steady only. */
  "response-without-lag",
  /** end - start of failures other than time-outs. */
  "failed",
  /** end - start of answers with an unexpected status. */
  "unexpected",
  /** The waits between due and start of every sent request; steady only. */
  "cap-wait",
  "in-flight-wait",
  "runner-lag",
  /** As those, of the requests that were held back for the quota's sake. */
  "steering-wait",
  /** What an answer's time went on. Expected answers: from the request's writing to the first byte, and from there to the last. */
  "first-byte",
  "body",
  /** What opening a connection took, told by the first request on it that was answered. */
  "dns",
  "connect",
  "tls",
  /** What a gate added to the time of an application's request, the runner's lag among it; steady only. */
  "relay",
  /** A journey's, from arrival to last answer; censored: of one that was cut short. */
  "journey",
] as const;
export type SeriesName = (typeof SERIES)[number];

export interface Tag {
  /** An operation, a scenario for `journey`, or `all` for the waits. */
  readonly subject: string;
  readonly series: SeriesName;
  readonly steady: boolean;
  readonly censored: boolean;
}

/** Commas, spaces and line breaks would end a tag, and a colon ends a part of it: all are written as `%XX`. */
export function formatTag({ subject, series, steady, censored }: Tag): string {
  const parts = [encodeURIComponent(subject), series];
  if (!steady) parts.push("unsteady");
  if (censored) parts.push("censored");
  return parts.join(":");
}

/** `undefined` for a tag that is none of ours. */
export function parseTag(text: string): Tag | undefined {
  const [subject, name, ...flags] = text.split(":");
  const series = SERIES.find((known) => known === name);
  if (subject === undefined || series === undefined) return undefined;
  const steady = flags[0] !== "unsteady";
  const rest = steady ? flags : flags.slice(1);
  const censored = rest[0] === "censored";
  if (rest.length > (censored ? 1 : 0)) return undefined;
  try {
    return { subject: decodeURIComponent(subject), series, steady, censored };
  } catch {
    return undefined; // a broken percent escape
  }
}
