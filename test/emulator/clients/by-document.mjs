// openapi-client-axios, a client that is made from an OpenAPI document and knows nothing else of an API: makes purchases
// with it at the emulator, and holds each answer against the document's own schema. Prints a line a call.
//   npm run --silent build && node dist/bin.js emulator --port 8443 --ca-file ca.pem --customer approve --customer-delay 0ms
//   EMULATOR=https://127.0.0.1:8443 NODE_EXTRA_CA_CERTS=ca.pem node --import ./test/emulator/clients/loopback-only.mjs \
//     test/emulator/clients/by-document.mjs klarna-payments-v1.yml klarna-ordermanagement-v1.yml
// With Klarna's own documents, which are Klarna's and not in this repository; the first server in them is live, hence the
// preload. `npm test` runs it with a document made from our notes.
import { readFileSync } from "node:fs";
import Ajv from "ajv";
import addFormats from "ajv-formats";
import { OpenAPIClientAxios } from "openapi-client-axios";
import { parse } from "yaml";

const documents = process.argv.slice(2).map((file) => parse(readFileSync(file, "utf8")));
const ajv = addFormats(new Ajv({ strict: false, allErrors: true, logger: false }));
const apis = documents.map((definition) => {
  const api = new OpenAPIClientAxios({
    definition,
    withServer: { url: process.env.EMULATOR },
    axiosConfigDefaults: {
      headers: { Authorization: "Basic klarna_test_api_abc" },
      validateStatus: () => true,
      proxy: false,
    },
  });
  return { api, client: api.initSync() };
});

const shape = (path) => path.replaceAll(/\{[^}]+\}/g, "{}");

/** @param template a path whose `{}` are filled by `values`, whatever the document calls them */
async function call(method, template, values = [], body = undefined, headers = {}) {
  for (const { api, client } of apis) {
    const path = Object.keys(api.definition.paths).find((one) => shape(one) === template);
    const operation = path && api.definition.paths[path][method];
    if (!operation) continue;
    const names = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name);
    const parameters = names.map((name, i) => ({ name, value: values[i], in: "path" }));
    const answer = await client.paths[path][method](parameters, body, { headers });
    const { status, data } = answer;
    const problems = problemsOf(operation, status, data);
    const line = { call: `${method} ${template}`, status, problems };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    return answer;
  }
  throw new Error(`no document has ${method} ${template}`);
}

function problemsOf({ responses }, status, data) {
  const documented = responses[status] ?? responses.default;
  if (!documented) return [`${status} is not documented`];
  const schema = documented.content?.["application/json"]?.schema;
  if (!schema || ajv.validate(schema, data)) return [];
  return ajv.errors.map(({ instancePath, message }) => `${status} ${instancePath} ${message}`);
}

const knows = (path) =>
  apis.some(({ api }) => Object.keys(api.definition.paths).some((one) => shape(one) === path));
const PURCHASE = {
  purchase_country: "SE",
  purchase_currency: "SEK",
  locale: "en-SE",
  order_amount: 1000,
  order_tax_amount: 0,
  order_lines: [{ name: "Test item", quantity: 1, unit_price: 1000, total_amount: 1000 }],
};

