import type { PeerCertificate } from "node:tls";
import { describe, expect, it } from "vitest";
import { type ConnectFailure, classify, describeFailure, isFinal } from "./connect-failure.ts";

const coded = (code: unknown) => Object.assign(new Error("why"), { code });

describe("how connecting failed", () => {
  it.each<[ConnectFailure, readonly string[]]>([
    // What Node's documentation lists under X509 certificate errors, and its own name check.
    [
      "certificate",
      [
        "UNABLE_TO_GET_ISSUER_CERT",
        "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
        "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
        "CERT_SIGNATURE_FAILURE",
        "CERT_NOT_YET_VALID",
        "CERT_HAS_EXPIRED",
        "CERT_CHAIN_TOO_LONG",
        "CERT_REVOKED",
        "CERT_UNTRUSTED",
        "CERT_REJECTED",
        "DEPTH_ZERO_SELF_SIGNED_CERT",
        "SELF_SIGNED_CERT_IN_CHAIN",
        "INVALID_CA",
        "INVALID_PURPOSE",
        "PATH_LENGTH_EXCEEDED",
        "HOSTNAME_MISMATCH",
        "ERR_TLS_CERT_ALTNAME_INVALID",
        "ERR_SSL_UNSUPPORTED_PROTOCOL",
        "ERR_SSL_WRONG_VERSION_NUMBER",
        "ERR_OSSL_EVP_UNSUPPORTED",
        "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA_LIST",
      ],
    ],
    // The alerts of RFC 8446, section 6.2, that speak of the caller's certificate.
    [
      "client-certificate",
      [
        "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE",
        "ERR_SSL_SSLV3_ALERT_NO_CERTIFICATE",
        "ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE",
        "ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
        "ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED",
        "ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED",
        "ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN",
        "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
        "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
        "ERR_SSL_TLSV1_ALERT_ACCESS_DENIED",
      ],
    ],
    ["refused", ["ECONNREFUSED"]],
    [
      "reset",
      ["ECONNRESET", "EPIPE", "EPROTO", "", "X_CERT_HAS_EXPIRED", "X_ERR_SSL_BAD", "constructor"],
    ],
    ["timeout", ["ETIMEDOUT"]],
    ["unreachable", ["EHOSTUNREACH", "ENETUNREACH"]],
  ])("is told by its code: %s", (failure, codes) => {
    for (const code of codes) expect(classify(coded(code)), code).toBe(failure);
  });

  it.each([
    [new Error("closed")],
    [coded(5)],
    ["ECONNREFUSED"],
    [{ code: "ECONNREFUSED" }],
    [undefined],
  ])("is a reset where nothing tells: %o", (error) => {
    expect(classify(error)).toBe("reset");
  });

  it("is final when it says who is there, or that we are not let in", () => {
    const all: readonly ConnectFailure[] = [
      "certificate",
      "client-certificate",
      "refused",
      "unreachable",
      "reset",
      "timeout",
      "name",
      "address",
    ];
    expect(all.filter(isFinal)).toEqual(["certificate", "client-certificate"]);
  });
});

describe("what went wrong, in words", () => {
  const issued = (issuer: unknown) => ({ issuer }) as PeerCertificate;

  it.each<[string, unknown, string]>([
    ["an error's message", new Error("no connection within 10 s"), "no connection within 10 s"],
    [
      "OpenSSL's reason, without thread and source file",
      Object.assign(new Error("00:error:0A:SSL routines:f:x:../deps/a.c:1:"), {
        reason: "wrong version",
      }),
      "wrong version",
    ],
    ["a reason that is no text", Object.assign(new Error("why"), { reason: 5 }), "why"],
    ["what was thrown and is no error", "gone", "gone"],
    ["what can't be seen, written out", new Error("a\u202eb"), "a‹U+202E›b"],
  ])("is %s", (_, error, words) => {
    expect(describeFailure("reset", error)).toBe(words);
    expect(describeFailure("certificate", error)).toBe(`the TLS handshake failed: ${words}`);
  });

  it.each<[string, unknown, string]>([
    ["name and organization", { CN: "Proxy CA", O: "Example" }, "Proxy CA, Example"],
    ["name alone", { CN: "Proxy CA" }, "Proxy CA"],
    ["several of one", { CN: ["A", "B"], O: "Example" }, "A, B, Example"],
    ["what can't be seen, written out", { CN: "A\u0000" }, "A‹U+0000›"],
    ["nothing", {}, ""],
    ["nothing at all", undefined, ""],
  ])("names who issued a certificate that was not accepted: %s", (_, issuer, named) => {
    expect(describeFailure("certificate", new Error("self-signed"), issued(issuer))).toBe(
      `its certificate, issued by \`${named}\`, was not accepted: self-signed`,
    );
  });

  it("tells both causes of an alert that has two, and nothing more of any other", () => {
    const alert = (name: string) =>
      describeFailure("client-certificate", coded(`ERR_SSL_SSLV3_ALERT_${name}`));
    expect(alert("HANDSHAKE_FAILURE")).toBe(
      "why: it misses a client certificate, or it takes no TLS version or cipher that is safe",
    );
    expect(alert("CERTIFICATE_EXPIRED")).toBe("why");
    expect(alert("HANDSHAKE_FAILURE_X")).toBe("why");
  });

  it("names no issuer where the certificate was not the trouble", () => {
    expect(describeFailure("reset", new Error("gone"), issued({ CN: "A" }))).toBe("gone");
  });
});
