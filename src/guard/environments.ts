import { Refusal } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import { visible } from "./foreign-text.ts";

/**
 * Where a run may go. Nothing adds to this table: no option, file, variable or exported call.
 * The hosts are Klarna's own test hosts; live ones differ by the missing label `.test.` or `.playground.`,
 * which is why origins are compared as whole strings and never by their parts.
 */
const KLARNA_ORIGINS = {
  "klarna-test": "https://api-global.test.klarna.com",
  "playground-eu": "https://api.playground.klarna.com",
  "playground-na": "https://api-na.playground.klarna.com",
  "playground-oc": "https://api-oc.playground.klarna.com",
} as const;

/** Klarna's two API families, which share neither hosts nor keys. */
export type Family = "network" | "classic";

/** The family that a host serves; the emulator serves both. */
export function servesFamily(environment: EnvironmentName, family: Family): boolean {
  if (environment === "emulator") return true;
  return family === (environment === "klarna-test" ? "network" : "classic");
}

export type KlarnaEnvironment = keyof typeof KLARNA_ORIGINS;
export type EnvironmentName = "emulator" | KlarnaEnvironment;

export const ENVIRONMENT_NAMES: readonly EnvironmentName[] = [
  "emulator",
  "klarna-test",
  "playground-eu",
  "playground-na",
  "playground-oc",
];

/** What a run is for; decides where it may go and how much it may do. */
export const KINDS = [
  "smoke",
  "baseline",
  "rate-limit-drill",
  "capacity",
  "soak",
  "spike",
  "stress",
] as const;
export type Kind = (typeof KINDS)[number];

/** The kinds that Klarna's environments take; everything else runs on the emulator alone. */
export const KLARNA_KINDS: ReadonlySet<Kind> = new Set(["smoke", "baseline", "rate-limit-drill"]);

export function isKlarnaEnvironment(name: EnvironmentName): name is KlarnaEnvironment {
  return name !== "emulator";
}

/** @throws Refusal `GUARD_ENVIRONMENT_UNKNOWN` for anything but a listed name, spelled exactly. */
export function parseEnvironment(name: string): EnvironmentName {
  const found = ENVIRONMENT_NAMES.find((known) => known === name);
  if (found) return found;
  const near = nearest(name, ENVIRONMENT_NAMES);
  throw new Refusal("GUARD_ENVIRONMENT_UNKNOWN", `no environment is named \`${visible(name)}\``, {
    hint: near
      ? `did you mean \`${near}\`? the environments are ${ENVIRONMENT_NAMES.join(", ")}`
      : `the environments are ${ENVIRONMENT_NAMES.join(", ")}; an address can't be given`,
  });
}

// Never exported: what this module mints, nothing else can make.
const mint = Symbol("guard mint");

/** Where to connect, and what to trust there. */
interface TargetParts {
  readonly environment: EnvironmentName;
  readonly origin: string;
  /** The name for TLS and the Host header. */
  readonly hostname: string;
  readonly port: number;
  /** Trusted instead of Node's bundled roots; the emulator's own certificate authority and no other. */
  readonly caPem: string | undefined;
  /** HTTP without TLS. */
  readonly isPlain: boolean;
}

/**
 * An origin that the guard accepted. Only this module makes one, and `assertGenuine` tells a look-alike
 * apart at run time, so a cast does not get past the door.
 */
export class TestTarget {
  readonly #parts: TargetParts;

  constructor(token: typeof mint, parts: TargetParts) {
    if (token !== mint) throw forged();
    this.#parts = Object.freeze({ ...parts });
    // A property of the same name, laid over a getter, would let a genuine target tell another address.
    Object.freeze(this);
  }

  get environment(): EnvironmentName {
    return this.#parts.environment;
  }
  get origin(): string {
    return this.#parts.origin;
  }
  get hostname(): string {
    return this.#parts.hostname;
  }
  get port(): number {
    return this.#parts.port;
  }
  get caPem(): string | undefined {
    return this.#parts.caPem;
  }
  get isPlain(): boolean {
    return this.#parts.isPlain;
  }

  /** The target itself when this module made it. @throws Refusal `GUARD_FORGED` otherwise. */
  static assertGenuine(value: unknown): TestTarget {
    if (typeof value === "object" && value !== null && #parts in value) return value;
    throw forged();
  }
}

function forged(): Refusal {
  return new Refusal("GUARD_FORGED", "a target that the guard did not make", {
    hint: "targets come from the environment's name; there is no other way to make one",
  });
}

/** The target of one of Klarna's environments. Makes no connection and resolves no name. */
export function klarnaTarget(environment: KlarnaEnvironment): TestTarget {
  const origin = KLARNA_ORIGINS[environment];
  return new TestTarget(mint, {
    environment,
    origin,
    hostname: origin.slice("https://".length),
    port: 443,
    caPem: undefined,
    isPlain: false,
  });
}

const LOOPBACK_ORIGIN = /^https:\/\/127\.0\.0\.1:([1-9]\d{0,4})$/;
const PLAIN_LOOPBACK_ORIGIN = /^http:\/\/127\.0\.0\.1:([1-9]\d{0,4})$/;

/** The form that an emulator's address takes, for messages. */
export const EMULATOR_ORIGIN_FORM =
  "https://127.0.0.1:<port>, as `klarna-perf emulator` printed it";

/**
 * The target of an emulator that has proved itself: `url` and `caPem` come from its registration, and the
 * certificate is the only one trusted, so a tunnel on that port fails in the TLS handshake.
 *
 * @throws Refusal `GUARD_TARGET_NOT_LISTED` unless `url` is `https://127.0.0.1:<port>` to the letter
 */
export function emulatorTarget({ url, caPem }: { url: string; caPem: string }): TestTarget {
  const port = loopbackPort(LOOPBACK_ORIGIN, url);
  // Written anew, so that it is what was checked whatever `url` is.
  return loopbackTarget({ origin: `https://127.0.0.1:${port}`, port, caPem, isPlain: false });
}

/**
 * The target of a bench's recorder, which speaks plain HTTP: `url` comes from a registration that says so. Nothing is
 * proved by a handshake; Klarna's hosts speak no plain HTTP, and the key is one made for the run.
 *
 * @throws Refusal `GUARD_TARGET_NOT_LISTED` unless `url` is `http://127.0.0.1:<port>` to the letter
 */
export function plainTarget({ url }: { url: string }): TestTarget {
  const port = loopbackPort(PLAIN_LOOPBACK_ORIGIN, url);
  const origin = `http://127.0.0.1:${port}`;
  return loopbackTarget({ origin, port, caPem: undefined, isPlain: true });
}

function loopbackPort(form: RegExp, url: string): number {
  const port = Number(form.exec(url)?.[1] ?? Number.NaN);
  if (port <= 65_535) return port;
  throw new Refusal("GUARD_TARGET_NOT_LISTED", `not an emulator: \`${visible(url)}\``, {
    hint: `the accepted form is ${EMULATOR_ORIGIN_FORM}`,
  });
}

function loopbackTarget(parts: Omit<TargetParts, "environment" | "hostname">): TestTarget {
  return new TestTarget(mint, { environment: "emulator", hostname: "127.0.0.1", ...parts });
}
