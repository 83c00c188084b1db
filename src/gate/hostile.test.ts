import type { Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fingerprint } from "../guard/fingerprint.ts";
import { dial, type ListeningGate, listeningGate, say, statusesOf } from "./gate.support.ts";

let gate: ListeningGate;
beforeEach(async () => {
  gate = await listeningGate();
});
afterEach(() => gate.close());

const CREATE = "v2/payment/requests";
const HOST = "Host: 127.0.0.1\r\n";
const JSON_TYPE = "Content-Type: application/json\r\n";
const SECRET = "Zq7Xw3Kp9Rv5Tn2Lm8Jh4Gd6Fs1Yb0UcQe";

/** What a request is to be made of, given the gate's token. */
type Hostile = (token: string) => string | Buffer;

function get(path: string, more = ""): string {
  return `GET ${path} HTTP/1.1\r\n${HOST}${more}\r\n`;
}

function post(token: string, headers: string, body: string): string {
  return `POST /${token}/${CREATE} HTTP/1.1\r\n${HOST}${JSON_TYPE}${headers}\r\n${body}`;
}

/** Everybody without the token, who gets one answer whatever they try. */
const STRANGERS: Readonly<Record<string, Hostile>> = {
  "the root": () => get("/"),
  "no token": () => get("/v2/payment/requests/a"),
  "another token": () => get(`/${"A".repeat(32)}/v2/payment/requests/a`),
  "the first half of the token": (token) => get(`/${token.slice(0, 16)}/v2/payment/requests/a`),
  "the token and some more": (token) => get(`/${token}A/v2/payment/requests/a`),
  "the token without a path": (token) => get(`/${token}`),
  "the token in the query": (token) => get(`/v2/payment/requests/a?${token}`),
  "the token in a header": (token) =>
    get("/v2/payment/requests/a", `Authorization: Bearer ${token}\r\n`),
  "the token percent-encoded": (token) =>
    get(`/%${token.charCodeAt(0).toString(16)}${token.slice(1)}/v2/payment/requests/a`),
  "the token behind a second slash": (token) => get(`//${token}/v2/payment/requests/a`),
  "the token behind a dot": (token) => get(`/./${token}/v2/payment/requests/a`),
  "an absolute form": (token) => get(`http://127.0.0.1/${token}/v2/payment/requests/a`),
  "a foreign host, as of a proxy": () => get("http://203.0.113.1/v2/payment/requests/a"),
  "an expectation": () => get("/v2/payment/requests/a", "Expect: the-unexpected\r\n"),
  "a body that waits to be asked for": () =>
    post("A".repeat(32), "Expect: 100-continue\r\nContent-Length: 2\r\n", "{}"),
  "an asterisk": () => `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`,
};

describe("whoever does not have the token", () => {
  test.each(Object.entries(STRANGERS))("gets a 404 and nothing else: %s", async (_, hostile) => {
    const heard = await say(gate.port, hostile(gate.token));
    expect(heard).toMatch(
      /^HTTP\/1\.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n/,
    );
    expect(heard.split("\r\n\r\n")[1]).toBe("");
    expect([gate.asked, gate.refused]).toEqual([[], []]);
  });
});

