import { afterEach, expect, test } from "vitest";
import { type ListeningGate, listeningGate, say } from "./gate.support.ts";

/** What goes wrong within: nobody's request is passed on for it, and the gate goes on. */

let gate: ListeningGate;
afterEach(() => gate.close());

const get = () => `GET /${gate.token}/v2/payment/requests/a HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;

test.each([
  ["where what is permitted is decided", { permission: true }],
  ["where it is taken in", { asked: true }],
] as const)(
  "a request on which the gate fails is refused, and nothing else is: %s",
  async (_, at) => {
    let fails = true;
    const fail = () => {
      if (fails) throw new RangeError("klarna_test_api_s3cret");
    };
    gate = await listeningGate(
      (request) => {
        if ("asked" in at) fail();
        request.answer({ status: 200, headers: {}, body: Buffer.from("{}") });
      },
      () => {
        if ("permission" in at) fail();
        return undefined;
      },
    );
    const heard = await say(gate.port, get());
    fails = false;
    expect(heard).toMatch(/^HTTP\/1\.1 500 /);
    expect(heard).toMatch(/^klarna-perf-gate: refused\r$/m);
    expect(heard).toContain('"error_code":"GATE_FAULT"');
    expect(heard).toContain("RangeError");
    expect(heard).not.toContain("s3cret");
    expect(gate.refused.map(({ problem }) => problem.code)).toEqual(["GATE_FAULT"]);
    expect(await say(gate.port, get())).toMatch(/^HTTP\/1\.1 200 /);
  },
);
