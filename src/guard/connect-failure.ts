import type { PeerCertificate } from "node:tls";
import { codeOf } from "../base/errors.ts";
import { visible } from "./foreign-text.ts";

/** How connecting failed, as the door tells. */
export type ConnectFailure =
  | "certificate"
  | "client-certificate"
  | "refused"
  | "unreachable"
  | "reset"
  | "timeout"
  | "name"
  | "address";

/** Failures that say who is there, or that we are not let in: trying again would meet the same. */
export function isFinal(failure: ConnectFailure): boolean {
  return failure === "certificate" || failure === "client-certificate";
}

/** Whatever is not here is a reset. */
const BY_CODE: ReadonlyMap<string, ConnectFailure> = new Map([
  ["ECONNREFUSED", "refused"],
  ["ETIMEDOUT", "timeout"],
  ["EHOSTUNREACH", "unreachable"],
  ["ENETUNREACH", "unreachable"],
]);

/** Errors of OpenSSL's verification and of Node's name check: the peer is not who it must be. */
const CERTIFICATE =
  /^(?:CERT_|ERR_TLS_CERT|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|INVALID_(?:CA|PURPOSE)|HOSTNAME_MISMATCH|PATH_LENGTH)|^ERR_(?:SSL|OSSL)/;

/**
 * TLS alerts (RFC 8446, section 6.2) that a server sends about the certificate of its caller, by OpenSSL's names. A
 * missing one is a failure of the handshake in TLS 1.2. With TLS 1.3 they come when the handshake is over for us: in
 * the first answer's place.
 */
const CLIENT_CERTIFICATE =
  /_ALERT_(?:HANDSHAKE_FAILURE|NO_CERTIFICATE|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_(?:REVOKED|EXPIRED|UNKNOWN|REQUIRED)|UNKNOWN_CA|ACCESS_DENIED)$/;

/** What a server that misses a certificate says in TLS 1.2, and what one says that shares no version or cipher with its caller. */
const HANDSHAKE_FAILURE = /_ALERT_HANDSHAKE_FAILURE$/;

export function classify(error: unknown): ConnectFailure {
  const code = codeOf(error) ?? "";
  if (CLIENT_CERTIFICATE.test(code)) return "client-certificate";
  if (CERTIFICATE.test(code)) return "certificate";
  return BY_CODE.get(code) ?? "reset";
}

/** What went wrong, in words fit to be shown. */
export function describeFailure(
  failure: ConnectFailure,
  error: unknown,
  certificate?: PeerCertificate,
): string {
  const why = visible(messageOf(error));
  if (HANDSHAKE_FAILURE.test(codeOf(error) ?? "")) {
    return `${why}: it misses a client certificate, or it takes no TLS version or cipher that is safe`;
  }
  if (failure !== "certificate") return why;
  if (certificate) {
    return `its certificate, issued by \`${issuerOf(certificate)}\`, was not accepted: ${why}`;
  }
  return `the TLS handshake failed: ${why}`;
}

/** An intercepting proxy can be told by its issuer, whose name an administrator knows: common name and organization. */
function issuerOf({ issuer }: PeerCertificate): string {
  // Each of them may be missing or there several times, whatever its type says.
  const names: readonly unknown[] = [issuer?.CN, issuer?.O].flat();
  return visible(names.filter((name) => typeof name === "string").join(", "));
}

/** OpenSSL's own messages name a thread and a source file of Node's; the reason alone tells what went wrong. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "reason" in error && typeof error.reason === "string" ? error.reason : error.message;
}
