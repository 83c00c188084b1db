import { expect, it } from "vitest";
import { emulatorTarget, klarnaTarget } from "./environments.ts";
import { PinnedAddress } from "./pinned-address.ts";

/** Klarna's test host by a resolver that gives these answers one after the other; an error is thrown. */
function pinned(answers: readonly (readonly string[] | Error)[], permitted?: readonly string[]) {
  const asked: string[] = [];
  const resolve = async (hostname: string): Promise<readonly string[]> => {
    const answer = answers[asked.length];
    asked.push(hostname);
    if (answer instanceof Error || answer === undefined) throw answer;
    return answer;
  };
  return { address: new PinnedAddress(klarnaTarget("klarna-test"), permitted, resolve), asked };
}

const HOST = "api-global.test.klarna.com";
const refusal = (code: string, message: string, hint: RegExp) =>
  expect.objectContaining({ name: "Refusal", code, message, hint: expect.stringMatching(hint) });

it("asks for the name once, however many want the address, and keeps the first one", async () => {
  const { address, asked } = pinned([["198.20.0.1", "2606:4700::1111"], ["198.20.0.2"]]);
  expect([address.asksForName, address.found]).toEqual([true, []]);
  const all = [address.get(), address.get()];
  expect(address.asksForName).toBe(false);
  expect(await Promise.all([...all, address.get()])).toEqual(Array(3).fill("198.20.0.1"));
  expect([asked, address.found]).toEqual([[HOST], ["198.20.0.1"]]);
});

it("resolves no name for an emulator, whose address is none", async () => {
  const target = emulatorTarget({ url: "https://127.0.0.1:8443", caPem: "" });
  const address = new PinnedAddress(target, ["198.20.0.1"], () => Promise.reject(new Error("no")));
  expect(address.asksForName).toBe(false);
  expect(await address.get()).toBe("127.0.0.1");
  expect(address.found).toEqual(["127.0.0.1"]);
});

it("asks again after an error and after no answer, and for all that wait together once", async () => {
  const { address, asked } = pinned([new Error("ENOTFOUND"), [], ["198.20.0.1"]]);
  const together = [address.get(), address.get()].map((one) =>
    expect(one).rejects.toThrow("ENOTFOUND"),
  );
  await Promise.all(together);
  expect([asked.length, address.asksForName]).toEqual([1, true]);
  await expect(address.get()).rejects.toThrow("no address");
  expect(address.found).toEqual([]);
  expect(await address.get()).toBe("198.20.0.1");
  expect(asked).toHaveLength(3);
});

it("refuses an address that no public server has wherever it stands in the answer, for good", async () => {
  const { address, asked } = pinned([["198.20.0.1", "192.168.1.1"], ["198.20.0.1"]]);
  const text = `${HOST} resolves to 192.168.1.1, which is private`;
  const expected = refusal("GUARD_ADDRESS_NOT_PUBLIC", text, /VPN client.*run again/);
  await expect(address.get()).rejects.toThrow(expected);
  await expect(address.get()).rejects.toThrow(expected);
  expect([asked.length, address.asksForName, address.found]).toEqual([1, false, []]);
});

it("refuses an address that the permit does not list, though a later one is listed", async () => {
  const { address, asked } = pinned([["198.20.0.1", "198.20.0.2"]], ["198.20.0.2"]);
  const text = `${HOST} resolves to 198.20.0.1, which is not in the permit's list`;
  const expected = refusal("GUARD_ADDRESS_NOT_PERMITTED", text, /out of date/);
  await expect(address.get()).rejects.toThrow(expected);
  expect([asked.length, address.found]).toEqual([1, []]);
});

it("takes a listed address, and none where the list is empty", async () => {
  expect(await pinned([["198.20.0.1"]], ["198.20.0.2", "198.20.0.1"]).address.get()).toBe(
    "198.20.0.1",
  );
  await expect(pinned([["198.20.0.1"]], []).address.get()).rejects.toThrow("permit's list");
});

it("shows what a resolver gave as visible text", async () => {
  const { address } = pinned([["\u001b[2J"]]);
  await expect(address.get()).rejects.toThrow("resolves to ‹U+001B›[2J, which is");
});
