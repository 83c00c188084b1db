import type { Server } from "node:http";
import { Server as TlsServer } from "node:https";
import type { Clock } from "../base/clock.ts";
import { UsageError } from "../base/errors.ts";
import { micros, milliseconds } from "../base/units.ts";
import type { ServerControls } from "./faults/fault.ts";

/** The most connections waiting to be accepted; a spike opens thousands at once. */
const BACKLOG = 4096;

/** After a fault has closed the port, until it is had again, should somebody else have taken it meanwhile. */
const LISTEN_AGAIN_US = milliseconds(100);

/** PEM. */
export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
  /** For the same key, and run out; none: that fault does nothing. */
  readonly expiredCert?: string;
}

/** What a server of ours is told of TLS. */
export function secure({ key }: TlsIdentity, cert: string) {
  return { key, cert, minVersion: "TLSv1.2" } as const;
}

/** Listens on 127.0.0.1. @returns the port that was had. @throws UsageError EMULATOR_PORT */
export async function listen(server: Server | TlsServer, wanted: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => reject(portError(wanted, error));
    server.once("error", failed);
    server.listen({ host: "127.0.0.1", port: wanted, backlog: BACKLOG }, () => {
      server.off("error", failed);
      resolve();
    });
  });
  const address = server.address();
  return typeof address === "object" && address ? address.port : wanted;
}

/** What faults may do to the server. A fault counts from when it begins, so that two may overlap. */
export function serverControls(
  server: Server | TlsServer,
  tls: TlsIdentity | null,
  port: number,
  clock: Clock,
  isClosing: () => boolean,
): ServerControls {
  let expired = 0;
  let refusing = 0;
  const listenAgain = (): void => {
    if (refusing > 0 || server.listening || isClosing()) return;
    listen(server, port).catch(() => {
      clock.atCoarse(micros(clock.now() + LISTEN_AGAIN_US), listenAgain);
    });
  };
  return {
    expireCertificate(on) {
      expired += on ? 1 : -1;
      if (!tls?.expiredCert || !(server instanceof TlsServer)) return;
      server.setSecureContext(secure(tls, expired > 0 ? tls.expiredCert : tls.cert));
    },
    refuseConnections(on) {
      refusing += on ? 1 : -1;
      if (refusing === 0) listenAgain();
      else if (server.listening) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

function portError(port: number, cause: NodeJS.ErrnoException): UsageError {
  const inUse = cause.code === "EADDRINUSE";
  return new UsageError(
    "EMULATOR_PORT",
    inUse
      ? `port \`${port}\` is already in use`
      : `the emulator can't listen on port \`${port}\`: ${cause.code ?? cause.message}`,
    { hint: "choose another port, or 0 for any free one", cause },
  );
}
