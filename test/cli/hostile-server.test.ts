import { writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import { makeCertificate } from "../../src/emulator/certificate.ts";
import type { Report } from "../../src/report/schema.ts";
import { cli, type Ended, filesBelow, loadProfile, readReport, workspace } from "../support/cli.ts";
import { type HostileServer, type Hostility, hostileServer } from "../support/hostile-server.ts";

interface Outcome {
  readonly ended: Ended;
  readonly server: HostileServer;
  readonly report: Report;
  /** Everything that the run wrote: each file of the working and the state directory, and both streams. */
  readonly written: ReadonlyMap<string, string>;
}

/** The user's own, which no run on an emulator reads. */
const USERS_KEY = "klarna_test_api_dXNlcnMtb3duLWNhbmFyeQ";

/** Twenty requests a second for 4 s, unless it is stopped, against a server that misbehaves. */
async function runAgainst(
  hostility: Hostility,
  onTestFinished: (clean: () => void) => void,
): Promise<Outcome> {
  const at = workspace();
  const server = await hostileServer(at.state, hostility);
  onTestFinished(() => {
    server.close();
    at.remove();
  });
  writeFileSync(at.path("load.yaml"), loadProfile({ lasts: "4s", requestTimeout: "500ms" }));
  const args = ["run", "load.yaml", "--out", "out", "--emulator-url", server.url];
  const env = { KLARNA_API_KEY: USERS_KEY };
  const ended = await cli(at, [...args, "--json"], { env });
  const written = new Map([
    ...filesBelow(at.cwd),
    ...filesBelow(at.state),
    ["standard output", ended.stdout],
    ["standard error", ended.stderr],
  ]);
  return { ended, server, report: readReport(at.path("out")), written };
}

const json = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
};
const KLARNA_ERROR = { error_id: "e-1", error_code: "FORBIDDEN", error_message: "no" };

interface Stop {
  readonly what: string;
  readonly hostility: Hostility;
  readonly code: string;
  readonly says: string;
  readonly advises: string;
  /** At most so many requests reached the server. */
  readonly requests: number;
}

const AT_ONCE: readonly Stop[] = [
  {
    what: "answers 401",
    hostility: { answer: (_, response) => json(response, 401, KLARNA_ERROR) },
    code: "STOP_UNAUTHORIZED",
    says: "an answer of 401: the key was not accepted",
    advises: "check that the key belongs to this environment and account",
    requests: 2,
  },
  {
    what: "answers 403 with a page",
    hostility: {
      answer: (_, response) => response.writeHead(403).end("<html>Request blocked</html>"),
    },
    code: "STOP_PROTECTION_RULE",
    says: "an answer of 403 without an error object: a protection rule has tripped",
    advises: "send nothing for an hour",
    requests: 2,
  },
  {
    what: "answers 403 with JSON that is no error object",
    hostility: { answer: (_, response) => json(response, 403, { message: "Forbidden" }) },
    code: "STOP_PROTECTION_RULE",
    says: "an answer of 403 without an error object",
    advises: "ask Klarna before the next run",
    requests: 2,
  },
  ...[301, 302, 307, 308].map((status) => ({
    what: `redirects (${status})`,
    hostility: {
      answer: (_: unknown, response: ServerResponse) =>
        void response.writeHead(status, { location: "https://api.klarna.com/v2/" }).end(),
    },
    code: "STOP_REDIRECT",
    says: `a redirect (${status}), which is never followed`,
    advises: "find out what answers in the API's place",
    requests: 2,
  })),
];

