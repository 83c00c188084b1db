import { afterEach, describe, expect, test } from "vitest";
import { dial, type ListeningGate, listeningGate, say, statusesOf } from "./gate.support.ts";
import type { AppRequest } from "./listener.ts";
import { capProblem } from "./problem.ts";

let gate: ListeningGate;
afterEach(() => gate.close());

const HOST = "Host: 127.0.0.1\r\n";

function get(path: string, more = ""): string {
  return `GET /${gate.token}${path} HTTP/1.1\r\n${HOST}${more}\r\n`;
}

describe("what is passed on", () => {
  test("is the request anew: its own headers, and none about the connection, the key or the client", async () => {
    gate = await listeningGate();
    const body = '{"a":"ö"}';
    await say(
      gate.port,
      `POST /${gate.token}/v2/payment/requests HTTP/1.1\r\n${HOST}` +
        "Authorization: Basic klarna_test_api_the_applications_own\r\n" +
        "Proxy-Authorization: Basic abc\r\nCookie: a=b\r\nUser-Agent: shop/1\r\nVia: 1.1 somebody\r\n" +
        "X-Forwarded-For: 10.0.0.1\r\nConnection: keep-alive, Klarna-Hop\r\nTE: trailers\r\n" +
        "Accept: application/json\r\nContent-Type: application/json\r\n" +
        "Klarna-Idempotency-Key: k-1\r\nPartner-Correlation-Id: c-1\r\n" +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
    expect(gate.asked.map(({ operation, request }) => [operation.name, request])).toEqual([
      [
        "payment-request.create",
        {
          method: "POST",
          path: "/v2/payment/requests",
          headers: {
            accept: "application/json",
            "content-type": "application/json",
            "klarna-idempotency-key": "k-1",
            "partner-correlation-id": "c-1",
          },
          body,
        },
      ],
    ]);
  });

  test("has its path spelled as the guard spells it, whichever way it came", async () => {
    gate = await listeningGate();
    const id = "krn:payment:eu1:request:1";
    for (const spelled of [id, encodeURIComponent(id), "%6brn:payment:eu1:request:1"]) {
      await say(gate.port, get(`/v2/payment/requests/${spelled}`));
    }
    expect(gate.asked.map(({ request }) => request.path)).toEqual(
      Array.from({ length: 3 }, () => `/v2/payment/requests/${encodeURIComponent(id)}`),
    );
  });

  test("has its query, name by name", async () => {
    gate = await listeningGate();
    await say(gate.port, get("/v2/payment/transactions/a?limit=5&starting_after=a%3Ab"));
    expect(gate.asked.map(({ request }) => request.query)).toEqual([
      [
        ["limit", "5"],
        ["starting_after", "a:b"],
      ],
    ]);
  });

  test("has a body that came in chunks, whole", async () => {
    gate = await listeningGate();
    const head = `POST /${gate.token}/v2/payment/requests HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`;
    await say(gate.port, `${head}4\r\n{"a"\r\n3\r\n:1}\r\n0\r\n\r\n`);
    expect(gate.asked[0]?.request.body).toBe('{"a":1}');
  });

  test("asks nobody to change the protocol", async () => {
    gate = await listeningGate();
    const heard = await say(
      gate.port,
      get("/v2/payment/requests/a", "Connection: Upgrade\r\nUpgrade: websocket\r\n"),
    );
    expect(statusesOf(heard)).toEqual([200]);
    expect(gate.asked[0]?.request.headers).toEqual({});
  });

  test("waits for a body that waits to be asked for", async () => {
    gate = await listeningGate();
    const head = `POST /${gate.token}/v2/payment/requests HTTP/1.1\r\n${HOST}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`;
    const heard = await say(gate.port, `${head}{}`);
    expect(statusesOf(heard)).toEqual([100, 200]);
  });
});

describe("answers", () => {
  test("of requests sent one upon the other come in their order, whichever was ready first", async () => {
    const waiting: AppRequest[] = [];
    gate = await listeningGate((request) => {
      waiting.push(request);
      if (waiting.length < 3) return;
      for (const one of waiting.reverse()) {
        one.answer({ status: 200, headers: {}, body: Buffer.from(one.request.path) });
      }
    });
    const heard = await say(
      gate.port,
      ["a", "b", "c"].map((id) => get(`/v2/payment/requests/${id}`)).join(""),
    );
    expect(heard.match(/\/v2\/payment\/requests\/\w/g)).toEqual(
      ["a", "b", "c"].map((id) => `/v2/payment/requests/${id}`),
    );
  });

  test("keep what the target said, but for the connection that it came by and what no server may say", async () => {
    gate = await listeningGate((request) =>
      request.answer({
        status: 201,
        headers: {
          "content-type": "application/json",
          location: "https://127.0.0.1/v2/payment/requests/a",
          "x-ratelimit-remaining": "3",
          connection: "close, x-hop",
          "x-hop": "1",
          "transfer-encoding": "chunked",
          "content-length": "999",
          "keep-alive": "timeout=1",
          trailer: "x",
          "x-broken": "a\0b",
        },
        body: Buffer.from("{}"),
      }),
    );
    const heard = await say(gate.port, get("/v2/payment/requests/a"));
    const head = heard.split("\r\n\r\n")[0]?.toLowerCase() ?? "";
    const names = head
      .split("\r\n")
      .slice(1)
      .map((line) => line.split(":")[0])
      .sort();
    expect(names).toEqual([
      "connection",
      "content-length",
      "content-type",
      "date",
      "keep-alive",
      "location",
      "x-ratelimit-remaining",
    ]);
    expect(head).toContain("content-length: 2\r\n");
  });

  test("without a body say nothing of one", async () => {
    gate = await listeningGate((request) =>
      request.answer({ status: 204, headers: {}, body: Buffer.alloc(0) }),
    );
    expect(await say(gate.port, get("/v2/payment/requests/a"))).not.toContain("ontent-length");
  });

  test("are given once", async () => {
    gate = await listeningGate((request) => {
      request.answer({ status: 200, headers: {}, body: Buffer.from("{}") });
      request.refuse(capProblem("network", "dispute", 5));
    });
    expect(statusesOf(await say(gate.port, get("/v2/payment/requests/a")))).toEqual([200]);
  });

  test.each([
    ["network", "/v2/payment/requests/a", "RATE_LIMITED", "error_id"],
    ["classic", "/payments/v1/sessions/a", "TOO_MANY_REQUESTS", "correlation_id"],
  ] as const)(
    "above the cap are a 429 in the %s form, marked as the gate's",
    async (family, path, code, id) => {
      gate = await listeningGate((request) => request.refuse(capProblem(family, "dispute", 5)));
      const [head = "", body = ""] = (await say(gate.port, get(path))).split("\r\n\r\n");
      expect(head).toMatch(/^HTTP\/1\.1 429 /);
      expect(head).toMatch(/^klarna-perf-gate: cap$/m);
      expect(head).toMatch(
        /^x-ratelimit-limit: 5\r\nx-ratelimit-remaining: 0\r\nx-ratelimit-reset: 1\r\nretry-after: 1$/m,
      );
      expect(JSON.parse(body)).toMatchObject({ error_code: code, [id]: expect.any(String) });
    },
  );
});

test("closing lets what was answered be read, and ends every connection", async () => {
  gate = await listeningGate((request) => {
    request.answer({ status: 200, headers: {}, body: Buffer.from("{}") });
    gate.close();
  });
  expect(statusesOf(await say(gate.port, get("/v2/payment/requests/a")))).toEqual([200]);
  await expect(dial(gate.port)).rejects.toThrow("ECONNREFUSED");
});

test("a request whose sender has gone says so", async () => {
  const came = new Promise<AppRequest>((resolve) => {
    void listeningGate(resolve).then((one) => {
      gate = one;
      void dial(gate.port).then((socket) => {
        socket.write(get("/v2/payment/requests/a"));
        void came.then(() => socket.destroy());
      });
    });
  });
  const request = await came;
  while (!request.isGone) await new Promise((resolve) => setImmediate(resolve));
  expect(request.isGone).toBe(true);
});
