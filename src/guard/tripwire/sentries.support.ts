import type { Proceed, Sentry } from "./patch.ts";

/**
 * In place of `patch.ts`, for the tests of what stands in front of Node's API: a process can't take a sentry back, so here
 * each is kept by the name of what it is to stand in front of, and called by the test. For real: test/tripwire.
 */
export class Sentries {
  readonly #all = new Map<string, Sentry>();
  /** What the part may do without, as it said. */
  readonly optional: string[] = [];
  /** The prototypes of bindings' classes, `binding.Class`, where a test gives one. */
  readonly prototypes = new Map<string, object>();

  clear(): void {
    this.#all.clear();
    this.optional.length = 0;
  }

  get names(): string[] {
    return [...this.#all.keys()];
  }

  /** Calls as Node would: `self.<what>(...args)`. @returns what comes of it, the original giving what it was handed */
  call(what: string, args: readonly unknown[], self: unknown = "self"): unknown {
    const sentry = this.#all.get(what);
    if (!sentry) throw new Error(`nothing stands in front of ${what}: ${this.names.join(", ")}`);
    const proceed: Proceed = (on, handed) => ["went on", on, handed];
    return sentry(self, args, proceed);
  }

  /** What the module `patch.ts` gives, with these in front of nothing. */
  patch(owners: Readonly<Record<string, object>>): object {
    const nameOf = (owner: object): string => {
      if ("named" in owner) return String(owner.named);
      return Object.keys(owners).find((name) => owners[name] === owner) ?? "somewhere else";
    };
    const keep = (owner: object, name: string | symbol, sentry: Sentry): boolean => {
      this.#all.set(`${nameOf(owner)}.${String(name)}`, sentry);
      return true;
    };
    return {
      guard: keep,
      guardAssigned: keep,
      guardIfPresent: (owner: object, name: string, sentry: Sentry) => {
        this.optional.push(`${nameOf(owner)}.${name}`);
        return keep(owner, name, sentry);
      },
      binding: (name: string) => ({ named: name }),
      bindingPrototype: (of: string, name: string) =>
        this.prototypes.get(`${of}.${name}`) ?? { named: `${of}.${name}` },
    };
  }
}
