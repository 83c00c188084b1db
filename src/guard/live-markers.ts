/**
 * Signs of Klarna's live environment in text. Test and live differ by one label of a host and one field of a
 * key or resource name, so anything that shows a live sign is refused, wherever it stands.
 *
 * Not a proof of the opposite: many resource names carry no environment at all.
 */

interface Marker {
  readonly name: string;
  readonly pattern: RegExp;
}

/** Live hosts with what may follow a host name; a test host has one label more and never matches. */
const LIVE_HOST =
  /(?:^|[^a-z0-9.-])(?:api|api-na|api-oc|api-global|portal|login|xs2a\.banking)\.klarna\.com(?![a-z0-9-]|\.[a-z0-9])/i;

const KEY_PREFIX = "klarna_live_";

/**
 * A live key within base64 or base64url, encoded once or twice: what of the encoded prefix is the same whatever stands
 * around it. Keys are written in small letters, and so is what is looked for here.
 */
const KEY_IN_BASE64 = new RegExp(
  inBase64(KEY_PREFIX)
    .flatMap((once) => [once, ...inBase64(once)])
    .join("|"),
);

const MARKERS: readonly Marker[] = [
  { name: "klarna_live_", pattern: new RegExp(KEY_PREFIX, "i") },
  { name: "klarna_live_ in base64", pattern: KEY_IN_BASE64 },
  { name: ":account:live:", pattern: /:account:live:/i },
  // Not past the next `krn:`, which is searched from there: else a text full of them takes quadratic time.
  { name: ":live: in a resource name", pattern: /krn(?=:)(?:(?!krn:)[^\s"'])*:live:/i },
  { name: "a live host", pattern: LIVE_HOST },
];

/** How many layers of percent-encoding and of JSON's escapes are undone before a text is searched. */
const DECODINGS = 3;

/**
 * The first live sign in a text, searched as it stands and with percent-encoding, JSON's escapes, invisible
 * characters and compatibility forms (full-width letters, say) undone; `undefined` when there is none.
 */
export function findLiveMarker(text: string): { readonly marker: string } | undefined {
  for (const form of HIDING.test(text) ? plainForms(text) : [text]) {
    const found = MARKERS.find(({ pattern }) => pattern.test(form));
    if (found) return { marker: found.name };
  }
  return undefined;
}

/** A text as it stands and with what can hide words in it undone, layer by layer. */
export function* plainForms(text: string): Generator<string> {
  const seen = new Set<string>();
  let layer = [text];
  for (let depth = 0; depth <= DECODINGS; depth++) {
    const next: string[] = [];
    for (const form of layer) {
      if (seen.has(form)) continue;
      seen.add(form);
      yield form;
      if (!HIDING.test(form)) continue;
      const composed = form.normalize("NFKC").replace(FULL_STOP, ".");
      // Controls are dropped, as URL parsers do, or end a word, as a line break does.
      const dropped = composed.replace(INVISIBLE, "");
      const spaced = composed.replace(CONTROL, " ").replace(INVISIBLE, "");
      if (dropped !== form) yield dropped;
      if (spaced !== dropped) yield spaced;
      for (const one of new Set([form, dropped])) {
        next.push(decodePercent(one), decodeEscapes(one));
      }
    }
    layer = next;
  }
}

/** The first live sign anywhere in a value: its strings, and the names of its fields. */
export function findLiveMarkerIn(value: unknown): { readonly marker: string } | undefined {
  if (typeof value === "string") return findLiveMarker(value);
  if (typeof value === "object" && value !== null) {
    return firstOf(Object.keys(value)) ?? firstOf(Object.values(value));
  }
  return undefined;
}

function firstOf(values: readonly unknown[]): { readonly marker: string } | undefined {
  for (const value of values) {
    const found = findLiveMarkerIn(value);
    if (found) return found;
  }
  return undefined;
}

/** What every encoding of a text that holds `inside` holds, by where it falls into the groups of three bytes. */
function inBase64(inside: string): string[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.from(" ".repeat(before) + inside).toString("base64");
    // Whole in the text alone: 6 bits a character.
    return encoded.slice(
      Math.ceil((before * 8) / 6),
      Math.floor(((before + inside.length) * 8) / 6),
    );
  });
}

/** All but printable ASCII, and what begins an encoding: without any of these a text hides nothing. */
const HIDING = /[^ -~]|[%\\]/;
/** Characters that print nothing and could split a marker; URL parsers skip some of the controls. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
const CONTROL = /\p{Cc}/gu;
/** Full stops that host names take for a dot (UTS #46), beyond those that NFKC turns into one. */
const FULL_STOP = /\u3002/g;

/** Undoes one layer, as UTF-8; bytes that are none become U+FFFD. */
function decodePercent(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
    Buffer.from(run.replaceAll("%", ""), "hex").toString("utf8"),
  );
}

const CONTROLS: Readonly<Record<string, string>> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/** Undoes one layer of what stands in JSON: a body is JSON, and a header may hold some. */
function decodeEscapes(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, hex, character) =>
    hex === undefined
      ? (CONTROLS[character] ?? character)
      : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
