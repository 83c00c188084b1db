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

const MARKERS: readonly Marker[] = [
  { name: "klarna_live_", pattern: /klarna_live_/i },
  { name: ":account:live:", pattern: /:account:live:/i },
  // Not past the next `krn:`, which is searched from there: else a text full of them takes quadratic time.
  { name: ":live: in a resource name", pattern: /krn:(?:(?!krn:)[^\s"'])*:live:/i },
  { name: "a live host", pattern: LIVE_HOST },
];

/** How many layers of percent-encoding are undone before a text is searched. */
const DECODINGS = 3;

/**
 * The first live sign in a text, searched as it stands and with percent-encoding, invisible characters and
 * compatibility forms (full-width letters, say) undone; `undefined` when there is none.
 */
export function findLiveMarker(text: string): { readonly marker: string } | undefined {
  const seen = new Set<string>();
  let layer = new Set([text]);
  for (let depth = 0; depth <= DECODINGS; depth++) {
    const forms = [...layer]
      .flatMap((form) => [form, plain(form)])
      .filter((form) => !seen.has(form));
    for (const form of new Set(forms)) {
      const found = MARKERS.find(({ pattern }) => pattern.test(form));
      if (found) return { marker: found.name };
      seen.add(form);
    }
    layer = new Set(forms.filter((form) => form.includes("%")).map(decodePercent));
  }
  return undefined;
}

/** The first live sign anywhere in a value: its strings, and the names of its fields. */
export function findLiveMarkerIn(value: unknown): { readonly marker: string } | undefined {
  if (typeof value === "string") return findLiveMarker(value);
  if (Array.isArray(value)) return firstOf(value);
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

/** Characters that print nothing and could split a marker; URL parsers skip some of the controls. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
/** Full stops that host names take for a dot (UTS #46), beyond those that NFKC turns into one. */
const FULL_STOP = /\u3002/g;

function plain(text: string): string {
  return text.normalize("NFKC").replace(INVISIBLE, "").replace(FULL_STOP, ".");
}

/** Undoes one layer, as UTF-8; bytes that are none become U+FFFD. */
function decodePercent(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
    Buffer.from(run.replaceAll("%", ""), "hex").toString("utf8"),
  );
}
