import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ENVIRONMENT_NAMES,
  emulatorTarget,
  isKlarnaEnvironment,
  type KlarnaEnvironment,
  klarnaTarget,
  parseEnvironment,
  plainTarget,
  servesFamily,
  TestTarget,
} from "./environments.ts";
import { refusal } from "./errors.support.ts";

/** As messages list them. */
const NAMES = "emulator, klarna-test, playground-eu, playground-na, playground-oc";

const CA = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

/** To the letter, from the table of hosts in our notes on Klarna's API: written out, so that a change of one fails here. */
const ORIGINS: readonly (readonly [KlarnaEnvironment, string])[] = [
  ["klarna-test", "https://api-global.test.klarna.com"],
  ["playground-eu", "https://api.playground.klarna.com"],
  ["playground-na", "https://api-na.playground.klarna.com"],
  ["playground-oc", "https://api-oc.playground.klarna.com"],
];

describe("parseEnvironment", () => {
  it("takes the five names and no other", () => {
    expect(ENVIRONMENT_NAMES).toEqual(["emulator", ...ORIGINS.map(([name]) => name)]);
    expect(ENVIRONMENT_NAMES.map(parseEnvironment)).toEqual(ENVIRONMENT_NAMES);
  });

  it.each([
    "",
    "Emulator",
    "KLARNA-TEST",
    "klarna-test.",
    "klarna-test ",
    " klarna-test",
    "klarna-test\n",
    "klarna-test\u200b",
    "klarna\u2010test",
    "kl\u0430rna-test",
    "\uff4blarna-test",
    "klarna_test",
    "klarna-live",
    "live",
    "production",
    "playground",
    "playground-us",
    "klarna-test,emulator",
    "https://api-global.test.klarna.com",
    "api-global.test.klarna.com",
    "https://api.klarna.com",
    "127.0.0.1",
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "0",
  ])("refuses %j", (name) => {
    expect(() => parseEnvironment(name)).toThrow(refusal("GUARD_ENVIRONMENT_UNKNOWN"));
  });

  it("names the one that was meant, and shows what can't be seen", () => {
    expect(() => parseEnvironment("playgroundeu\u202e")).toThrow(
      expect.objectContaining({
        message: "no environment is named `playgroundeu‹U+202E›`",
        hint: `did you mean \`playground-eu\`? the environments are ${NAMES}`,
      }),
    );
    expect(() => parseEnvironment("https://elsewhere.example")).toThrow(
      expect.objectContaining({
        hint: `the environments are ${NAMES}; an address can't be given`,
      }),
    );
  });

  it("refuses every text that is not a name", () => {
    const near = fc
      .tuple(fc.constantFrom(...ENVIRONMENT_NAMES), fc.nat(), fc.string({ unit: "grapheme" }))
      .map(([name, at, put]) => name.slice(0, at % 12) + put + name.slice(at % 12));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), near), (name) => {
        fc.pre(!ENVIRONMENT_NAMES.some((known) => known === name));
        expect(() => parseEnvironment(name)).toThrow(refusal("GUARD_ENVIRONMENT_UNKNOWN"));
      }),
    );
  });
});

describe("klarnaTarget", () => {
  it.each(ORIGINS)("%s is %s, port 443, with the bundled roots", (environment, origin) => {
    const target = klarnaTarget(environment);
    expect(TestTarget.assertGenuine(target)).toBe(target);
    expect(target).toMatchObject({
      environment,
      origin,
      hostname: origin.slice(8),
      port: 443,
      caPem: undefined,
      isPlain: false,
    });
    expect(isKlarnaEnvironment(environment)).toBe(true);
  });

  it.each(["emulator", "__proto__", "constructor", "toString", "live", ""])(
    "makes none for a name that was cast: %j",
    (name) => {
      expect(() => klarnaTarget(name as KlarnaEnvironment)).toThrow(TypeError);
    },
  );

  it("takes names only", () => {
    // @ts-expect-error an address is no name
    expect(() => klarnaTarget("https://api-global.test.klarna.com")).toThrow(TypeError);
    // @ts-expect-error the emulator has its own way, by proof
    expect(() => klarnaTarget("emulator")).toThrow(TypeError);
  });
});

