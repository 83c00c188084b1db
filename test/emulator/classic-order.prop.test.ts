import fc from "fast-check";
import { expect, test } from "vitest";
import { seconds } from "../../src/base/units.ts";
import { customer, emulator, UNLIMITED } from "../../src/emulator/pipeline.support.ts";
import { classicPurchase } from "../../src/klarna/sample-data.ts";

const DAY_S = 24 * 3600;
const AUTHORIZED_FOR_S = 28 * DAY_S;

/** What a person would write down of one order: no code of the emulator's. */
interface Model {
  now: number;
  expires: number;
  ordered: number;
  readonly captures: number[];
  refunded: number;
  cancelled: boolean;
  released: boolean;
}
interface Real {
  readonly at: ReturnType<typeof emulator>;
  readonly path: string;
}
type Command = fc.Command<Model, Real>;

const captured = ({ captures }: Model): number => captures.reduce((sum, one) => sum + one, 0);

function statusOf(model: Model): string {
  if (model.cancelled) return "CANCELLED";
  const alive = model.now < model.expires;
  if (model.captures.length === 0) return alive ? "AUTHORIZED" : "EXPIRED";
  if (model.released || captured(model) >= model.ordered) return "CAPTURED";
  return alive ? "PART_CAPTURED" : "CLOSED";
}
const isOpen = (model: Model): boolean => ["AUTHORIZED", "PART_CAPTURED"].includes(statusOf(model));
const left = (model: Model): number => (isOpen(model) ? model.ordered - captured(model) : 0);

/** A command that is either allowed, and then changes the model, or refused with a 403 and changes nothing. */
const write = (
  name: string,
  method: string,
  what: string,
  body: object | undefined,
  success: number,
  allowed: (model: Model) => boolean,
  change: (model: Model) => void,
): Command => ({
  check: () => true,
  toString: () => name,
  run(model, { at, path }) {
    const { status } = at.send(method, `${path}/${what}`, { body });
    expect(status).toBe(allowed(model) ? success : 403);
    if (allowed(model)) change(model);
  },
});

const read: Command = {
  check: () => true,
  toString: () => "read",
  run(model, { at, path }) {
    expect(at.send("GET", path).body).toMatchObject({
      status: statusOf(model),
      order_amount: model.ordered,
      captured_amount: captured(model),
      refunded_amount: model.refunded,
      remaining_authorized_amount: left(model),
    });
    const { body } = at.send("GET", `${path}/captures`);
    const amounts: { captured_amount: number; refunded_amount: number }[] = body;
    expect(amounts.map((one) => one.captured_amount)).toEqual(model.captures);
    const back = amounts.reduce((sum, one) => sum + one.refunded_amount, 0);
    expect(back).toBe(model.refunded);
  },
};
const wait = (days: number): Command => ({
  check: () => true,
  toString: () => `wait ${days} days`,
  run(model, { at }) {
    model.now += days * DAY_S;
    at.clock.freeze(seconds(days * DAY_S));
  },
});
const capture = (amount: number): Command =>
  write(
    `capture ${amount}`,
    "POST",
    "captures",
    { captured_amount: amount },
    201,
    (model) => amount >= 1 && amount <= left(model),
    (model) => void model.captures.push(amount),
  );
const refund = (amount: number): Command =>
  write(
    `refund ${amount}`,
    "POST",
    "refunds",
    { refunded_amount: amount },
    201,
    (model) => amount >= 1 && amount <= captured(model) - model.refunded,
    (model) => {
      model.refunded += amount;
    },
  );
const change = (amount: number): Command =>
  write(
    `authorize ${amount}`,
    "PATCH",
    "authorization",
    { order_amount: amount },
    204,
    (model) => isOpen(model) && amount >= captured(model),
    (model) => {
      model.ordered = amount;
    },
  );
const cancel = write(
  "cancel",
  "POST",
  "cancel",
  undefined,
  204,
  (model) => statusOf(model) === "AUTHORIZED",
  (model) => {
    model.cancelled = true;
  },
);
const release = write(
  "release the rest",
  "POST",
  "release-remaining-authorization",
  undefined,
  204,
  (model) => !model.cancelled && model.captures.length > 0,
  (model) => {
    model.released = true;
  },
);
const extend = write(
  "extend",
  "POST",
  "extend-authorization-time",
  undefined,
  204,
  isOpen,
  (model) => {
    model.expires = model.now + AUTHORIZED_FOR_S;
  },
);

/** An emulator with one order of 1000, just placed. */
function placed(): Real {
  const at = emulator(customer("approve"), UNLIMITED);
  const { session_id } = at.send("POST", "/payments/v1/sessions", { body: classicPurchase() }).body;
  at.clock.freeze(seconds(10));
  const { authorization_token } = at.send("GET", `/payments/v1/sessions/${session_id}`).body;
  const { order_id } = at.send("POST", `/payments/v1/authorizations/${authorization_token}/order`, {
    body: classicPurchase(),
  }).body;
  return { at, path: `/ordermanagement/v1/orders/${order_id}` };
}

test("an order does what its status allows and its amounts add up, whatever is asked in whatever order", () => {
  // Few amounts and times, so that limits are often met to the unit.
  const amount = fc.integer({ min: 0, max: 12 }).map((n) => n * 100);
  const commands = fc.commands(
    [
      fc.constant(read),
      amount.map(capture),
      fc.constantFrom(100, 200).map(capture),
      amount.map(refund),
      amount.map(change),
      fc.constantFrom(cancel, release, extend),
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
            expires: AUTHORIZED_FOR_S,
            ordered: 1000,
            captures: [],
            refunded: 0,
            cancelled: false,
            released: false,
          },
          real: placed(),
        }),
        asked,
      );
    }),
    { numRuns: 100 },
  );
});
