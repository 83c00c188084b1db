import dgram from "node:dgram";
import net from "node:net";
import { hit } from "./hits.ts";
import { bindingPrototype, guard, guardAssigned, property } from "./patch.ts";
import { connections, type Destination, standingTicket } from "./tickets.ts";

const { isArray } = Array;

/**
 * Handles whose socket spent a ticket and has not connected yet: Node connects to an address literal in the turn
 * after `Socket.connect`, when the ticket itself is long void.
 */
const granted = new WeakMap<object, Destination>();
const grantOf = granted.get.bind(granted);
const grant = granted.set.bind(granted);
const revoke = granted.delete.bind(granted);

/**
 * Stands in front of `net.Socket.connect`, which every TCP and pipe client of Node's ends in (`tls`, `http`, `https`,
 * `http2`, `fetch`, `WebSocket`), of `dgram.Socket`, and of the handles below both, whose methods make the system calls.
 */
export function guardSockets(): void {
  guard(net.Socket.prototype, "connect", (self, args, proceed) => {
    const to = destinationOf(args);
    const ticket = to.path
      ? undefined
      : (connections.spend((valid) => valid.address === to.host && valid.port === to.port) ??
        standingTicket(to.host, to.port));
    if (!ticket) throw hit("net.Socket.connect", to.path || to.host, to.port);
    const socket = proceed(self, args);
    const handle = property(self, "_handle");
    // A TLS socket's handle is a wrapper around the one that connects.
    const inner = property(handle, "_parent") ?? handle;
    if (typeof inner === "object" && inner !== null) grant(inner, ticket);
    return socket;
  });

  const tcp = bindingPrototype("tcp_wrap", "TCP");
  for (const name of ["connect", "connect6"]) {
    guard(tcp, name, (self, args, proceed) => {
      if (!redeem(self, args[1], args[2])) throw hit(`TCP.${name}`, args[1], args[2]);
      return proceed(self, args);
    });
  }

  const pipe = bindingPrototype("pipe_wrap", "Pipe");
  guard(pipe, "connect", (_self, args) => {
    throw hit("Pipe.connect", args[1]);
  });

  for (const [prototype, api] of [[tcp, "TCP.open"] as const, [pipe, "Pipe.open"] as const]) {
    guard(prototype, "open", (self, args, proceed) => {
      const descriptor = args[0];
      // Standard input, output and error may be pipes, and Node opens them on first use.
      if (descriptor === 0 || descriptor === 1 || descriptor === 2) return proceed(self, args);
      throw hit(api, "descriptor", descriptor);
    });
  }

  const udp = bindingPrototype("udp_wrap", "UDP");
  for (const name of ["open", "bind", "bind6", "connect", "connect6", "send", "send6"]) {
    guardAssigned(udp, name, (_self, args) => {
      throw hit(`UDP.${name}`, args[0], args[1]);
    });
  }
  // The handles above refuse as well, but in a later turn, where there is no caller left to throw to.
  for (const name of ["bind", "connect", "send", "sendto"]) {
    guard(dgram.Socket.prototype, name, (_self, args) => {
      const place = datagramPlace(name, args);
      throw hit(`dgram.Socket.${name}`, place.address, place.port);
    });
  }
}

/** Whether the handle was granted exactly this; after that it is granted nothing. */
function redeem(handle: unknown, address: unknown, port: unknown): boolean {
  if (typeof handle !== "object" || handle === null) return false;
  const to = grantOf(handle);
  revoke(handle);
  return to !== undefined && to.address === address && to.port === port;
}

interface Target {
  readonly path: unknown;
  readonly host: unknown;
  readonly port: unknown;
}

/** Reads the forms that `net.Socket.connect` documents, and the array that Node hands itself. */
function destinationOf(args: readonly unknown[]): Target {
  const first = args[0];
  const options: unknown = isArray(first) ? first[0] : first;
  if (typeof options === "object" && options !== null) {
    return {
      path: property(options, "path"),
      host: property(options, "host") ?? "localhost",
      port: portOf(property(options, "port")),
    };
  }
  const port = portOf(first);
  if (port === undefined) return { path: first, host: undefined, port };
  return { path: undefined, host: typeof args[1] === "string" ? args[1] : "localhost", port };
}

function portOf(value: unknown): number | undefined {
  const port = typeof value === "string" && value !== "" ? +value : value;
  return typeof port === "number" && port >= 0 ? port : undefined;
}

/** For the message only; the datagram itself could be a secret. */
function datagramPlace(
  name: string,
  args: readonly unknown[],
): { address: unknown; port: unknown } {
  if (name === "bind" || name === "connect") return { address: args[1], port: args[0] };
  if (typeof args[3] === "number") return { address: args[4], port: args[3] };
  return { address: args[2], port: args[1] };
}
