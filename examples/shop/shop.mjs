// A shop's server with fastify: POST /checkout makes a payment at Klarna, and GET /health says that it is up.
// It knows Klarna by one setting, as an application should: KLARNA_BASE_URL, the gate's address in a test.
//   npm install fastify
//   KLARNA_BASE_URL=http://127.0.0.1:50123/<token>/ PORT=3000 node shop.mjs
import { randomUUID } from "node:crypto";
import Fastify from "fastify";

const base = new URL(process.env.KLARNA_BASE_URL);
const ATTEMPTS = 3;
const TIMEOUT_MS = 10_000;

/** Asks Klarna; after a 429 again when it says so. A write keeps its key, so that it happens once however often it is sent. */
async function klarna(method, path, body) {
  const headers = { "content-type": "application/json" };
  if (method !== "GET") headers["klarna-idempotency-key"] = randomUUID();
  for (let attempt = 1; ; attempt++) {
    const answer = await fetch(new URL(path, base), {
      method,
      headers,
      body: body && JSON.stringify(body),
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const said = await answer.json();
    if (answer.ok) return said;
    if (answer.status !== 429 || attempt === ATTEMPTS) {
      throw new Error(`${answer.status} ${said.error_code}: ${said.error_message}`);
    }
    const resetS = Number(answer.headers.get("x-ratelimit-reset") ?? 1);
    await new Promise((resolve) => setTimeout(resolve, resetS * 1000 * (1 + Math.random() / 2)));
  }
}

async function checkout() {
  const { payment_request_id } = await klarna("POST", "v2/payment/requests", {
    currency: "USD",
    amount: 1000,
    customer_interaction_config: { method: "HANDOVER", return_url: "https://shop.example/thanks" },
  });
  const { state } = await klarna("GET", `v2/payment/requests/${payment_request_id}`);
  return { payment_request_id, state };
}

const shop = Fastify();
shop.get("/health", async () => ({ up: true }));
shop.post("/checkout", async (_request, reply) => reply.code(201).send(await checkout()));
shop.setErrorHandler((error, _request, reply) => reply.code(502).send({ error: error.message }));
const url = await shop.listen({ port: Number(process.env.PORT ?? 3000), host: "127.0.0.1" });
process.stdout.write(`shop on ${url}\n`);
