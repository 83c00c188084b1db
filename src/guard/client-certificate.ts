import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { codeOf, UsageError } from "../base/errors.ts";
import { visible } from "./foreign-text.ts";
import { readSecretFile } from "./secret-file.ts";

// Never exported: what this module mints, nothing else can make.
const mint = Symbol("guard mint");

/**
 * A certificate, with its chain and private key, that an account requires of its callers (mutual TLS). Printing it,
 * turning it to JSON or inspecting it shows the certificate's fingerprint.
 */
export class ClientCertificate {
  readonly #certPem: string;
  readonly #keyPem: string;
  /** Of the certificate, SHA-256 in hexadecimal with colons. */
  readonly fingerprint: string;

  constructor(token: typeof mint, certPem: string, keyPem: string) {
    if (token !== mint) throw new TypeError("client certificates come from readClientCertificate");
    this.#certPem = certPem;
    this.#keyPem = keyPem;
    this.fingerprint = new X509Certificate(certPem).fingerprint256;
    Object.freeze(this);
  }

  /** For the door's TLS context, and nothing else. */
  forContext(): { readonly cert: string; readonly key: string } {
    return { cert: this.#certPem, key: this.#keyPem };
  }

  toString(): string {
    return `client certificate ${this.fingerprint}`;
  }
  toJSON(): string {
    return this.toString();
  }
  [inspect.custom](): string {
    return this.toString();
  }
}

/** Two PEM files, given together. */
export interface ClientCertificateFiles {
  /** `--client-cert`: the certificate, and after it those between it and its root. */
  readonly cert: string;
  /** `--client-key`: its private key, without a passphrase; readable by this user alone. */
  readonly key: string;
}

/**
 * @param nowMs civil time, milliseconds since the Unix epoch
 * @throws UsageError `CLIENT_CERTIFICATE_…` for files that can't be read, do not fit together or have expired; Refusal
 *   `GUARD_KEY_FILE_OPEN` for a private key that others can read. No message holds any part of the key
 */
export function readClientCertificate(
  files: ClientCertificateFiles,
  nowMs: number,
): { readonly certificate: ClientCertificate; readonly warning: string | undefined } {
  const certPem = readCertificate(files.cert);
  const { text: keyPem, warning } = readSecretFile(files.key, "--client-key");
  const place = { file: visible(files.cert) };
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(certPem);
  } catch {
    throw unusable("the certificate is not PEM", files.cert);
  }
  let fits: boolean;
  try {
    fits = certificate.checkPrivateKey(createPrivateKey(keyPem));
  } catch {
    throw unusable("the private key is not PEM, or has a passphrase", files.key);
  }
  if (!fits) throw unusable("the private key belongs to another certificate", files.key);
  const from = Date.parse(certificate.validFrom);
  const until = Date.parse(certificate.validTo);
  if (!(nowMs >= from && nowMs < until)) {
    throw new UsageError(
      "CLIENT_CERTIFICATE_EXPIRED",
      `the client certificate is valid from ${certificate.validFrom} to ${certificate.validTo}`,
      { place, hint: "make a new one in Klarna's test portal" },
    );
  }
  return { certificate: new ClientCertificate(mint, certPem, keyPem), warning };
}

function readCertificate(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw unusable(`the certificate can't be read: ${codeOf(cause)}`, path);
  }
}

function unusable(why: string, path: string): UsageError {
  return new UsageError("CLIENT_CERTIFICATE_UNUSABLE", why, {
    place: { file: visible(path) },
    hint: "give a certificate with --client-cert and its private key with --client-key, both in PEM",
  });
}
