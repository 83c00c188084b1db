import { describe, expect, it } from "vitest";
import { idempotencyKeys, likenessOf } from "./idempotency.ts";

/** The namespace for DNS names of RFC 9562, appendix A. */
const DNS = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";

describe("idempotency keys", () => {
  // Made by Python 3: uuid.uuid5(uuid.NAMESPACE_DNS, "0") and so on.
  it.each([
    [0, "6af613b6-569c-5c22-9c37-2ed93f31d3af"],
    [1, "b04965e6-a9bb-591f-8f8a-1adcb2c8dc39"],
    [42, "7c411b5e-9d3f-50b5-9c28-62096e41c4ed"],
    [4_294_967_296, "67e6a904-ad54-526c-90ac-71f5c34e0951"],
  ])("of write %d, in the namespace for DNS names", (write, key) => {
    expect(idempotencyKeys(DNS)(write)).toBe(key);
  });

  it("of a namespace in capitals are the same", () => {
    expect(idempotencyKeys(DNS.toUpperCase())(42)).toBe("7c411b5e-9d3f-50b5-9c28-62096e41c4ed");
  });

  it("are UUIDs of version 5, one for each write, the same for the same write", () => {
    const key = idempotencyKeys();
    const keys = Array.from({ length: 1000 }, (_, write) => key(write));
    const form = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    expect(keys.filter((one) => !form.test(one))).toEqual([]);
    expect(new Set(keys).size).toBe(1000);
    expect(key(7)).toBe(keys[7]);
  });

  it("differ from run to run", () => {
    const runs = Array.from({ length: 100 }, () => idempotencyKeys()(0));
    expect(new Set(runs).size).toBe(100);
  });
});

it("tells requests that look alike by method, path, query and body, and by nothing else", () => {
  const one = likenessOf("POST", "/v2/payment/requests", "{}", "a");
  expect(likenessOf("POST", "/v2/payment/requests", "{}", "b").intent).toBe(one.intent);
  expect(likenessOf("POST", "/v2/payment/requests", Buffer.from("{}"), undefined).intent).toBe(
    one.intent,
  );
  const others = [
    likenessOf("POST", "/v2/payment/requests", "{} ", "a"),
    likenessOf("PATCH", "/v2/payment/requests", "{}", "a"),
    likenessOf("POST", "/v2/payment/requests?a=b", "{}", "a"),
  ];
  for (const other of others) expect(other.intent).not.toBe(one.intent);
  expect([one.write, likenessOf("GET", "/", "", undefined).write]).toEqual([true, false]);
});
