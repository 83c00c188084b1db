import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import type { ClientCertificateFiles } from "../../src/guard/client-certificate.ts";
import type { KeySources } from "../../src/guard/key-source.ts";
import { renderTerminal } from "../../src/report/terminal.ts";
import {
  bytesBelow,
  expectNoTrace,
  KEY,
  LIVE_KEY,
  SECRET,
  traces,
  WRAPPINGS,
} from "../support/canary.ts";
import { makeAuthority, makeLeaf } from "../support/certificates.ts";
import { answerOf } from "../support/https-script.ts";
import { type Answering, KlarnaWorld } from "../support/klarna-world.ts";
import { startTls } from "../support/loopback.ts";

/**
 * A server in Klarna's place that was sent the key, as every server is, and hands it back in all that it says. The key
 * and whatever else it says stay out of all that the run leaves behind.
 */

const ID = "krn:payment:eu1:request:0f0c9e0e-0001-7000-8000-000000000001";
/** What a server can make of the header that it got. */
const ECHOES = [KEY, KEY.toUpperCase(), WRAPPINGS.Basic?.(KEY) ?? "", LIVE_KEY].join(" ");

/** Every header that a client of Klarna's may look at, and a few more. */
const HEADERS = [
  "klarna-correlation-id",
  "klarna-ip-validation-status",
  "klarna-idempotency-key",
  "x-ratelimit-limit",
  "x-ratelimit-remaining",
  "x-ratelimit-reset",
  "retry-after",
  "location",
  "www-authenticate",
  "set-cookie",
  "warning",
  "server",
  "via",
  "x-request-id",
  "content-language",
  KEY,
];

/** Klarna's error objects, both forms at once, and the fields of a good answer, each with the text. */
function body(text: string): Readonly<Record<string, unknown>> {
  return {
    error_id: text,
    error_type: text,
    error_code: text,
    error_message: text,
    doc_url: text,
    correlation_id: text,
    error_messages: [text, `BAD_VALUE : ${text}`],
    validation_errors: [{ parameter: text, reason: text }],
    errors: [{ parameter: text, error_message: text }],
    payment_request_id: text,
    state: text,
    [text]: { [text]: [text] },
  };
}

function echo(
  status: number,
  text: string,
  fields: Readonly<Record<string, unknown>> = {},
): string {
  const headers = HEADERS.map((name) => `${name}: ${text}\r\n`).join("");
  const policies = `x-ratelimit-limit: 5, 5;w=1;name="${text}"\r\n`;
  const content = JSON.stringify({ ...body(text), ...fields });
  return answerOf(
    status,
    content,
    `content-type: application/json; profile="${text}"\r\n${headers}${policies}`,
  ).replace(/^HTTP\/1\.1 (\d+) X/, `HTTP/1.1 $1 ${text}`);
}

interface Saying {
  readonly what: string;
  readonly answering: Answering;
  /** Of the stop that it leads to. */
  readonly stop?: string;
}

const raw = (text: string) => (): string => text;
const SAYINGS: readonly Saying[] = [
  {
    what: "in a good answer",
    answering: ({ head }) =>
      echo(head.startsWith("POST") ? 201 : 200, ECHOES, { payment_request_id: ID }),
  },
  {
    what: "as the id that the next step puts into its path",
    answering: ({ head }) =>
      echo(head.startsWith("POST") ? 201 : 200, ECHOES, { payment_request_id: KEY }),
  },
  {
    what: "as an id that shows a sign of live",
    answering: () => echo(201, ECHOES, { payment_request_id: LIVE_KEY }),
    stop: "STOP_REFUSED",
  },
  ...[400, 404, 409, 413, 422, 500, 503].map((status) => ({
    what: `in an answer of ${status}`,
    answering: () => echo(status, ECHOES),
  })),
  {
    what: "as an error's code",
    answering: () => echo(400, ECHOES, { error_code: KEY, error_id: KEY }),
  },
  {
    what: "as an error's code, in capitals as codes are",
    answering: () =>
      echo(400, ECHOES, { error_code: KEY.toUpperCase(), error_type: "INPUT_ERROR" }),
  },
  { what: "in an answer of 401", answering: () => echo(401, ECHOES), stop: "STOP_UNAUTHORIZED" },
  {
    what: "in an answer of 403",
    answering: () => echo(403, ECHOES),
    stop: "STOP_PROTECTION_RULE",
  },
  {
    what: "in an answer of 403 with a code",
    answering: () => echo(403, ECHOES, { error_code: "OPERATION_FORBIDDEN" }),
  },
  { what: "in an answer of 429", answering: () => echo(429, ECHOES), stop: "STOP_THROTTLED" },
  { what: "in a redirect", answering: () => echo(302, ECHOES), stop: "STOP_REDIRECT" },
  {
    what: "in a page",
    answering: raw(answerOf(200, `<html>${ECHOES}</html>`, "content-type: text/html\r\n")),
  },
  { what: "in JSON that is cut short", answering: raw(answerOf(201, `{"${KEY}": "${KEY}`)) },
  { what: "in what is not HTTP", answering: raw(`${ECHOES}\r\n\r\n`) },
  {
    what: "in an answer whose length is not its length",
    answering: raw(`HTTP/1.1 200 OK\r\ncontent-length: ${KEY}\r\n\r\n${ECHOES}`),
  },
  {
    what: "after a good answer, where nobody asked",
    answering: () => echo(201, ECHOES, { payment_request_id: ID }) + echo(200, ECHOES),
  },
];

