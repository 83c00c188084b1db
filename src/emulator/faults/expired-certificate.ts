import { faultKind } from "./fault.ts";

export const expiredCertificate = faultKind({
  name: "expired-certificate",
  about: "shows new connections a certificate that has run out",
  on: "server",
  settings: {},
  effect: () => ({ on: "server", apply: (server, on) => server.expireCertificate(on) }),
});