async function classic() {
  const SESSION = "/payments/v1/sessions/{}";
  const AUTHORIZATION = "/payments/v1/authorizations/{}";
  const authorized = async () => {
    const made = await call("post", "/payments/v1/sessions", [], { ...PURCHASE, intent: "buy" });
    const { data } = await call("get", SESSION, [made.data.session_id]);
    return { session: made.data.session_id, token: data.authorization_token };
  };
  const bought = async () => {
    const { token } = await authorized();
    return (await call("post", `${AUTHORIZATION}/order`, [token], PURCHASE)).data.order_id;
  };
  const { session, token } = await authorized();
  await call("post", SESSION, [session], PURCHASE);
  await call("post", `${AUTHORIZATION}/customer-token`, [token], {
    purchase_country: "SE",
    purchase_currency: "SEK",
    locale: "en-SE",
    description: "test",
    intended_use: "SUBSCRIPTION",
  });
  await call("delete", AUTHORIZATION, [(await authorized()).token]);
  await call("get", SESSION, ["unknown"]);
  await call("post", "/payments/v1/sessions", [], { purchase_country: "Sweden" });

  const ORDER = "/ordermanagement/v1/orders/{}";
  if (!knows(ORDER)) return;
  const order = await bought();
  await call("post", `${ORDER}/acknowledge`, [order]);
  await call("patch", `${ORDER}/authorization`, [order], { order_amount: 1200 });
  await call("post", `${ORDER}/extend-authorization-time`, [order]);
  await call("patch", `${ORDER}/merchant-references`, [order], { merchant_reference1: "ref-1" });
  await call("patch", `${ORDER}/customer-details`, [order], {
    shipping_address: { street_address: "Street 1", city: "Stockholm", country: "SE" },
  });
  const shipped = { shipping_info: [{ shipping_company: "DHL", tracking_number: "1" }] };
  await call("post", `${ORDER}/shipping-info`, [order], shipped);
  const { headers } = await call("post", `${ORDER}/captures`, [order], { captured_amount: 700 });
  const capture = headers["capture-id"];
  const CAPTURE = `${ORDER}/captures/{}`;
  await call("get", `${ORDER}/captures`, [order]);
  await call("get", CAPTURE, [order, capture]);
  await call("post", `${CAPTURE}/shipping-info`, [order, capture], shipped);
  await call("post", `${CAPTURE}/trigger-send-out`, [order, capture]);
  await call("get", `${CAPTURE}/extend-due-date-options`, [order, capture]);
  await call("patch", `${CAPTURE}/extend-due-date`, [order, capture], { number_of_days: 10 });
  const refunded = await call("post", `${ORDER}/refunds`, [order], { refunded_amount: 300 });
  await call("get", `${ORDER}/refunds/{}`, [order, refunded.headers["refund-id"]]);
  await call("post", `${ORDER}/refunds`, [order], { refunded_amount: 3000 });
  await call("post", `${ORDER}/cancel`, [order]);
  await call("post", `${ORDER}/release-remaining-authorization`, [order]);
  await call("get", ORDER, [order]);
  await call("get", ORDER, ["unknown"]);
  await call("post", `${ORDER}/cancel`, [await bought()]);
}

async function network() {
  const REQUESTS = "/v2/payment/requests";
  const create = {
    currency: "USD",
    amount: 1000,
    customer_interaction_config: { method: "HANDOVER", return_url: "https://example.com/" },
  };
  const made = async () => (await call("post", REQUESTS, [], create)).data.payment_request_id;
  const request = await made();
  // The customer has come and gone by now.
  const { data } = await call("get", `${REQUESTS}/{}`, [request]);
  const token = data.state_context.klarna_network_session_token;
  const purchase = { amount: 1000, payment_transaction_reference: "ref-1", capture: "LATER" };
  const authorize = { currency: "USD", request_payment_transaction: purchase };
  const { data: answer } = await call("post", "/v2/payment/authorize", [], authorize, {
    "Klarna-Network-Session-Token": token,
  });
  const id = answer.payment_transaction_response.payment_transaction.payment_transaction_id;
  const TRANSACTION = "/v2/payment/transactions/{}";
  await call("get", TRANSACTION, [id]);
  await call("patch", TRANSACTION, [id], { payment_transaction_reference: "ref-2" });
  await call("post", `${TRANSACTION}/authorize`, [id], { amount: 1000, extension_days: 10 });
  const { data: captured } = await call("post", `${TRANSACTION}/capture`, [id], {
    capture_amount: 600,
    payment_capture_reference: "c-1",
  });
  const capture = captured.payment_capture_id;
  await call("get", "/v2/payment/captures/{}", [capture]);
  const { data: refunded } = await call("post", "/v2/payment/captures/{}/refund", [capture], {
    refund_amount: 100,
    payment_refund_reference: "r-1",
  });
  await call("get", "/v2/payment/refunds/{}", [refunded.payment_refund_id]);
  await call("post", `${TRANSACTION}/refund`, [id], { refund_amount: 100, refund_reference: "r" });
  await call("post", `${TRANSACTION}/capture`, [id], { capture_amount: 600 });
  await call("post", `${TRANSACTION}/void`, [id]);
  await call("patch", `${REQUESTS}/{}`, [request], { amount: 900 });
  await call("delete", `${REQUESTS}/{}`, [request]);
  await call("get", `${REQUESTS}/{}`, ["unknown"]);
  await call("post", REQUESTS, [], { ...create, amount: 0 });
  await call("post", "/v2/interoperability/tokens", []);
}

if (knows("/payments/v1/sessions")) await classic();
if (knows("/v2/payment/requests")) await network();
