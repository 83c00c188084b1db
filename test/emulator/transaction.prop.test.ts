import fc from "fast-check";
import { expect, test } from "vitest";
import { seconds } from "../../src/base/units.ts";
import { customer, emulator, locate, UNLIMITED } from "../../src/emulator/pipeline.support.ts";
import { minimalPaymentRequest, stepUpAuthorization } from "../../src/klarna/sample-data.ts";

const DAY_S = 24 * 3600;

/** What a person would write down of one transaction: no code of the emulator's. */
interface Model {
  now: number;
  expires: number;
  authorized: number;
  released: boolean;
  /** What is left of each capture that could be paid back. */
  readonly captures: { amount: number; refunded: number }[];
  refunds: number;
}
type At = ReturnType<typeof emulator>;
interface Real {
  readonly at: At;
  readonly path: string;
  readonly id: string;
}
type Command = fc.Command<Model, Real>;

const captured = ({ captures }: Model): number =>
  captures.reduce((sum, { amount }) => sum + amount, 0);
const refunded = ({ captures }: Model): number =>
  captures.reduce((sum, one) => sum + one.refunded, 0);

function stateOf(model: Model): string {
  const done = captured(model);
  const open = !model.released && done < model.authorized;
  if (done > 0) return open && model.now < model.expires ? "PART_CAPTURED" : "CAPTURED";
  if (model.released) return "VOIDED";
  return model.now < model.expires ? "AUTHORIZED" : "EXPIRED";
}
const isOpen = (model: Model): boolean => ["AUTHORIZED", "PART_CAPTURED"].includes(stateOf(model));
const left = (model: Model): number => (isOpen(model) ? model.authorized - captured(model) : 0);

const command = (name: string, run: (model: Model, real: Real) => void): Command => ({
  check: () => true,
  run,
  toString: () => name,
});

const wait = (days: number): Command =>
  command(`wait ${days} days`, (model, { at }) => {
    model.now += days * DAY_S;
    at.clock.freeze(seconds(days * DAY_S));
  });

const read = command("read", (model, { at, path }) => {
  expect(at.send("GET", path).body).toMatchObject({
    state: stateOf(model),
    amount: model.authorized,
    captured_amount: captured(model),
    refunded_amount: refunded(model),
    remaining_amount: left(model),
    refundable_amount: captured(model) - refunded(model),
    payment_captures: model.captures.map(({ amount, refunded: back }) => ({
      amount,
      refunded_amount: back,
    })),
  });
});

const capture = (amount: number, release: boolean): Command =>
  command(`capture ${amount}${release ? ", the last" : ""}`, (model, { at, path, id }) => {
    const body = {
      capture_amount: amount,
      ...(release ? { remaining_authorization: "RELEASE" } : {}),
    };
    const answer = at.send("POST", `${path}/capture`, { body });
    if (!isOpen(model)) expect(answer.status).toBe(409);
    else if (amount > left(model)) expect(answer.status).toBe(400);
    else {
      expect(answer.status).toBe(201);
      model.captures.push({ amount, refunded: 0 });
      if (release) model.released = true;
      expect(answer.body.payment_capture_id).toBe(`${id}:capture:${model.captures.length}`);
    }
  });

function payBack(from: Model["captures"], amount: number): void {
  let rest = amount;
  for (const one of from) {
    const part = Math.min(rest, one.amount - one.refunded);
    one.refunded += part;
    rest -= part;
  }
}

const refund = (amount: number, of: number | undefined): Command =>
  command(`refund ${amount} of ${of ?? "all"}`, (model, { at, path, id }) => {
    const { captures } = model;
    const from = of === undefined ? captures : captures.slice(of - 1, of);
    const rest = from.reduce((sum, one) => sum + one.amount - one.refunded, 0);
    const url =
      of === undefined ? `${path}/refund` : `/v2/payment/captures/${id}:capture:${of}/refund`;
    const { status } = at.send("POST", url, { body: { refund_amount: amount } });
    if (of !== undefined && from.length === 0) expect(status).toBe(404);
    else if (rest === 0) expect(status).toBe(409);
    else if (amount > rest) expect(status).toBe(400);
    else {
      expect(status).toBe(201);
      payBack(from, amount);
      model.refunds++;
      const made = at.send("GET", `/v2/payment/refunds/${id}:refund:${model.refunds}`);
      expect(made.body.amount).toBe(amount);
    }
  });

const voidIt = command("void", (model, { at, path }) => {
  const allowed = stateOf(model) === "AUTHORIZED";
  expect(at.send("POST", `${path}/void`).status).toBe(allowed ? 200 : 409);
  if (allowed) model.released = true;
});

const authorizeAnew = (amount: number, days: number): Command =>
  command(`authorize ${amount} for ${days} days more`, (model, { at, path }) => {
    const { status } = at.send("POST", `${path}/authorize`, {
      body: { amount, extension_days: days },
    });
    if (!isOpen(model)) expect(status).toBe(409);
    else if (amount < captured(model)) expect(status).toBe(400);
    else {
      expect(status).toBe(200);
      model.authorized = amount;
      model.expires = Math.min(model.expires + days * DAY_S, model.now + 88 * DAY_S);
    }
  });

/** An emulator with one authorized transaction of 1000. */
function authorized(): Real {
  const at = emulator(customer("approve"), UNLIMITED);
  const created = at.create({ body: minimalPaymentRequest() });
  at.clock.freeze(seconds(10));
  const token = at.send("GET", locate(created)).body.state_context.klarna_network_session_token;
  const { body } = at.send("POST", "/v2/payment/authorize", {
    headers: { "klarna-network-session-token": token },
    body: stepUpAuthorization(),
  });
  const id = String(body.payment_transaction_response.payment_transaction.payment_transaction_id);
  return { at, id, path: `/v2/payment/transactions/${id}` };
}

test("no more is captured than authorized, and no more paid back than captured, whatever is asked in whatever order", () => {
  // Few amounts and times, so that limits are often met to the unit.
  const amount = fc.integer({ min: 1, max: 12 }).map((n) => n * 100);
  const days = fc.constantFrom(1, 7, 28, 60);
  const commands = fc.commands(
    [
      fc.constant(read),
      amount.map((wanted) => capture(wanted, false)),
      fc.constantFrom(100, 200).map((wanted) => capture(wanted, false)),
      fc.constantFrom(100, 500, 1000).map((wanted) => capture(wanted, true)),
      amount.map((wanted) => refund(wanted, undefined)),
      fc.tuple(amount, fc.integer({ min: 1, max: 4 })).map(([wanted, of]) => refund(wanted, of)),
      fc.constant(voidIt),
      fc.tuple(amount, days).map(([wanted, more]) => authorizeAnew(wanted, more)),
      fc.constantFrom(0, 7, 14, 28).map(wait),
    ],
    { maxCommands: 40, size: "+1" },
  );
  fc.assert(
    fc.property(commands, (asked) => {
      fc.modelRun(
        () => ({
          model: {
            now: 0,
            expires: 28 * DAY_S,
            authorized: 1000,
            released: false,
            captures: [],
            refunds: 0,
          },
          real: authorized(),
        }),
        asked,
      );
    }),
    { numRuns: 100 },
  );
});
