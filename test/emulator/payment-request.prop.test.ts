import fc from "fast-check";
import { expect, test } from "vitest";
import { seconds } from "../../src/base/units.ts";
import { emulator, type Got, KEY, locate, UNLIMITED } from "../../src/emulator/pipeline.support.ts";
import { minimalPaymentRequest } from "../../src/klarna/sample-data.ts";

const OUTCOMES = ["approve", "decline", "abandon"] as const;
const LIFETIME_S = 3 * 3600;
const TOKEN_LIFETIME_S = 3600;

/** What a person would write down of one payment request: no code of the emulator's. */
interface Model {
  /** Seconds since it was created. */
  now: number;
  amount: number;
  canceledAt: number | undefined;
  tokenCanceled: boolean;
  readonly outcome: (typeof OUTCOMES)[number] | undefined;
  readonly delayS: number;
}

function stateOf({ now, canceledAt, outcome, delayS }: Model): string {
  const at = Math.min(now, canceledAt ?? Number.POSITIVE_INFINITY);
  const decides =
    outcome === undefined || outcome === "abandon" ? Number.POSITIVE_INFINITY : delayS;
  if (at >= Math.min(decides, LIFETIME_S)) {
    if (decides >= LIFETIME_S) return "EXPIRED";
    return outcome === "approve" ? "COMPLETED" : "CANCELED";
  }
  if (canceledAt !== undefined) return "CANCELED";
  return outcome !== undefined && at >= delayS / 2 ? "IN_PROGRESS" : "SUBMITTED";
}

interface Real {
  readonly at: ReturnType<typeof emulator>;
  readonly path: string;
  readonly created: Got["body"];
}

type Command = fc.Command<Model, Real>;
const always = (): boolean => true;
const command = (name: string, run: (model: Model, real: Real) => void): Command => ({
  check: always,
  run,
  toString: () => name,
});

const wait = (s: number): Command =>
  command(`wait ${s} s`, (model, { at }) => {
    model.now += s;
    at.clock.freeze(seconds(s));
  });

const read = command("read", (model, { at, path }) => {
  const { status, body } = at.send("GET", path);
  expect([status, body.state, body.amount]).toEqual([200, stateOf(model), model.amount]);
  const open = body.state === "SUBMITTED" || body.state === "IN_PROGRESS";
  expect("customer_interaction" in (body.state_context ?? {})).toBe(open);
  expect("klarna_network_session_token" in (body.state_context ?? {})).toBe(
    body.state === "COMPLETED",
  );
});

const update = (amount: number): Command =>
  command(`update to ${amount}`, (model, { at, path }) => {
    const allowed = stateOf(model) === "SUBMITTED";
    expect(at.send("PATCH", path, { body: { amount } }).status).toBe(allowed ? 200 : 409);
    if (allowed) model.amount = amount;
  });

const cancel = command("cancel", (model, { at, path }) => {
  const allowed = ["SUBMITTED", "IN_PROGRESS"].includes(stateOf(model));
  expect(at.send("DELETE", path).status).toBe(allowed ? 200 : 409);
  if (allowed) model.canceledAt = model.now;
});

const cancelToken = command("cancel its token", (model, { at, created }) => {
  const uuid = String(created.payment_request_id).slice(-36);
  const { status } = at.send(
    "DELETE",
    `/v2/payment/tokens/krn:payment:eu1:test:payment-token:${uuid}`,
  );
  const usable =
    stateOf(model) === "COMPLETED" &&
    model.now < model.delayS + TOKEN_LIFETIME_S &&
    !model.tokenCanceled;
  expect(status).toBe(usable ? 204 : 404);
  if (usable) model.tokenCanceled = true;
});

const readByAnother = command("read by another key", (_, { at, path }) => {
  const headers = { authorization: `Basic ${KEY}2` };
  expect(at.send("GET", path, { headers }).status).toBe(404);
});

test("a payment request does what its states allow, whatever is asked, in whatever order, at whatever time", () => {
  const commands = fc.commands(
    [
      // Few times, so that limits are often met to the second.
      fc.constantFrom(0, 1, 10, 3600, 7200, LIFETIME_S).map(wait),
      fc.constant(read),
      fc.integer({ min: 1, max: 5000 }).map(update),
      fc.constant(cancel),
      fc.constant(cancelToken),
      fc.constant(readByAnother),
    ],
    { maxCommands: 40, size: "+1" },
  );
  const outcome = fc.constantFrom(...OUTCOMES, undefined);
  const delay = fc.constantFrom(0, 2, 20, 3600, 7200, LIFETIME_S, 2 * LIFETIME_S);
  fc.assert(
    fc.property(commands, outcome, delay, (asked, chosen, delayS) => {
      fc.modelRun(() => {
        const delayUs = { kind: "constant", us: delayS * 1_000_000 } as const;
        const at = emulator(
          chosen === undefined ? {} : { customer: { outcome: chosen, delay: delayUs } },
          UNLIMITED,
        );
        const created = at.create({ body: minimalPaymentRequest() });
        return {
          model: {
            now: 0,
            amount: 1000,
            canceledAt: undefined,
            tokenCanceled: false,
            outcome: chosen,
            delayS,
          },
          real: { at, path: locate(created), created: created.body },
        };
      }, asked);
    }),
    { numRuns: 100 },
  );
});
