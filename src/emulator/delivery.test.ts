import { expect, test } from "vitest";
import { minimalPaymentRequest } from "../klarna/sample-data.ts";
import { UUID } from "./pipeline.support.ts";
import { send, start, untilPending } from "./server.support.ts";

const REQUESTS = "/v2/payment/requests";
const CREATE = { body: JSON.stringify(minimalPaymentRequest()) };
const GIVES_UP_US = 59_000_000;
/** As Klarna's page on time-outs shows it. */
const TIMEOUT = {
  error_id: UUID,
  error_type: "TECHNICAL_ERROR",
  error_code: "TIMEOUT",
  error_message: "Request processing timeout.",
};

test("what is stalled is given up after 59 s, has been executed, and its connection lives on", async () => {
  const { clock, server, faults, record } = await start();
  const stalled = faults.set("stall:operation=payment-request.create");
  const asked = send(server, "POST", REQUESTS, CREATE);
  await untilPending(clock, 1);
  clock.step();
  const { status, headers, body } = await asked;
  expect([clock.now(), status]).toEqual([GIVES_UP_US, 500]);
  expect(JSON.parse(body)).toEqual(TIMEOUT);
  expect(headers).toMatchObject({
    "content-type": "application/json",
    "klarna-correlation-id": UUID,
    "x-ratelimit-remaining": "11",
  });
  faults.takeBack(stalled.id);
  await send(server, "POST", REQUESTS, CREATE);
  expect(record.summary().operations).toEqual({ "payment-request.create": { 500: 1, 201: 1 } });
});

test.each([
  ["59s", 59_000_000, 0],
  ["longer, after a latency", 60_000_000, 20_000],
  ["so long that both fall due at once", 58_980_000, 20_000],
])("a stall of %s is a time-out as well, and answers once", async (_, delay, us) => {
  const { clock, server, faults } = await start({ kind: "constant", us });
  faults.set(`stall:delay=${delay / 1000}ms`);
  const asked = send(server, "GET", `${REQUESTS}/none`);
  await untilPending(clock, 2);
  while (clock.now() < GIVES_UP_US) clock.step();
  expect(await asked).toMatchObject({ status: 500, body: expect.stringContaining("TIMEOUT") });
  await untilPending(clock, 0);
});

test("a stall that ends before 59 s has its answer", async () => {
  const { clock, server, faults } = await start();
  faults.set("stall:delay=58999ms");
  const asked = send(server, "GET", `${REQUESTS}/none`);
  await untilPending(clock, 2);
  clock.step();
  expect((await asked).status).toBe(404);
  expect(clock.now()).toBe(58_999_000);
  await untilPending(clock, 0);
});

test("a latency of 59 s is a time-out; of a classic operation it is one of 59 s", async () => {
  const { clock, server } = await start({ kind: "constant", us: GIVES_UP_US });
  const asked = [
    send(server, "POST", REQUESTS, CREATE),
    send(server, "GET", "/payments/v1/sessions/none"),
  ];
  await untilPending(clock, 2);
  clock.step();
  clock.step();
  expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([500, 404]);
  expect(clock.now()).toBe(GIVES_UP_US);
});

test("a classic operation that is stalled is never given up", async () => {
  const { clock, server, faults } = await start({ kind: "constant", us: 20_000 });
  faults.set("stall");
  let answered = false;
  send(server, "GET", "/payments/v1/sessions/none").then(
    () => {
      answered = true;
    },
    () => {},
  );
  await untilPending(clock, 1);
  clock.step();
  await untilPending(clock, 0);
  expect(answered).toBe(false);
});

test("what has begun to flow may take longer", async () => {
  const { clock, server, faults } = await start();
  faults.set("slow-body:over=2m");
  const asked = send(server, "POST", REQUESTS, CREATE);
  await untilPending(clock, 2);
  while (clock.pending > 0) clock.step();
  const { status, body } = await asked;
  expect([status, JSON.parse(body).state]).toEqual([201, "SUBMITTED"]);
  expect(clock.now()).toBe(120_000_000);
});