/** Requests that two servers might read in two ways, or that are none. */
const MALFORMED: Readonly<Record<string, Hostile>> = {
  "a tunnel": () => `CONNECT 203.0.113.1:443 HTTP/1.1\r\n${HOST}\r\n`,
  "a length and chunks": (token) =>
    post(token, "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nGET /x"),
  "chunks and a length": (token) =>
    post(token, "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\nGET /x"),
  "two lengths": (token) => post(token, "Content-Length: 2\r\nContent-Length: 3\r\n", "{}x"),
  "two lengths in one": (token) => post(token, "Content-Length: 2, 3\r\n", "{}x"),
  "a length with a sign": (token) => post(token, "Content-Length: +2\r\n", "{}"),
  "a negative length": (token) => post(token, "Content-Length: -2\r\n", "{}"),
  "a length in hexadecimal": (token) => post(token, "Content-Length: 0x2\r\n", "{}"),
  "a coding that is none": (token) => post(token, "Transfer-Encoding: xchunked\r\n", "{}"),
  "chunks that are not last": (token) =>
    post(token, "Transfer-Encoding: chunked, gzip\r\n", "2\r\n{}\r\n0\r\n\r\n"),
  "a control in the coding": (token) =>
    post(token, "Transfer-Encoding: \x0bchunked\r\n", "2\r\n{}\r\n0\r\n\r\n"),
  "a chunk size that is none": (token) =>
    post(token, "Transfer-Encoding: chunked\r\n", "zz\r\n{}\r\n0\r\n\r\n"),
  "a chunk longer than it says": (token) =>
    post(token, "Transfer-Encoding: chunked\r\n", "1\r\n{}\r\n0\r\n\r\n"),
  "chunks that never end": (token) => post(token, "Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n"),
  "a body cut short": (token) => post(token, "Content-Length: 20\r\n", "{}"),
  "a head cut short": (token) => `GET /${token}/v2/payment/requests/a HTTP/1.1\r\nHost: 127`,
  "a name with a space before its colon": (token) =>
    get(`/${token}/v2/payment/requests/a`, "Accept : application/json\r\n"),
  "a value over two lines": (token) =>
    get(`/${token}/v2/payment/requests/a`, "Klarna-Test: a\r\n b\r\n"),
  "a NUL in a value": (token) => get(`/${token}/v2/payment/requests/a`, "Klarna-Test: a\0b\r\n"),
  "no host": (token) => `GET /${token}/v2/payment/requests/a HTTP/1.1\r\n\r\n`,
  "no version": (token) => `GET /${token}/v2/payment/requests/a\r\n\r\n`,
  "another protocol": () => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "a TLS handshake": () => Buffer.from("16030100c8010000c40303", "hex"),
  "a space in the path": (token) => get(`/${token}/v2/payment/requests/a b`),
  "a header of 40 KB": (token) =>
    get(`/${token}/v2/payment/requests/a`, `Klarna-Test: ${"a".repeat(40_000)}\r\n`),
  "a thousand headers of 40 bytes": (token) =>
    get(`/${token}/v2/payment/requests/a`, `Klarna-Test: ${"a".repeat(25)}\r\n`.repeat(1000)),
};

describe("a request that is none, or two", () => {
  test.each(Object.entries(MALFORMED))("is not passed on: %s", async (_, hostile) => {
    const heard = await say(gate.port, hostile(gate.token));
    expect(statusesOf(heard).filter((status) => status < 400)).toEqual([]);
    expect(gate.asked).toEqual([]);
    await stillThere();
  });
});

