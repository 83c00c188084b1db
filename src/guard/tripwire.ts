/**
 * The tripwire: the outermost check of the lock, and the first import of the program. Once armed, every TCP, pipe and
 * UDP connection made through Node's own API is refused before any system call, unless the door holds a ticket for
 * exactly that address and port. It does not replace the door's own check; it catches whoever does not use the door.
 *
 * Each way out is guarded where Node's ways run together: `net.Socket.connect` (under `tls`, `http`, `https`, `http2`,
 * `fetch`, `WebSocket` and undici) and, below it, the handles that make the system calls. Also refused: `dgram`, all of
 * `dns` but a ticketed lookup, child processes but the listed ones, worker threads, loader threads, native add-ons but
 * the listed ones, `process.binding` and the inspector's server. The patched properties can't be patched again.
 *
 * Listening is left alone: `net.Server.listen` works on a path, on a port and on an address literal. On a host name it
 * is refused, since it would look the name up, and so is an inherited descriptor above 2.
 *
 * It can't see: code loaded before it (a preload, a loader, a function someone kept), sockets that native code opens
 * (an add-on that is allowed, an SQLite extension, an OpenSSL engine), the system resolver itself (for a lookup that was
 * allowed, or for a diagnostic report, which names its peers), the inspector's server if a signal starts it, sockets
 * that were accepted or handed over by a parent, files on a network share or that are Windows named pipes, or other
 * processes, our own children among them. It guards against mistakes and against a
 * dependency that uses Node's API, not against code that sets out to get around it.
 *
 * Imports Node's built-ins and its own files only, so that nothing runs before it. There must be one copy of it in a
 * process: with two, a ticket of the one is worthless to the other.
 */
import { syncBuiltinESMExports } from "node:module";
import { reportHitsTo, type TripwireError } from "./tripwire/hits.ts";
import { guardNames } from "./tripwire/names.ts";
import { guardNatives } from "./tripwire/natives.ts";
import { guardProcesses } from "./tripwire/processes.ts";
import { guardSockets } from "./tripwire/sockets.ts";
import { allowAlways, type Destination } from "./tripwire/tickets.ts";

export { TripwireError, tripwireHits } from "./tripwire/hits.ts";
export { TripwireUnarmedError } from "./tripwire/patch.ts";
export {
  type Destination,
  withChildTicket,
  withLookupTicket,
  withTicket,
} from "./tripwire/tickets.ts";

export interface TripwireOptions {
  /** Told of every hit before its error is thrown, so that a `catch` can't hide it; should end the run as a fault. */
  readonly onHit: (hit: TripwireError) => void;
  /** Absolute paths of the scripts that may be started as `process.execPath script …`. Default: none. */
  readonly allowChildren?: readonly string[];
  /**
   * What may be connected to without a ticket, an address literal and a port: the gate, in a process that has no key and
   * runs a user's client. Default: nothing.
   */
  readonly allowAlways?: Destination;
  /** Absolute paths, links resolved, of the native add-ons that may be loaded. Default: none. */
  readonly allowAddons?: readonly string[];
}

let armed = false;

/** Whether `armTripwire` has returned. */
export function isTripwireArmed(): boolean {
  return armed;
}

/**
 * Arms the tripwire for the life of the process. A second call does nothing: the first options stand.
 * @throws TripwireUnarmedError if this Node lacks something that must be guarded; then do not go on
 */
export function armTripwire(options: TripwireOptions): void {
  if (armed) return;
  reportHitsTo(options.onHit);
  if (options.allowAlways) allowAlways(options.allowAlways);
  guardSockets();
  guardNames();
  guardProcesses((options.allowChildren ?? []).slice());
  guardNatives(options.allowAddons ?? []);
  syncBuiltinESMExports();
  armed = true;
}