const AFTER_A_FEW: readonly Stop[] = [
  {
    what: "resets every request",
    hostility: { answer: (request) => request.socket.destroy() },
    code: "STOP_ERRORS",
    says: "requests failed or were answered unexpectedly",
    advises: "the report lists the errors",
    requests: 16,
  },
  {
    what: "answers nothing",
    hostility: { answer: () => {} },
    code: "STOP_ERRORS",
    says: "requests failed or were answered unexpectedly",
    advises: "the report lists the errors",
    requests: 24,
  },
  {
    what: "answers what is not HTTP",
    hostility: { answer: (request) => void request.socket.end("SSH-2.0-OpenSSH_9.2\r\n") },
    code: "STOP_ERRORS",
    says: "requests failed or were answered unexpectedly",
    advises: "the report lists the errors",
    requests: 16,
  },
  {
    what: "answers 403 with Klarna's error object, again and again",
    hostility: { answer: (_, response) => json(response, 403, KLARNA_ERROR) },
    code: "STOP_ERRORS",
    says: "11 of the last 11 requests failed or were answered unexpectedly",
    advises: "the report lists the errors with their correlation ids",
    requests: 12,
  },
  {
    what: "answers 429 to everything",
    hostility: {
      answer: (_, response) => {
        // Without this each answer makes the run pause for a second or more.
        response.setHeader("x-ratelimit-reset", "0");
        json(response, 429, KLARNA_ERROR);
      },
    },
    code: "STOP_THROTTLED",
    says: "5 of the last 5 answers were 429",
    advises: "lower the rate below the quota",
    requests: 8,
  },
  {
    what: "resets every connection before the handshake",
    hostility: { connection: (socket) => socket.resetAndDestroy() },
    code: "STOP_CONNECT_FAILURES",
    says: "5 connects in a row failed",
    advises: "see whether the server is up",
    requests: 0,
  },
];

// One after the other: an answer that is read late for want of a processor would let more requests out than the bounds have.
describe("the kill switch", () => {
  test.for([...AT_ONCE, ...AFTER_A_FEW])(
    "a server that $what: stopped, with the reason and what to do, exit 6",
    async ({ hostility, code, says, advises, requests }, { onTestFinished }) => {
      const { ended, server, report, written } = await runAgainst(hostility, onTestFinished);
      expect(ended.code).toBe(6);
      expect(report.verdict).toBe("stopped");
      expect(report.stopReason).toMatchObject({ code });
      const said = ended.stderr.replace(/\s+/g, " ");
      for (const text of [code, says, advises]) expect(said).toContain(text);
      expect(ended.stderr).toMatch(/^stopped: /m);
      expect(ended.stderr).not.toMatch(/^\s+at /m);
      expect(JSON.parse(ended.stdout)).toMatchObject({ exitCode: 6, stopReason: { code } });

      expect(server.requests.length).toBeLessThanOrEqual(requests);
      const { totals } = report;
      expect(totals.sent).toBe(totals.answered + totals.failed + totals.unfinished);
      expect(totals.planned).toBe(totals.sent + totals.dropped);
      expect(totals.sent).toBeGreaterThanOrEqual(server.requests.length);
      expectNoKey(server, written);
    },
  );

  test("a server with a certificate of another authority: no request, not a byte of HTTP, exit 6", async ({
    onTestFinished,
  }) => {
    const registeredCa = await makeCertificate(Date.now());
    const { ended, server, report } = await runAgainst({ registeredCa }, onTestFinished);
    expect(ended.code).toBe(6);
    expect(report.stopReason?.code).toBe("STOP_CERTIFICATE");
    expect(ended.stderr).toContain("STOP_CERTIFICATE");
    expect(ended.stderr.replace(/\s+/g, " ")).toContain("the emulator at this address is another");
    expect(server.connections()).toBeGreaterThanOrEqual(1);
    // No more than were under way at once when the first one failed.
    expect(server.connections()).toBeLessThanOrEqual(32);
    expect(server.handshakes()).toBe(0);
    expect(server.requests).toEqual([]);
    expect(report.totals).toMatchObject({ planned: 0, sent: 0 });
  });

  test("a redirect to another server is not followed, even to one that is registered", async ({
    onTestFinished,
  }) => {
    const elsewhere = workspace();
    const other = await hostileServer(elsewhere.state, {});
    onTestFinished(() => {
      other.close();
      elsewhere.remove();
    });
    const { ended } = await runAgainst(
      { answer: (_, response) => response.writeHead(307, { location: other.url }).end() },
      onTestFinished,
    );
    expect(ended.code).toBe(6);
    expect(other.connections()).toBe(0);
  });
});

