import { faultKind } from "./fault.ts";

export const connectionRefused = faultKind({
  name: "connection-refused",
  about: "drops every connection and listens no more, as a server that died",
  on: "server",
  settings: {},
  effect: () => ({ on: "server", apply: (server, on) => server.refuseConnections(on) }),
});
