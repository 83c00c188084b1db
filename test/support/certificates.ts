// The certificate library builds on decorators' metadata, so this import must come first.
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

/** Certificates as servers should and should not have them. */

const DAY_MS = 86_400_000;
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" };

export interface Authority {
  readonly caPem: string;
  readonly certificate: X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

export interface ServerCertificate {
  readonly key: string;
  readonly cert: string;
}

export interface LeafOptions {
  readonly ip?: string;
  readonly dns?: string;
  /** Days from now. */
  readonly from?: number;
  readonly until?: number;
  readonly usage?: "serverAuth" | "clientAuth";
  /** With a critical extension that no client knows, which makes every client refuse it (RFC 5280, section 4.2). */
  readonly unknownExtension?: boolean;
  /** Signs itself instead of being signed. */
  readonly selfSigned?: boolean;
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  return webcrypto.subtle.generateKey(curve, true, ["sign", "verify"]);
}

export async function makeAuthority(name = "test authority"): Promise<Authority> {
  const keys = await makeKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    notBefore: new Date(Date.now() - 100 * DAY_MS),
    notAfter: new Date(Date.now() + 100 * DAY_MS),
    signingAlgorithm: SIGNATURE,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
    ],
  });
  return { caPem: certificate.toString("pem"), certificate, keys };
}

/** A server's certificate for 127.0.0.1, good from yesterday to tomorrow, unless told otherwise. */
export async function makeLeaf(
  authority: Authority,
  {
    ip,
    dns,
    from = -1,
    until = 1,
    usage = "serverAuth",
    unknownExtension,
    selfSigned,
  }: LeafOptions = {},
): Promise<ServerCertificate> {
  const keys = await makeKeys();
  const name =
    dns === undefined
      ? ({ type: "ip", value: ip ?? "127.0.0.1" } as const)
      : ({ type: "dns", value: dns } as const);
  const certificate = await X509CertificateGenerator.create({
    subject: "CN=test server",
    issuer: selfSigned ? "CN=test server" : authority.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: selfSigned ? keys.privateKey : authority.keys.privateKey,
    notBefore: new Date(Date.now() + from * DAY_MS),
    notAfter: new Date(Date.now() + until * DAY_MS),
    signingAlgorithm: SIGNATURE,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage[usage]]),
      new SubjectAlternativeNameExtension([name]),
      ...(unknownExtension
        ? [new Extension("1.3.6.1.4.1.55555.1", true, new Uint8Array([5, 0]))]
        : []),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  return {
    key: `-----BEGIN PRIVATE KEY-----\n${pkcs8.toString("base64")}\n-----END PRIVATE KEY-----\n`,
    cert: certificate.toString("pem"),
  };
}
