import dns from "node:dns";
import dnsPromises from "node:dns/promises";
import { isIP } from "node:net";
import { hit } from "./hits.ts";
import { bindingPrototype, guard } from "./patch.ts";
import { lookups } from "./tickets.ts";

const { ownKeys } = Reflect;

/** What a resolver does without asking anybody. */
const LOCAL = new Set(["constructor", "cancel", "getServers", "setServers", "setLocalAddress"]);

/**
 * Stands in front of the system resolver (`dns.lookup`, `dns.lookupService`) and of c-ares, which opens UDP and TCP
 * sockets of its own for everything else in `dns`.
 */
export function guardNames(): void {
  for (const [api, owner] of [["dns", dns] as const, ["dns.promises", dnsPromises] as const]) {
    guard(owner, "lookup", (self, args, proceed) => {
      const hostname = args[0];
      // Looking up a literal asks nobody, and `server.listen` does it.
      if (typeof hostname === "string" && isIP(hostname) !== 0) return proceed(self, args);
      if (lookups.spend((valid) => valid === hostname) === undefined) {
        throw hit(`${api}.lookup`, hostname);
      }
      return proceed(self, args);
    });
    guard(owner, "lookupService", (_self, args) => {
      throw hit(`${api}.lookupService`, args[0], args[1]);
    });
  }

  const channel = bindingPrototype("cares_wrap", "ChannelWrap");
  for (const name of ownKeys(channel)) {
    if (typeof name !== "string" || LOCAL.has(name)) continue;
    guard(channel, name, (_self, args) => {
      throw hit(`dns.Resolver ${name}`, args[1]);
    });
  }
}