/** Marks text that must not come through; the rest of each is what would do harm. */
const MARK = "FOREIGN";
const HARMFUL = [
  `<script>${MARK}</script>`,
  `\u001b[31m${MARK}\u0007`,
  `\n::error::${MARK}`,
  `##vso[task.complete]${MARK}`,
  `"><img src=x onerror=${MARK}>`,
  `\u202e${MARK}`,
  `../../${MARK}`,
];

describe.concurrent("what a server writes", () => {
  test("in an error, its ids and its headers appears nowhere", async ({ onTestFinished }) => {
    let next = 0;
    const { ended, report, server, written } = await runAgainst(
      {
        answer: (_, response) => {
          const text = HARMFUL[next++ % HARMFUL.length] ?? "";
          response.writeHead(400, MARK, {
            "content-type": `text/html; ${MARK}`,
            "klarna-correlation-id": text.replace(/[^\x20-\x7e]/g, "<"),
            "x-ratelimit-limit": `5, 5;w=1;name="${MARK}"`,
            "x-ratelimit-remaining": MARK,
            "set-cookie": MARK,
          });
          response.end(
            JSON.stringify({
              error_id: text,
              error_code: text,
              error_type: text,
              error_message: text,
              [text]: text,
            }),
          );
        },
      },
      onTestFinished,
    );
    expect(ended.code).toBe(6);
    expect(server.requests.length).toBeGreaterThanOrEqual(HARMFUL.length);
    expect(report.operations[0]?.results).toEqual({ 400: report.totals.answered });
    expectNothingOf(MARK, written);
    expectNoKey(server, written);
  });

  test("where an id is looked for goes into no path and no report", async ({ onTestFinished }) => {
    let next = 0;
    const { ended, report, server, written } = await runAgainst(
      {
        answer: (_, response) =>
          json(response, 201, {
            payment_request_id: HARMFUL[next++ % HARMFUL.length],
            state: MARK,
          }),
      },
      onTestFinished,
    );
    expect(ended.code).toBe(6);
    expect(new Set(server.requests.map(({ method, path }) => `${method} ${path}`))).toEqual(
      new Set(["POST /v2/payment/requests"]),
    );
    expect(report.totals).toMatchObject({ unexpected: report.totals.answered });
    expect(report.totals.notReached).toBeGreaterThan(0);
    expectNothingOf(MARK, written);
  });

  test("of well-formed ids and codes is kept, to quote to Klarna, and of a key echoed as one nothing", async ({
    onTestFinished,
  }) => {
    const { report, server, written } = await runAgainst(
      {
        answer: ({ headers }, response) => {
          const key = headers.authorization ?? "";
          response.setHeader("klarna-correlation-id", "corr-1");
          json(response, 400, {
            error_id: key,
            error_code: "VALIDATION_ERROR",
            error_message: key,
          });
        },
      },
      onTestFinished,
    );
    expect(report.errors[0]).toMatchObject({
      what: "400",
      errorCode: "VALIDATION_ERROR",
      correlationIds: expect.arrayContaining(["corr-1"]),
    });
    expectNoKey(server, written);
  });
});

/** The key in every form that the server saw or could make of it. */
function expectNoKey({ requests }: HostileServer, written: ReadonlyMap<string, string>): void {
  expectNothingOf(USERS_KEY.slice("klarna_test_api_".length), written);
  for (const { authorization } of requests.slice(0, 1)) {
    const encoded = authorization.replace(/^Basic /, "");
    const secret = Buffer.from(encoded, "base64").toString("utf8").replace(/^:/, "");
    expect(secret).toMatch(/^klarna_test_api_.{20,}$/);
    expect(secret).not.toBe(USERS_KEY);
    const forms = [encoded, secret, secret.slice("klarna_test_api_".length)];
    for (const form of [...forms, Buffer.from(secret).toString("base64")]) {
      expectNothingOf(form, written);
    }
  }
}

function expectNothingOf(text: string, written: ReadonlyMap<string, string>): void {
  const found = [...written].filter(([, content]) => content.includes(text)).map(([name]) => name);
  expect(found, text).toEqual([]);
}
