import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { Refusal } from "../base/errors.ts";
import { fingerprint } from "./fingerprint.ts";
import { findLiveMarker } from "./live-markers.ts";

/** Undoing more layers than anyone documents would only help somebody hide something. */
const LAYERS_MAX = 4;
const KEY_BYTES_MAX = 8192;

/** What may follow the prefix of a key: base64url text and the dots of a signed token, 16 characters at least. */
const TEST_KEY = /^klarna_test_api_[A-Za-z0-9_.=+/-]{16,}$/;
const TEST_KEY_PREFIX = "klarna_test_api_";

// Never exported: what this module mints, nothing else can make.
const mint = Symbol("guard mint");

/**
 * A key for Klarna's test environment that the guard has classified. Printing it, turning it to JSON or
 * inspecting it shows its fingerprint; the header is the only way out, and the guard alone asks for it.
 */
export class TestApiKey {
  readonly #key: string;

  constructor(token: typeof mint, key: string) {
    if (token !== mint) throw forged();
    this.#key = key;
    // A method laid over `authorization` would let a genuine key send another.
    Object.freeze(this);
  }

  get fingerprint(): string {
    return fingerprint(this.#key);
  }

  /** The value of the Authorization header, in the guard's own encoding and never as it was given. */
  authorization(): string {
    return `Basic ${Buffer.from(`:${this.#key}`).toString("base64")}`;
  }

  toString(): string {
    return `test key ${this.fingerprint}`;
  }
  toJSON(): string {
    return this.toString();
  }
  [inspect.custom](): string {
    return this.toString();
  }

  /** The key itself when this module made it. @throws Refusal `GUARD_FORGED` otherwise. */
  static assertGenuine(value: unknown): TestApiKey {
    if (typeof value === "object" && value !== null && #key in value) return value;
    throw forged();
  }
}

function forged(): Refusal {
  return new Refusal("GUARD_FORGED", "a key that the guard did not make", {
    hint: "keys come from KLARNA_API_KEY, --api-key-file or --api-key-command",
  });
}

/** What a credential turned out to be, if not a test key. None of these is ever used. */
type RefusedClass = "live" | "client-id" | "truncated" | "too-long" | "unknown";
export type Classified =
  | { readonly kind: "test-api-key"; readonly key: string }
  | { readonly kind: RefusedClass };

/**
 * Undoes every documented wrapping (raw, `Basic `, base64 or base64url of the key or of `user:key`, in
 * any order, four layers at most) and says what is inside. One live sign in any layer makes it `live`,
 * whatever else is there; what can't be told apart is `unknown`, which is refused like the rest.
 */
export function classifyKey(raw: string): Classified {
  if (Buffer.byteLength(raw) > KEY_BYTES_MAX) return { kind: "too-long" };
  const { layers, frontier } = unwrapped(raw);
  const all = [...layers, ...frontier];
  if (all.some(({ text }) => isLive(text))) return { kind: "live" };
  if (all.some(({ text }) => isClientId(text))) return { kind: "client-id" };
  if (frontier.length > 0) return { kind: "unknown" };
  const inKeyPlace = layers.filter((layer) => layer.inKeyPlace).map(({ text }) => text);
  // One at most: no text that is a key can be unwrapped to another.
  const key = inKeyPlace.find((text) => TEST_KEY.test(text));
  if (key !== undefined) return { kind: "test-api-key", key };
  const isCut = inKeyPlace.some((text) => text.startsWith(TEST_KEY_PREFIX));
  return { kind: isCut ? "truncated" : "unknown" };
}

/** The innermost text of a credential that shows a sign of live: the same for the same key in whatever wrapping. `undefined`: none does. */
export function liveKeyIn(raw: string): string | undefined {
  if (Buffer.byteLength(raw) > KEY_BYTES_MAX) return undefined;
  const { layers, frontier } = unwrapped(raw);
  const found = [...layers, ...frontier].findLast(({ text }) => isLive(text));
  return found && joined(found.text);
}

/** Every text within, outermost first; `frontier`: what lies deeper than anything that is used. */
function unwrapped(raw: string): { readonly layers: Layer[]; readonly frontier: Layer[] } {
  const layers: Layer[] = [];
  let frontier: Layer[] = [{ text: trimmed(raw), inKeyPlace: true }];
  for (let depth = 0; depth <= LAYERS_MAX; depth++) {
    layers.push(...frontier);
    frontier = frontier.flatMap(unwrap);
  }
  return { layers, frontier };
}

/** A text found inside the credential, and whether it stands where a key would. */
interface Layer {
  readonly text: string;
  /** What is beside it, a user name say, is searched for live signs like everything else, but never taken for a key. */
  readonly inKeyPlace: boolean;
}

function isLive(text: string): boolean {
  return [text, joined(text)].some(
    (form) => findLiveMarker(form) !== undefined || /:live:/i.test(form),
  );
}

function isClientId(text: string): boolean {
  return /klarna_test_client_/i.test(joined(text));
}

const REFUSALS: Readonly<Record<RefusedClass, { code: string; text: string; hint: string }>> = {
  live: {
    code: "GUARD_KEY_LIVE",
    text: "this is a live credential",
    hint: "take it out of this machine's settings at once, and use a key that starts with klarna_test_api_",
  },
  "client-id": {
    code: "GUARD_KEY_CLIENT_ID",
    text: "this is a client identifier for browsers, not an API key",
    hint: "use a key that starts with klarna_test_api_, made in Klarna's test portal",
  },
  truncated: {
    code: "GUARD_KEY_TRUNCATED",
    text: "this looks like a test key that was cut short or holds characters no key has",
    hint: "copy the whole key again, on one line, without quotation marks",
  },
  "too-long": {
    code: "GUARD_KEY_TOO_LONG",
    text: `this is longer than ${KEY_BYTES_MAX} bytes`,
    hint: "give the key alone, a single line that starts with klarna_test_api_",
  },
  unknown: {
    code: "GUARD_KEY_UNKNOWN",
    text: "this can't be told to be a test key",
    hint: "use a key that starts with klarna_test_api_; user names and shared secrets of older APIs prove nothing and are refused",
  },
};

/**
 * @param raw a credential in any documented wrapping; at most 8 KB
 * @throws Refusal `GUARD_KEY_…`, naming the class and a fingerprint and never the credential
 */
export function parseApiKey(raw: string): TestApiKey {
  const classified = classifyKey(raw);
  if (classified.kind === "test-api-key") return new TestApiKey(mint, classified.key);
  const refusal = REFUSALS[classified.kind];
  throw new Refusal(refusal.code, `${refusal.text} (fingerprint ${fingerprint(raw)})`, {
    hint: refusal.hint,
  });
}

/** A key for one emulator run, made here and known to that emulator alone: the user's is never read for one. */
export function generateEmulatorKey(): { readonly key: TestApiKey; readonly secret: string } {
  const secret = `${TEST_KEY_PREFIX}${randomBytes(24).toString("base64url")}`;
  return { key: new TestApiKey(mint, secret), secret };
}

/** White space and characters that print nothing, which copying from a page or breaking lines brings along. */
const GAP = String.raw`[\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]+`;
const GAPS_AROUND = new RegExp(`^${GAP}|${GAP}$`, "gu");
const GAPS = new RegExp(GAP, "gu");

function trimmed(text: string): string {
  return text.replace(GAPS_AROUND, "");
}

function joined(text: string): string {
  return text.replace(GAPS, "");
}

/** Every text that one documented wrapping less could give. */
function unwrap({ text, inKeyPlace }: Layer): Layer[] {
  const inner: Layer[] = [];
  const add = (found: string | undefined, asKey: boolean): void => {
    const bare = trimmed(found ?? "");
    if (bare !== "") inner.push({ text: bare, inKeyPlace: asKey });
  };
  add(/^basic\s(.+)/is.exec(text)?.[1], inKeyPlace);
  const colon = text.indexOf(":");
  if (colon >= 0) {
    add(text.slice(0, colon), false);
    add(text.slice(colon + 1), inKeyPlace);
  }
  // Base64 with gaps in it is not a documented form: it is looked into, and never taken for the key.
  add(decodeBase64(joined(text)), inKeyPlace && joined(text) === text);
  return inner;
}

/** Base64 or base64url, with or without padding, of UTF-8; `undefined` for anything else. */
function decodeBase64(text: string): string | undefined {
  if (!/^[A-Za-z0-9+/_-]{8,}={0,2}$/.test(text)) return undefined;
  const decoded = Buffer.from(text, "base64").toString("utf8");
  return decoded.includes("\ufffd") ? undefined : decoded;
}
