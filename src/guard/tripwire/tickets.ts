import { isIP } from "node:net";

/** An address that was already resolved: the door never leaves resolving to Node. */
export interface Destination {
  /** An IPv4 or IPv6 literal, spelled as it will be handed to `net` or `tls`. */
  readonly address: string;
  /** 1 to 65535. */
  readonly port: number;
}

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

/** At most one ticket of a kind is valid at a time, for one use, while the function it was issued for has not returned. */
class Booth<T> {
  #valid: T | undefined;

  /** Runs `use` with `ticket` valid. Nothing that `use` leaves to a later turn sees it. */
  during<R>(ticket: T, use: () => R): R {
    const outer = this.#valid;
    this.#valid = ticket;
    try {
      return use();
    } finally {
      this.#valid = outer;
    }
  }

  /** Spends the valid ticket if it is the one that is needed. */
  spend(fits: (ticket: T) => boolean): T | undefined {
    const ticket = this.#valid;
    if (ticket === undefined || !fits(ticket)) return undefined;
    this.#valid = undefined;
    return ticket;
  }
}

export const connections = new Booth<Destination>();
export const lookups = new Booth<string>();
/** What one process of ours may connect to as often as it likes: the gate, of a client's. Set once, when arming. */
let always: Destination | undefined;

export function allowAlways(destination: Destination): void {
  always ??= { address: destination.address, port: destination.port };
}

/** The standing permission for exactly this, if there is one. */
export function standingTicket(address: unknown, port: unknown): Destination | undefined {
  return always && always.address === address && always.port === port ? always : undefined;
}

export const children = new Booth<Command>();

/**
 * Lets the next TCP connect to exactly this address and port through, if `open` calls it before it returns:
 * `withTicket({ address, port }, () => net.connect({ host: address, port }))`. For the door alone.
 * @throws TypeError unless the address is a literal and the port a port
 */
export function withTicket<R>(destination: Destination, open: () => R): R {
  const { address, port } = destination;
  if (typeof address !== "string" || isIP(address) === 0) {
    throw new TypeError("a ticket needs an address literal");
  }
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new TypeError("a ticket needs a port from 1 to 65535");
  }
  return connections.during({ address, port }, open);
}

/** Lets the next `dns.lookup` of exactly this name through, if `lookup` calls it before it returns. For the door alone. */
export function withLookupTicket<R>(hostname: string, lookup: () => R): R {
  return lookups.during(hostname, lookup);
}

/**
 * Lets the next child process through if `start` starts it before it returns, without a shell, with exactly this file
 * and these arguments. For the key command alone.
 */
export function withChildTicket<R>(file: string, args: readonly string[], start: () => R): R {
  return children.during({ file, args: args.slice() }, start);
}