const fromVariable = (): KeySources => ({ env: { KLARNA_API_KEY: KEY } });

/** A run of which the server got something: where the machine stood still just then, its one arrival was dropped. */
async function runIn(
  world: KlarnaWorld,
  keys: () => KeySources = fromVariable,
  clientCertificate?: ClientCertificateFiles,
) {
  for (let left = 2; ; left--) {
    const run = await world.clearedRun({
      keys: keys(),
      ...(clientCertificate === undefined ? {} : { clientCertificate }),
    });
    const result = await run.execute();
    if (world.server.requests.length > 0 || left === 0) return { run, ...result };
  }
}

describe.concurrent("a key that the server hands back", () => {
  test.for(SAYINGS)(
    "$what: in no file, no name, no line and no error",
    async ({ answering, stop }, { onTestFinished }) => {
      const world = await KlarnaWorld.start();
      onTestFinished(() => world.close());
      world.answering = answering;
      const { run, report, dir, exitCode } = await runIn(world);
      if (stop !== undefined) expect(report.stopReason?.code).toBe(stop);
      // The server did get it: else there would be nothing to look for.
      const [first] = world.server.requests;
      expect(first?.head).toContain(btoa(`:${KEY}`));
      expect(bytesBelow(dir).has("report.html")).toBe(true);
      expectNoTrace(
        SECRET,
        new Map<string, Buffer | string>([
          ...bytesBelow(world.folder),
          ["the terminal", renderTerminal(report, { color: true, width: 100 })],
          ["the result", JSON.stringify({ report, exitCode })],
          ["the run, looked into", inspect(run, { depth: 12, showHidden: true })],
        ]),
      );
    },
  );

  test("as the name in its certificate: the run ends, and the name is not repeated", async ({
    onTestFinished,
  }) => {
    const world = await KlarnaWorld.start();
    onTestFinished(() => world.close());
    const name = `${KEY}.evil.example`;
    const trusted = await makeAuthority(name);
    const other = await startTls(await makeLeaf(trusted, { dns: name }));
    onTestFinished(() => other.close());
    Object.assign(world.seams, {
      connect: () => connect({ host: "127.0.0.1", port: other.port }),
      roots: [trusted.caPem],
    });
    const { report } = await world.run({ keys: fromVariable() });
    expect(report.stopReason?.code).toBe("STOP_CERTIFICATE");
    expect(report.stopReason?.text).toContain("‹credential›");
    expect(other.received).toBe("");
    expectNoTrace(SECRET, bytesBelow(world.folder));
  });

  test("is not in the report of a file's key either, nor its file's in a warning", async ({
    onTestFinished,
  }) => {
    const world = await KlarnaWorld.start();
    onTestFinished(() => world.close());
    const file = join(world.folder, "the-key");
    writeFileSync(file, `${WRAPPINGS.base64?.(KEY)}\n`, { mode: 0o600 });
    await runIn(world, () => ({ env: {}, file }));
    expect(world.server.requests[0]?.head).toContain(btoa(`:${KEY}`));
    const written = bytesBelow(world.folder);
    written.delete("the-key");
    expectNoTrace(SECRET, written);
  });

  test("nor is the private key of a client certificate, which no server gets, in anything", async ({
    onTestFinished,
  }) => {
    const world = await KlarnaWorld.start({ requiresClientCertificate: "TLSv1.2" });
    onTestFinished(() => world.close());
    const clientCertificate = await world.clientCertificate();
    const pem = readFileSync(clientCertificate.key, "utf8");
    const secret = pem.replace(/-----[^-]+-----|\s/g, "").slice(40, 100);
    const { run } = await runIn(world, fromVariable, clientCertificate);
    expect(world.server.requests.length).toBeGreaterThan(0);
    const written = new Map<string, Buffer | string>([
      ...bytesBelow(world.folder),
      ["the run, looked into", inspect(run, { depth: 12, showHidden: true })],
    ]);
    expect(traces(secret, written)).toEqual(["client.key: as it is"]);
  });
});
