import type { Socket } from "node:net";
import type { PeerCertificate } from "node:tls";
import { type Micros, seconds } from "../base/units.ts";
import { type ConnectFailure, describeFailure } from "./connect-failure.ts";

/** Opening a socket and finishing its TLS handshake may take this long in all. */
export const OPEN_TIMEOUT_US = seconds(10);
export const TOO_LATE = `no connection within ${OPEN_TIMEOUT_US / 1e6} s`;

/** A connection whose peer has proved to be the target, by TLS; a bench's plain HTTP proves nothing. */
export interface OpenSocket {
  /** What is written to and read from: TLS over `raw`, or `raw` itself for plain HTTP. */
  readonly stream: Socket;
  /** Beneath it: destroying this one drops what the kernel has not sent yet. */
  readonly raw: Socket;
  readonly address: string;
  /** Only of the connection that had the name resolved: the others of a run use its answer. */
  readonly dnsUs?: Micros;
  readonly connectUs: Micros;
  readonly tlsUs?: Micros;
}

export type OpenResult = { readonly kind: "open"; readonly socket: OpenSocket } | FailedOpening;

export interface FailedOpening {
  readonly kind: "failed";
  readonly failure: ConnectFailure;
  /** Fit to be shown. */
  readonly detail: string;
}

/** What an opening that was given up came to; no failure of the network's, and not counted as one. */
export const ABORTED: FailedOpening = { kind: "failed", failure: "reset", detail: "given up" };

export function failedOpening(
  failure: ConnectFailure,
  error: unknown,
  certificate?: PeerCertificate,
): FailedOpening {
  return { kind: "failed", failure, detail: describeFailure(failure, error, certificate) };
}