/** Well-formed, from whoever has the token, and asking for what there is not. */
const REFUSED: Readonly<Record<string, readonly [code: string, hostile: Hostile]>> = {
  "a path that climbs": [
    "GATE_OPERATION_UNKNOWN",
    (token) => get(`/${token}/v2/payment/../payment/requests/a`),
  ],
  "a path that climbs by its id": [
    "GUARD_REQUEST_PATH",
    (token) => get(`/${token}/v2/payment/requests/..`),
  ],
  "dots percent-encoded": [
    "GUARD_REQUEST_PATH",
    (token) => get(`/${token}/v2/payment/requests/%2e%2e`),
  ],
  "dots encoded twice": [
    "GUARD_REQUEST_PATH",
    (token) => get(`/${token}/v2/payment/requests/%252e%252e`),
  ],
  "a slash within an id": [
    "GUARD_REQUEST_PATH",
    (token) => get(`/${token}/v2/payment/requests/a%2fb`),
  ],
  "a backslash within an id": [
    "GUARD_REQUEST_PATH",
    (token) => get(`/${token}/v2/payment/requests/a%5cb`),
  ],
  "a NUL within an id": ["GUARD_REQUEST_PATH", (token) => get(`/${token}/v2/payment/requests/%00`)],
  "a line break within an id": [
    "GUARD_REQUEST_PATH",
    (token) => get(`/${token}/v2/payment/requests/a%0d%0aHost:x`),
  ],
  "no UTF-8": ["GATE_PATH", (token) => get(`/${token}/v2/payment/requests/%ff`)],
  "a fragment": ["GATE_PATH", (token) => get(`/${token}/v2/payment/requests/a#b`)],
  "two slashes": ["GATE_OPERATION_UNKNOWN", (token) => get(`/${token}//v2/payment/requests/a`)],
  "a slash at the end": [
    "GATE_OPERATION_UNKNOWN",
    (token) => get(`/${token}/v2/payment/requests/a/`),
  ],
  "capital letters": ["GATE_OPERATION_UNKNOWN", (token) => get(`/${token}/V2/payment/requests/a`)],
  "another path": ["GATE_OPERATION_UNKNOWN", (token) => get(`/${token}/v2/payouts`)],
  "another method": [
    "GATE_OPERATION_UNKNOWN",
    (token) => `PUT /${token}/${CREATE} HTTP/1.1\r\n${HOST}Content-Length: 2\r\n\r\n{}`,
  ],
  "a method that asks for the head alone": [
    "GATE_OPERATION_UNKNOWN",
    (token) => `HEAD /${token}/v2/payment/requests/a HTTP/1.1\r\n${HOST}\r\n`,
  ],
  "a trace": [
    "GATE_OPERATION_UNKNOWN",
    (token) => `TRACE /${token}/v2/payment/requests/a HTTP/1.1\r\n${HOST}\r\n`,
  ],
  "a query that is none": [
    "GUARD_REQUEST_QUERY",
    (token) => get(`/${token}/v2/payment/requests/a?Redirect-To=x`),
  ],
  "a GET with a body": [
    "GATE_BODY",
    (token) => get(`/${token}/v2/payment/requests/a`, "Content-Length: 2\r\n").concat("{}"),
  ],
  "a key that stands twice": [
    "GATE_HEADER_TWICE",
    (token) =>
      post(
        token,
        "Klarna-Idempotency-Key: a\r\nKlarna-Idempotency-Key: b\r\nContent-Length: 2\r\n",
        "{}",
      ),
  ],
  "a header that is not ASCII": [
    "GUARD_REQUEST_HEADER",
    (token) => post(token, "Klarna-Test: \xe9\r\nContent-Length: 2\r\n", "{}"),
  ],
  "a header of 7 KB": [
    "GUARD_REQUEST_HEADER",
    (token) => post(token, `Klarna-Test: ${"a".repeat(7000)}\r\nContent-Length: 2\r\n`, "{}"),
  ],
  "headers that fit, but not beside the guard's own": [
    "GUARD_REQUEST_HEADER",
    (token) => {
      const long = (name: string, bytes: number) => `Klarna-${name}: ${"a".repeat(bytes)}\r\n`;
      const headers = long("A", 6130) + long("B", 6130) + long("C", 6130) + long("D", 2000);
      return post(token, `${headers}Content-Length: 2\r\n`, "{}");
    },
  ],
  "an expectation": [
    "GATE_EXPECTATION",
    (token) => get(`/${token}/v2/payment/requests/a`, "Expect: the-unexpected\r\n"),
  ],
  "a compressed body": [
    "GATE_BODY_ENCODED",
    (token) => post(token, "Content-Encoding: gzip\r\nContent-Length: 2\r\n", "{}"),
  ],
  "a body that is not UTF-8": [
    "GATE_BODY",
    (token) => Buffer.from(post(token, "Content-Length: 1\r\n", "\xff"), "latin1"),
  ],
  "a body of more than 1 MB": [
    "GUARD_REQUEST_BODY",
    (token) => post(token, "Content-Length: 1048577\r\n", "a".repeat(1_048_577)),
  ],
  "a body of more than 1 MB in chunks": [
    "GUARD_REQUEST_BODY",
    (token) =>
      post(
        token,
        "Transfer-Encoding: chunked\r\n",
        `${`10000\r\n${"a".repeat(65_536)}\r\n`.repeat(17)}0\r\n\r\n`,
      ),
  ],
  "a live account in the path": [
    "GUARD_LIVE_MARKER",
    (token) =>
      get(`/${token}/v2/accounts/krn:partner:global:account:live:ABCDEFGH/payment/requests/a`),
  ],
  "a live host in a body": [
    "GUARD_LIVE_MARKER",
    (token) => post(token, "Content-Length: 37\r\n", '{"a":"https://api-global.klarna.com"}'),
  ],
  "a live key in a body": [
    "GUARD_LIVE_MARKER",
    (token) => post(token, "Content-Length: 41\r\n", `{"a":"klarna_live_api_${"a".repeat(17)}"}`),
  ],
  "a live host in a header that is not passed on": [
    "GUARD_LIVE_MARKER",
    (token) => get(`/${token}/v2/payment/requests/a`, "Origin: https://api.klarna.com\r\n"),
  ],
  "a live key as a name in the query": [
    "GUARD_LIVE_MARKER",
    (token) => get(`/${token}/v2/payment/requests/a?klarna_live_api_abcdefghijklmnop=1`),
  ],
  "a live account at a path of nobody's": [
    "GUARD_LIVE_MARKER",
    (token) => get(`/${token}/v2/accounts/krn:partner:global:account:live:ABCDEFGH/payouts`),
  ],
  "a live account, percent-encoded, at a path that can't be read": [
    "GUARD_LIVE_MARKER",
    (token) => get(`/${token}/v2/%ff/krn%3Apartner%3Aglobal%3Aaccount%3Alive%3AABCDEFGH`),
  ],
  "a live key in base64 in a header that is passed on": [
    "GUARD_LIVE_MARKER",
    (token) => {
      const inside = Buffer.from(`:klarna_live_api_${SECRET}`).toString("base64");
      return get(`/${token}/v2/payment/requests/a`, `Klarna-Auth: Basic ${inside}\r\n`);
    },
  ],
  "a live key in base64 in the query": [
    "GUARD_LIVE_MARKER",
    (token) => {
      const inside = Buffer.from(`K123:klarna_live_api_${SECRET}`).toString("base64url");
      return get(`/${token}/v2/payment/requests/a?locale=${inside}`);
    },
  ],
  "a live key in base64, in base64, in a body": [
    "GUARD_LIVE_MARKER",
    (token) => {
      const once = Buffer.from(`K1:klarna_live_api_${SECRET}`).toString("base64");
      const body = JSON.stringify({ note: `x ${Buffer.from(`Basic ${once}`).toString("base64")}` });
      return post(token, `Content-Length: ${body.length}\r\n`, body);
    },
  ],
  "a live key as it is": [
    "GUARD_KEY_LIVE",
    (token) =>
      get(`/${token}/v2/payment/requests/a`, `Authorization: klarna_live_api_${SECRET}\r\n`),
  ],
  "a live key in base64, behind a user's name": [
    "GUARD_KEY_LIVE",
    (token) => {
      const inside = Buffer.from(`K123:klarna_live_api_${SECRET}`).toString("base64");
      return get(`/${token}/v2/payment/requests/a`, `Authorization: Basic ${inside}\r\n`);
    },
  ],
};

