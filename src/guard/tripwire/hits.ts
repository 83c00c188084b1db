const HITS_KEPT = 100;
const DESTINATION_LENGTH = 100;

/** Something tried to leave the process other than by the door. Always a fault: ours, or a dependency's. */
export class TripwireError extends Error {
  override readonly name = "TripwireError";
  readonly code = "GUARD_TRIPWIRE";
  readonly hint =
    "a bug in klarna-perf or in something it depends on, not in your profile: report it with this message";
  /** The part of Node's API that was called, such as `net.Socket.connect`. */
  readonly api: string;
  /** Where it wanted to go: printable ASCII, at most 100 characters, with whatever could be a key left out. */
  readonly destination: string;

  constructor(api: string, destination: string) {
    super(`refused by the tripwire: \`${api}\` to \`${destination}\``);
    this.api = api;
    this.destination = destination;
  }
}

const hits: TripwireError[] = [];
let report: ((hit: TripwireError) => void) | undefined;
let reporting = false;

/** Every hit since the start, oldest first; after the 100th no more are kept. */
export function tripwireHits(): readonly TripwireError[] {
  const copy: TripwireError[] = [];
  for (let i = 0; i < hits.length; i++) {
    const one = hits[i];
    if (one) copy[i] = one;
  }
  return copy;
}

export function reportHitsTo(onHit: (hit: TripwireError) => void): void {
  report = onHit;
}

/** Records a hit and reports it. @returns the error to throw: recorded before it is thrown, so that a `catch` can't hide it */
export function hit(api: string, place?: unknown, port?: unknown): TripwireError {
  const error = new TripwireError(api, describe(place, port));
  if (hits.length < HITS_KEPT) hits[hits.length] = error;
  // A reporter that itself runs into the wire is recorded, not reported again.
  if (reporting) return error;
  reporting = true;
  try {
    report?.(error);
  } catch (cause) {
    error.cause = cause;
  } finally {
    reporting = false;
  }
  return error;
}

/** Only strings and numbers are shown: turning anything else into text would run foreign code. */
function describe(place: unknown, port: unknown): string {
  try {
    const where = typeof place === "string" || typeof place === "number" ? `${place}` : "unknown";
    return mask(typeof port === "string" || typeof port === "number" ? `${where}:${port}` : where);
  } catch {
    return "unknown";
  }
}

/** A key, raw or in base64, can stand in a host name or in a path. */
function mask(text: string): string {
  return text
    .replace(/[^ -~]/g, "?")
    .replace(/klarna_.*/gi, "klarna_...")
    .replace(/[\w+/=-]{25,}/g, (run) => `${run.slice(0, 4)}...`)
    .slice(0, DESTINATION_LENGTH);
}