describe("emulatorTarget", () => {
  it.each([1, 80, 443, 8443, 65_535])("accepts port %d of 127.0.0.1", (port) => {
    const url = `https://127.0.0.1:${port}`;
    const target = emulatorTarget({ url, caPem: CA });
    expect(TestTarget.assertGenuine(target)).toBe(target);
    expect(target).toMatchObject({
      environment: "emulator",
      origin: url,
      hostname: "127.0.0.1",
      port,
      caPem: CA,
      isPlain: false,
    });
  });

  it.each([
    ["port 0", "https://127.0.0.1:0"],
    ["a port too high", "https://127.0.0.1:65536"],
    ["a port far too high", "https://127.0.0.1:99999"],
    ["six digits", "https://127.0.0.1:100000"],
    ["a leading zero", "https://127.0.0.1:0443"],
    ["no port", "https://127.0.0.1"],
    ["an empty port", "https://127.0.0.1:"],
    ["a negative port", "https://127.0.0.1:-1"],
    ["a port in other digits", "https://127.0.0.1:\u0661\u0662"],
    ["a port in scientific notation", "https://127.0.0.1:1e3"],
    ["a name", "https://localhost:8443"],
    ["a short form", "https://127.1:8443"],
    ["a number", "https://2130706433:8443"],
    ["octal", "https://0177.0.0.1:8443"],
    ["another loopback address", "https://127.0.0.2:8443"],
    ["all addresses", "https://0.0.0.0:8443"],
    ["IPv6", "https://[::1]:8443"],
    ["IPv4 in IPv6", "https://[::ffff:127.0.0.1]:8443"],
    ["user info", "https://user@127.0.0.1:8443"],
    ["the address as user info", "https://127.0.0.1:8443@api.klarna.com"],
    ["the address as a label", "https://127.0.0.1.klarna.com:8443"],
    ["a path", "https://127.0.0.1:8443/v2"],
    ["a slash", "https://127.0.0.1:8443/"],
    ["a query", "https://127.0.0.1:8443?x"],
    ["a fragment", "https://127.0.0.1:8443#x"],
    ["plain HTTP", "http://127.0.0.1:8443"],
    ["capitals", "HTTPS://127.0.0.1:8443"],
    ["no scheme", "127.0.0.1:8443"],
    ["white space before", " https://127.0.0.1:8443"],
    ["a line break after", "https://127.0.0.1:8443\n"],
    ["a second line", "https://127.0.0.1:8443\nhttps://api.klarna.com"],
    ["something before", "xhttps://127.0.0.1:8443"],
    ["a zero-width space", "https://127.0.0.1\u200b:8443"],
    ["full-width digits", "https://\uff11\uff12\uff17.0.0.1:8443"],
    ["an ideographic full stop", "https://127\u30020.0.1:8443"],
    ["a backslash", "https:\\\\127.0.0.1:8443"],
    ["a test host", "https://api-global.test.klarna.com"],
    ["a live host", "https://api.klarna.com"],
    ["nothing", ""],
  ])("refuses %s", (_, url) => {
    const make = () => emulatorTarget({ url, caPem: CA });
    expect(make).toThrow(refusal("GUARD_TARGET_NOT_LISTED"));
    expect(make).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("https://127.0.0.1:<port>") }),
    );
  });

  it("reads the address once", () => {
    const urls = ["https://127.0.0.1:8443", "https://api.klarna.com"];
    const shifty = {
      caPem: CA,
      get url() {
        return urls.shift() ?? "";
      },
    };
    expect(emulatorTarget(shifty).origin).toBe("https://127.0.0.1:8443");
  });
});

it("an emulator's origin is what was checked, though it be read again as another", () => {
  const spellings = ["https://127.0.0.1:8443", "https://api.klarna.com"];
  // No text, whatever its type says: it is read anew each time.
  const url = { toString: () => spellings.shift() ?? "https://api.klarna.com" } as string;
  expect(`${emulatorTarget({ url, caPem: CA }).origin}`).toBe("https://127.0.0.1:8443");
});

