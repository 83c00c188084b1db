// Preloaded into the process of a client that nobody here wrote: the first connect to anything but the emulator ends it,
// before a packet has left, and so does the first name that is looked up. Clients of Klarna's know its live hosts by heart.
import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";
import { Socket } from "node:net";

const REFUSED = 86;
const port = Number(new URL(process.env.EMULATOR).port);

function refuse(what) {
  process.stderr.write(`refused: ${what}\n`);
  process.exit(REFUSED);
}

const connect = Socket.prototype.connect;
Socket.prototype.connect = function (...args) {
  // Node hands its own arguments on in one list, already in order.
  const [to, host] = Array.isArray(args[0]) ? args[0] : args;
  const wanted = typeof to === "object" ? to : { port: to, host };
  if (wanted.path || wanted.host !== "127.0.0.1" || Number(wanted.port) !== port) {
    refuse(`a connect to ${wanted.path ?? `${wanted.host}:${wanted.port}`}`);
  }
  return connect.apply(this, args);
};
dns.lookup = (name) => refuse(`a look-up of ${name}`);
dns.promises.lookup = (name) => refuse(`a look-up of ${name}`);
syncBuiltinESMExports();
