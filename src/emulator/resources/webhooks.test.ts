import { describe, expect, test } from "vitest";
import { emulator, KEY, UNLIMITED } from "../pipeline.support.ts";

const WEBHOOKS = "/v2/notification/webhooks";
const KEYS = "/v2/notification/signing-keys";

function registered() {
  const at = emulator({}, UNLIMITED);
  const key: string = at.send("POST", KEYS).body.signing_key_id;
  const body = {
    url: "https://example.com/webhooks",
    event_types: ["payment.request.state-change.completed"],
    event_version: "v2",
    signing_key_id: key,
    status: "ENABLED",
  };
  const create = (changes: object = {}) =>
    at.send("POST", WEBHOOKS, { body: { ...body, ...changes } });
  return { ...at, key, body, create };
}

describe("webhooks", () => {
  test("are registered, listed, changed, tried and taken away", () => {
    const { create, send, body } = registered();
    const created = create();
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject(body);
    const path = `${WEBHOOKS}/${created.body.webhook_id}`;
    expect(send("GET", path).body).toEqual(created.body);
    expect(send("GET", WEBHOOKS).body).toEqual({ webhooks: [created.body] });
    const changed = send("PATCH", path, { body: { status: "DISABLED" } });
    expect(changed.body).toMatchObject({ ...body, status: "DISABLED" });
    const event = { event_type: "payment.request.state-change.completed", event_version: "v2" };
    expect(send("POST", `${path}/simulate`, { body: event }).status).toBe(202);
    expect(send("DELETE", path).status).toBe(204);
    for (const refused of [
      send("GET", path),
      send("DELETE", path),
      send("PATCH", path, { body: {} }),
      send("POST", `${path}/simulate`, { body: event }),
    ]) {
      expect(refused.status).toBe(404);
    }
  });

  test("another key sees none of them", () => {
    const { create, send } = registered();
    const { body } = create();
    const headers = { authorization: `Basic ${KEY}2` };
    expect(send("GET", WEBHOOKS, { headers }).body).toEqual({ webhooks: [] });
    expect(send("GET", `${WEBHOOKS}/${body.webhook_id}`, { headers }).status).toBe(404);
  });

  test.each([
    ["plain HTTP", { url: "http://example.com" }, "url"],
    ["another port", { url: "https://example.com:444" }, "url"],
    ["no address", { url: "nowhere" }, "url"],
    ["no events", { event_types: [] }, "event_types"],
    ["an unknown event", { event_types: ["order.created"] }, "event_types[0]"],
    ["a signing key that is none", { signing_key_id: "x" }, "signing_key_id"],
    ["an unknown status", { status: "ON" }, "status"],
  ])("%s is a validation error", (_, changes, parameter) => {
    const { status, body } = registered().create(changes);
    expect(status).toBe(400);
    expect(body.validation_errors).toEqual([expect.objectContaining({ parameter })]);
  });

  test("port 8443 is a receiver's as well; there are at most twenty", () => {
    const { create } = registered();
    const statuses = Array.from(
      { length: 21 },
      () => create({ url: "https://example.com:8443/x" }).status,
    );
    expect(statuses).toEqual([...Array(20).fill(201), 409]);
  });
});

describe("signing keys", () => {
  test("are shown once, and taken away only when no webhook needs them", () => {
    const { create, send, key } = registered();
    const second = send("POST", KEYS);
    expect(second.status).toBe(201);
    expect(second.body).toHaveProperty("signing_key");
    const { signing_key: _, ...kept } = second.body;
    expect(send("GET", KEYS).body.signing_keys).toHaveLength(2);
    expect(send("GET", `${KEYS}/${kept.signing_key_id}`).body).toEqual(kept);
    create();
    expect(send("DELETE", `${KEYS}/${key}`).status).toBe(409);
    expect(send("DELETE", `${KEYS}/${kept.signing_key_id}`).status).toBe(204);
    expect(send("DELETE", `${KEYS}/${kept.signing_key_id}`).status).toBe(404);
    expect(send("GET", `${KEYS}/${kept.signing_key_id}`).status).toBe(404);
  });
});