describe("plainTarget", () => {
  it.each([1, 80, 8080, 65_535])("accepts port %d of 127.0.0.1, without TLS", (port) => {
    const url = `http://127.0.0.1:${port}`;
    const target = plainTarget({ url });
    expect(TestTarget.assertGenuine(target)).toBe(target);
    expect(target).toMatchObject({
      environment: "emulator",
      origin: url,
      hostname: "127.0.0.1",
      port,
      caPem: undefined,
      isPlain: true,
    });
  });

  it.each([
    ["TLS", "https://127.0.0.1:8080"],
    ["something before", "xhttp://127.0.0.1:8080"],
    ["port 0", "http://127.0.0.1:0"],
    ["a leading zero", "http://127.0.0.1:080"],
    ["a port too high", "http://127.0.0.1:65536"],
    ["six digits", "http://127.0.0.1:100000"],
    ["no port", "http://127.0.0.1"],
    ["a slash", "http://127.0.0.1:8080/"],
    ["a name", "http://localhost:8080"],
    ["another loopback address", "http://127.0.0.2:8080"],
    ["the address as user info", "http://127.0.0.1:8080@api.klarna.com"],
    ["a test host", "http://api-global.test.klarna.com"],
  ])("refuses %s", (_, url) => {
    expect(() => plainTarget({ url })).toThrow(refusal("GUARD_TARGET_NOT_LISTED"));
  });
});

describe("a target", () => {
  const genuine = klarnaTarget("klarna-test");
  const parts = {
    environment: "klarna-test",
    origin: "https://api.klarna.com",
    hostname: "api.klarna.com",
    port: 443,
    caPem: undefined,
  };

  it.each<[string, unknown]>([
    ["a look-alike", parts],
    ["one cast", parts as unknown as TestTarget],
    ["one with the right prototype", Object.create(TestTarget.prototype, {})],
    ["one with a genuine one for prototype", Object.create(genuine)],
    ["a copy", { ...genuine, ...parts }],
    ["a proxy of a genuine one", new Proxy(genuine, { get: (_, key) => Reflect.get(parts, key) })],
    ["null", null],
    ["nothing", undefined],
    ["a text", "https://api-global.test.klarna.com"],
    ["a function", () => parts],
  ])("can't be forged: %s", (_, forged) => {
    expect(() => TestTarget.assertGenuine(forged)).toThrow(refusal("GUARD_FORGED"));
  });

  it("can't be made, not even by a class that extends it", () => {
    // @ts-expect-error the mint token is not exported
    expect(() => new TestTarget(Symbol("guard mint"), parts)).toThrow(/did not make/);
    // @ts-expect-error a target takes the guard's token first
    expect(() => new TestTarget(parts)).toThrow(/did not make/);
    class Mine extends TestTarget {
      constructor() {
        // @ts-expect-error the mint token is not exported
        super(Symbol("guard mint"), parts);
      }
    }
    expect(() => new Mine()).toThrow(expect.objectContaining({ code: "GUARD_FORGED" }));
  });

  it("can't be told another address once made", () => {
    expect(() => {
      // @ts-expect-error its parts are read-only
      genuine.hostname = "api.klarna.com";
    }).toThrow(TypeError);
    const value = "api.klarna.com";
    expect(() => Object.defineProperty(genuine, "hostname", { value })).toThrow(TypeError);
    expect(() => Object.setPrototypeOf(genuine, { hostname: value })).toThrow(TypeError);
    expect(genuine.hostname).toBe("api-global.test.klarna.com");
  });

  it("is no text", () => {
    // @ts-expect-error a target is not a text
    const text: string = genuine;
    // @ts-expect-error nor a text a target
    const target: TestTarget = "https://api-global.test.klarna.com";
    expect([typeof text, typeof target]).toEqual(["object", "string"]);
    expect(inspect(genuine)).toBe("TestTarget {}");
  });
});

describe("servesFamily", () => {
  it.each([
    ["emulator", true, true],
    ["klarna-test", true, false],
    ["playground-eu", false, true],
    ["playground-na", false, true],
    ["playground-oc", false, true],
  ] as const)("%s: network %s, classic %s", (environment, network, classic) => {
    expect(servesFamily(environment, "network")).toBe(network);
    expect(servesFamily(environment, "classic")).toBe(classic);
  });
});
