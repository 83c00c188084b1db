import { describe, expect, it } from "vitest";
import {
  binding,
  bindingPrototype,
  copied,
  guard,
  guardAssigned,
  guardIfPresent,
  property,
  type Sentry,
  TripwireUnarmedError,
} from "./patch.ts";

const goOn: Sentry = (self, args, proceed) => ["seen", proceed(self, args)];

function owner() {
  return {
    base: 1,
    add(this: { base: number }, ...more: number[]) {
      return more.reduce((sum, one) => sum + one, this.base);
    },
  };
}

/** As the tripwire says that it can't stand in front of something. */
function unarmed(what: string): Error {
  return expect.objectContaining({
    name: "TripwireUnarmedError",
    code: "GUARD_TRIPWIRE_UNARMED",
    message: `the tripwire can't be armed: no ${what} in this Node`,
    hint: expect.stringContaining("Node 20, 22 or 24"),
  });
}

describe("guard", () => {
  it("puts a sentry in front of a method, which sees object and arguments and may go on", () => {
    const object = owner();
    guard(object, "add", goOn);
    expect(object.add(2, 3)).toEqual(["seen", 6]);
    expect(object.add.name).toBe("add");
  });

  it("lets a sentry refuse", () => {
    const object = owner();
    guard(object, "add", () => {
      throw new RangeError("no");
    });
    expect(() => object.add(1)).toThrow(RangeError);
  });

  it.each([
    ["guard", guard],
    ["guardIfPresent", guardIfPresent],
  ])("can't be undone: %s", (_, put) => {
    const object = owner();
    put(object, "add", goOn);
    expect(Object.getOwnPropertyDescriptor(object, "add")).toMatchObject({
      writable: false,
      enumerable: true,
      configurable: false,
    });
    expect(() => Object.assign(object, { add: () => 0 })).toThrow(TypeError);
  });

  it.each<[string, object]>([
    ["nothing", {}],
    ["no function", { add: 5 }],
    ["a method of its prototype only", Object.create(owner())],
  ])("finds none to stand in front of: %s", (_, object) => {
    expect(guardIfPresent(object, "add", goOn)).toBe(false);
    expect(() => guard(object, "add", goOn)).toThrow(unarmed("`add`"));
    expect(() => guardAssigned(object, "add", goOn)).toThrow(unarmed("`add`"));
  });

  it("says that there was one", () => {
    expect(guardIfPresent(owner(), "add", goOn)).toBe(true);
  });

  it("says so when a method can't be replaced", () => {
    const object = Object.freeze(owner());
    for (const put of [guard, guardIfPresent, guardAssigned]) {
      expect(() => put(object, "add", goOn)).toThrow(unarmed("changeable `add`"));
    }
  });
});

describe("guardAssigned", () => {
  it("takes an assignment, of which nothing comes, and can't be undone", () => {
    const object = owner();
    guardAssigned(object, "add", goOn);
    const child: ReturnType<typeof owner> = Object.create(object);
    child.add = () => 0;
    expect(child.add(2)).toEqual(["seen", 3]);
    expect(Object.getOwnPropertyDescriptor(object, "add")).toMatchObject({
      enumerable: true,
      configurable: false,
    });
    expect(() => Object.defineProperty(object, "add", { value: () => 0 })).toThrow(TypeError);
  });
});

describe("what was read", () => {
  it("is copied from an array, each element once", () => {
    let reads = 0;
    const array = Object.defineProperty(["a", "b"], 1, { get: () => ++reads });
    expect(copied(array)).toEqual(["a", 1]);
    expect(reads).toBe(1);
    expect(copied(array)).not.toBe(array);
    expect(copied([])).toEqual([]);
  });

  it.each([[undefined], [null], ["ab"], [{ length: 1, 0: "a" }]])("is none of %o", (value) => {
    expect(copied(value)).toBeUndefined();
  });

  it("is a property of an object, and of nothing else", () => {
    expect(property({ path: "/a" }, "path")).toBe("/a");
    expect(property({}, "path")).toBeUndefined();
    for (const none of [null, undefined, "text", 5]) {
      expect(property(none, "length")).toBeUndefined();
    }
  });
});

describe("Node's bindings", () => {
  it("are given out by name, with their classes' prototypes", () => {
    const tcp = binding("tcp_wrap") as { TCP: { prototype: object } };
    expect(bindingPrototype("tcp_wrap", "TCP")).toBe(tcp.TCP.prototype);
    expect(tcp.TCP.prototype).toHaveProperty("connect");
  });

  it.each([
    ["no such binding", () => binding("no_such_wrap"), "binding `no_such_wrap`"],
    ["no such class", () => bindingPrototype("tcp_wrap", "Nope"), "class `Nope`"],
    ["no class", () => bindingPrototype("tcp_wrap", "constants"), "class `constants`"],
  ])("say what is missing: %s", (_, find, what) => {
    expect(find).toThrow(TripwireUnarmedError);
    expect(find).toThrow(unarmed(what));
  });

  it("say why one was not given out", () => {
    expect(() => binding("no_such_wrap")).toThrow(
      expect.objectContaining({
        cause: expect.objectContaining({ message: expect.stringContaining("no_such_wrap") }),
      }),
    );
  });

  it.each([[undefined], [5], [null]])("that are no object are none: %o", (given) => {
    const real = Object.getOwnPropertyDescriptor(process, "binding") ?? {};
    Object.defineProperty(process, "binding", { ...real, value: () => given });
    try {
      expect(() => binding("tcp_wrap")).toThrow(unarmed("binding `tcp_wrap`"));
    } finally {
      Object.defineProperty(process, "binding", real);
    }
  });

  it("of a class whose prototype is no object are none", () => {
    const real = Object.getOwnPropertyDescriptor(process, "binding") ?? {};
    const value = () => ({ Arrow: () => {}, Null: Object.assign(() => {}, { prototype: null }) });
    Object.defineProperty(process, "binding", { ...real, value });
    try {
      for (const name of ["Arrow", "Null"]) {
        expect(() => bindingPrototype("tcp_wrap", name)).toThrow(unarmed(`class \`${name}\``));
      }
    } finally {
      Object.defineProperty(process, "binding", real);
    }
  });
});
