// The certificate library builds on decorators' metadata, so this import must come first.
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";

/** PEM throughout. `key` never leaves the process; the certificate authority's own key is forgotten once it has signed. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
  /** The same, but that it ran out an hour ago. */
  readonly expiredCert: string;
  /** The authority that signed `cert`, and will sign nothing else. */
  readonly caPem: string;
}

const EC = { name: "ECDSA", namedCurve: "P-256" };
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" };
/** Longer than any emulator runs. */
const VALID_FOR_MS = 30 * 24 * 3_600_000;
const EXPIRED_FOR_MS = 3_600_000;
/** A wall clock that is set back a little must not make the certificate one of the future. */
const VALID_BEFORE_MS = 3_600_000;

/**
 * A certificate for IP 127.0.0.1 from an authority made for it: who trusts that authority alone has the
 * proof that it speaks to this process.
 * @param nowMs milliseconds since the Unix epoch
 */
export async function makeCertificate(nowMs: number): Promise<Certificate> {
  const validity = {
    notBefore: new Date(nowMs - VALID_BEFORE_MS),
    notAfter: new Date(nowMs + VALID_FOR_MS),
    signingAlgorithm: SIGNATURE,
  };
  const authorityKeys = await webcrypto.subtle.generateKey(EC, false, ["sign", "verify"]);
  const authority = await X509CertificateGenerator.createSelfSigned({
    ...validity,
    name: "CN=klarna-perf emulator authority",
    keys: authorityKeys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      await SubjectKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  });
  const leafKeys = await webcrypto.subtle.generateKey(EC, true, ["sign", "verify"]);
  const leafFields = {
    ...validity,
    subject: "CN=klarna-perf emulator",
    issuer: authority.subject,
    publicKey: leafKeys.publicKey,
    signingKey: authorityKeys.privateKey,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([{ type: "ip", value: "127.0.0.1" }]),
      await SubjectKeyIdentifierExtension.create(leafKeys.publicKey),
      await AuthorityKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  };
  const leaf = await X509CertificateGenerator.create(leafFields);
  const expired = await X509CertificateGenerator.create({
    ...leafFields,
    notBefore: new Date(nowMs - VALID_FOR_MS),
    notAfter: new Date(nowMs - EXPIRED_FOR_MS),
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", leafKeys.privateKey));
  return {
    key: `-----BEGIN PRIVATE KEY-----\n${pkcs8.toString("base64")}\n-----END PRIVATE KEY-----\n`,
    cert: leaf.toString("pem"),
    expiredCert: expired.toString("pem"),
    caPem: authority.toString("pem"),
  };
}
