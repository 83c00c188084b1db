// @crystallize/node-klarna, a client of Klarna's order management, as it comes from npm: runs one order after the other
// through it and prints what it gave back, a line a call.
//   EMULATOR=https://127.0.0.1:8443 node sdk.mjs <order> <order>
import { globalAgent } from "node:https";
import { Klarna } from "@crystallize/node-klarna";

const { hostname, port } = new URL(process.env.EMULATOR);
// It takes a host name and knows no port: what Node takes for HTTPS's own is the emulator's.
globalAgent.defaultPort = Number(port);

const [captured, cancelled] = process.argv.slice(2);
const klarna = (password) =>
  new Klarna({ username: "user", password, apiEndpoint: hostname }).orderManagementV1;
const { orders, captures, refunds } = klarna("klarna_test_api_abc");
const wrongKey = klarna("klarna_live_api_abc").orders;

const calls = {
  acknowledge: () => orders.acknowledge(captured),
  "update references": () =>
    orders.updateMerchantReference(captured, {
      merchant_reference1: "ref-1",
      merchant_reference2: "ref-2",
    }),
  capture: () => captures.capture(captured, { captured_amount: 600, reference: "c-1" }),
  "capture too much": () => captures.capture(captured, { captured_amount: 600 }),
  refund: () => refunds.create(captured, { refunded_amount: 200, order_lines: [] }),
  "refund too much": () => refunds.create(captured, { refunded_amount: 600, order_lines: [] }),
  "cancel what is captured": () => orders.cancel(captured),
  read: () => orders.getOrder(captured),
  release: () => orders.releaseRemainingAuthorization(captured),
  "capture what is released": () => captures.capture(captured, { captured_amount: 100 }),
  cancel: () => orders.cancel(cancelled),
  "capture what is cancelled": () => captures.capture(cancelled, { captured_amount: 100 }),
  "read what is not there": () => orders.getOrder("552603c0-fe8b-4ab1-aacb-41d55fafbdb4"),
  "read with a live key": () => wrongKey.getOrder(captured),
};
for (const [name, call] of Object.entries(calls)) {
  const { statusCode, response, error } = await call();
  process.stdout.write(`${JSON.stringify({ name, statusCode, response, error })}\n`);
}
