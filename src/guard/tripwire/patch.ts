/**
 * How the tripwire puts itself in front of Node's API. Whatever runs at the moment of a check is captured here when
 * the module loads, so that a later change to `Reflect` or to a built-in prototype does not reach it.
 */
const { apply, defineProperty, get, getOwnPropertyDescriptor } = Reflect;
const { isArray } = Array;

/** Goes on to what stood there before. */
export type Proceed = (self: unknown, args: readonly unknown[]) => unknown;
/** What stands in front of a function: it goes on by `proceed`, or throws. */
export type Sentry = (self: unknown, args: readonly unknown[], proceed: Proceed) => unknown;

/** Raised while arming, when Node does not have what the tripwire must stand in front of. */
export class TripwireUnarmedError extends Error {
  override readonly name = "TripwireUnarmedError";
  readonly code = "GUARD_TRIPWIRE_UNARMED";
  readonly hint = "use Node 20, 22 or 24 without --permission";

  constructor(what: string, cause?: unknown) {
    super(`the tripwire can't be armed: no ${what} in this Node`, { cause });
  }
}

/**
 * Puts `sentry` in front of `owner[name]` for good: the property is neither writable nor configurable afterwards.
 * @throws TripwireUnarmedError unless it is a function of `owner`'s own
 */
export function guard(owner: object, name: string, sentry: Sentry): void {
  if (!guardIfPresent(owner, name, sentry)) throw new TripwireUnarmedError(`\`${name}\``);
}

/**
 * Like `guard`, for what only some versions of Node have.
 * @returns whether there was anything to guard
 * @throws TripwireUnarmedError if there is, and it can't be replaced
 */
export function guardIfPresent(owner: object, name: string, sentry: Sentry): boolean {
  const guarded = inFrontOf(owner, name, sentry);
  if (guarded === undefined) return false;
  install(owner, name, { value: guarded, writable: false });
  return true;
}

/**
 * Like `guard`, for a method that Node assigns to single objects (`handle.send = handle.send6`): with a property that
 * can't be written that would be an error, so the assignment is taken and nothing comes of it.
 * @throws TripwireUnarmedError unless it is a function of `owner`'s own
 */
export function guardAssigned(owner: object, name: string, sentry: Sentry): void {
  const guarded = inFrontOf(owner, name, sentry);
  if (guarded === undefined) throw new TripwireUnarmedError(`\`${name}\``);
  install(owner, name, { get: () => guarded, set: () => {} });
}

function install(owner: object, name: string, property: PropertyDescriptor): void {
  if (defineProperty(owner, name, { ...property, enumerable: true, configurable: false })) return;
  throw new TripwireUnarmedError(`changeable \`${name}\``);
}

function inFrontOf(owner: object, name: string, sentry: Sentry): object | undefined {
  const original: unknown = getOwnPropertyDescriptor(owner, name)?.value;
  if (typeof original !== "function") return undefined;
  const proceed: Proceed = (self, args) => apply(original, self, args);
  const guarded = function (this: unknown, ...args: unknown[]): unknown {
    return sentry(this, args, proceed);
  };
  defineProperty(guarded, "name", { value: name });
  return guarded;
}

/** The elements of an array, read once each; `undefined` for anything else. */
export function copied(value: unknown): unknown[] | undefined {
  if (!isArray(value)) return undefined;
  const copy: unknown[] = [];
  for (let i = 0; i < value.length; i++) copy[i] = value[i];
  return copy;
}

/** A property of anything, `undefined` where there can be none. Runs a getter, once. */
export function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? get(value, name) : undefined;
}

/**
 * One of Node's own bindings, the objects below its public API. `process.binding` is deprecated in the documentation
 * only, and no public way leads to the handles without opening one.
 * @throws TripwireUnarmedError if Node does not give it out
 */
export function binding(name: string): object {
  try {
    const found: unknown = apply(get(process, "binding"), process, [name]);
    if (typeof found === "object" && found !== null) return found;
  } catch (cause) {
    throw new TripwireUnarmedError(`binding \`${name}\``, cause);
  }
  throw new TripwireUnarmedError(`binding \`${name}\``);
}

/** The prototype of a class in one of Node's bindings. @throws TripwireUnarmedError if there is none */
export function bindingPrototype(bindingName: string, className: string): object {
  const found: unknown = get(binding(bindingName), className);
  const prototype: unknown = typeof found === "function" ? found.prototype : undefined;
  if (typeof prototype === "object" && prototype !== null) return prototype;
  throw new TripwireUnarmedError(`class \`${className}\``);
}
