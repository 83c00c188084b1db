import dns from "node:dns";
import dnsPromises from "node:dns/promises";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Sentries } from "./sentries.support.ts";

const sentries = new Sentries();
const channel = {
  named: "Resolver",
  cancel() {},
  getServers() {},
  setServers() {},
  setLocalAddress() {},
  queryA() {},
  getHostByAddr() {},
  [Symbol("of its own")]() {},
};
vi.doMock("./patch.ts", async (original) => ({
  ...(await original<object>()),
  ...sentries.patch({ dns, dnsPromises }),
}));

beforeEach(() => {
  sentries.clear();
  sentries.prototypes.set(
    "cares_wrap.ChannelWrap",
    Object.assign(channel, { constructor: Object }),
  );
  vi.resetModules();
});

async function armed() {
  const { guardNames } = await import("./names.ts");
  const { withLookupTicket } = await import("./tickets.ts");
  guardNames();
  return { withLookupTicket };
}

const refused = (api: string, destination: string) =>
  expect.objectContaining({ code: "GUARD_TRIPWIRE", api, destination });

describe.each([
  ["dns", "dns"],
  ["dnsPromises", "dns.promises"],
])("%s.lookup", (owner, api) => {
  it.each(["127.0.0.1", "::1"])("of a literal asks nobody, and goes on: %s", async (literal) => {
    await armed();
    expect(sentries.call(`${owner}.lookup`, [literal, 1])).toEqual([
      "went on",
      "self",
      [literal, 1],
    ]);
  });

  it("goes on with a ticket for the name, once", async () => {
    const { withLookupTicket } = await armed();
    const look = () => sentries.call(`${owner}.lookup`, ["a.example", 1]);
    withLookupTicket("a.example", () => {
      expect(look()).toEqual(["went on", "self", ["a.example", 1]]);
      expect(look).toThrow(refused(`${api}.lookup`, "a.example"));
    });
  });

  it.each<[string, unknown, string]>([
    ["another name", "b.example", "b.example"],
    ["what only turns into a literal", { toString: () => "127.0.0.1" }, "unknown"],
    ["nothing", undefined, "unknown"],
  ])("is refused for %s", async (_, name, destination) => {
    const { withLookupTicket } = await armed();
    const look = () => sentries.call(`${owner}.lookup`, [name]);
    expect(() => withLookupTicket("a.example", look)).toThrow(
      refused(`${api}.lookup`, destination),
    );
  });

  it("has a sibling that is refused", async () => {
    await armed();
    expect(() => sentries.call(`${owner}.lookupService`, ["127.0.0.1", 80])).toThrow(
      refused(`${api}.lookupService`, "127.0.0.1:80"),
    );
  });
});

it("every question of a resolver is refused, and what asks nobody is left alone", async () => {
  await armed();
  const of = sentries.names.filter((name) => name.startsWith("Resolver."));
  // And the name that this test gave it.
  expect(of).toEqual(["Resolver.named", "Resolver.queryA", "Resolver.getHostByAddr"]);
  expect(() => sentries.call("Resolver.queryA", [{}, "a.example"])).toThrow(
    refused("dns.Resolver queryA", "a.example"),
  );
});