describe("a request for what there is not", () => {
  test.each(Object.entries(REFUSED))(
    "is told so, and is not passed on: %s",
    async (_, [code, hostile]) => {
      const heard = await say(gate.port, hostile(gate.token));
      expect(gate.asked).toEqual([]);
      expect(gate.refused.map(({ problem }) => problem.code)).toEqual([code]);
      const [status, ...more] = statusesOf(heard);
      expect([status, more]).toEqual([gate.refused[0]?.problem.status, []]);
      expect(heard).toMatch(
        new RegExp(`^klarna-perf-gate: ${gate.refused[0]?.problem.mark}\\r$`, "m"),
      );
      expect(heard.includes(SECRET)).toBe(false);
      await stillThere();
    },
  );

  test("a live key is told by its fingerprint, marked as live, and shown to nobody", async () => {
    const key = `klarna_live_api_${SECRET}`;
    const raw = `Basic ${Buffer.from(`K123:${key}`).toString("base64")}`;
    const heard = await say(
      gate.port,
      get(`/${gate.token}/v2/payment/requests/a`, `Authorization: ${raw}\r\n`),
    );
    const [told] = gate.refused;
    // The key's own, in whatever wrapping it came.
    expect(told?.liveKey?.fingerprint).toBe(fingerprint(key));
    expect(told?.problem.text).toContain(told?.liveKey?.fingerprint);
    expect(heard).toMatch(/^klarna-perf-gate: live\r$/m);
    expect(heard).toMatch(/^HTTP\/1\.1 403 /);
  });
});

describe("many connections", () => {
  test("that say nothing do not shut an application out, and are let go", async () => {
    const idle: Socket[] = [];
    let gone = 0;
    for (let i = 0; i < 400; i++) {
      const socket = await dial(gate.port);
      socket
        .on("error", () => {})
        .once("close", () => gone++)
        .resume()
        .once("end", () => socket.end());
      idle.push(socket);
    }
    await stillThere();
    // 256 may stay, and the one that was just answered had been one of them.
    while (gone < 400 - 256) await new Promise((resolve) => setImmediate(resolve));
    for (const socket of idle) socket.destroy();
  });

  test("that have shown the token stay when strangers come", async () => {
    const known = await dial(gate.port);
    known.write(get(`/${gate.token}/v2/payment/requests/a`));
    await new Promise((resolve) => known.once("data", resolve));
    const idle = await Promise.all(Array.from({ length: 300 }, () => dial(gate.port)));
    for (const socket of idle) socket.on("error", () => {});
    known.write(get(`/${gate.token}/v2/payment/requests/b`));
    const heard = await new Promise<Buffer>((resolve) => known.once("data", resolve));
    expect(heard.toString("latin1")).toMatch(/^HTTP\/1\.1 200 /);
    for (const socket of [...idle, known]) socket.destroy();
  });
});

/** Whatever was said to it, it goes on as before. */
async function stillThere(): Promise<void> {
  const before = gate.asked.length;
  const heard = await say(gate.port, get(`/${gate.token}/v2/payment/requests/a`));
  expect(statusesOf(heard)).toEqual([200]);
  expect(gate.asked.length).toBe(before + 1);
}
