import { describe, expect, it } from "vitest";
import { decide } from "../../src/guard/decide.ts";
import { emulatorFacts, klarnaFacts, PERMIT } from "../../src/guard/facts.support.ts";
import { findLiveMarker } from "../../src/guard/live-markers.ts";
import { parsePermit } from "../../src/guard/permit.ts";
import { checkRequest, type GuardedRequest } from "../../src/guard/request-check.ts";
import type { RunFacts } from "../../src/guard/run-facts.ts";
import { bindStep } from "../../src/harness/binding.ts";
import { parseProfile } from "../../src/profile/read.ts";
import { codeOf } from "./code-of.ts";
import { rowsOf, twice } from "./lines.ts";
import { MARKERS } from "./markers.ts";

interface Tried {
  readonly place: string;
  /** The code by which it is refused; `undefined` when it is accepted. */
  readonly ask: (given: string) => string | undefined;
  /** The code of refusals for a live sign. */
  readonly code: string;
  /** Another code by which this place refuses what it takes in no case, such as a header beyond ASCII. */
  readonly orElse?: string;
}

function asked(facts: RunFacts): string | undefined {
  const decision = decide(facts);
  return decision.allowed ? undefined : decision.code;
}

function requested(changed: Partial<GuardedRequest>): string | undefined {
  return codeOf(() => checkRequest({ method: "POST", path: "/v2", headers: {}, ...changed }));
}

/** A profile in YAML, of which JSON's texts are a part. */
function profile(changed: {
  body?: Record<string, string>;
  tags?: Record<string, string>;
}): string {
  return JSON.stringify({
    name: "corpus",
    kind: "smoke",
    workload: { model: "open", stages: [{ rate: "1/s", for: "1s" }] },
    scenarios: [
      {
        name: "one",
        steps: [{ operation: "payment-request.create", body: changed.body ?? { amount: 1 } }],
      },
    ],
    tags: changed.tags ?? {},
  });
}

/** What an answer's id makes of the next path; "not saved" when it may not stand there. */
function captured(given: string): string | undefined {
  const step = bindStep({
    operation: "payment-request.read",
    with: {},
    save: { id: { text: "$.id", parts: ["id"] } },
    body: undefined,
    headers: {},
    expect: { statuses: [200], values: [] },
    until: undefined,
    allows: [],
    creates: [],
    ends: undefined,
    ignoresReset: false,
  });
  const { id } = step.judge({ status: 200, body: { id: given } }, {}, true).saved;
  return id === undefined ? "not saved" : requested({ path: `/v2/${encodeURIComponent(id)}` });
}

/** Every place where a live sign can be told. A new one is a line here. */
const PLACES: readonly Tried[] = [
  {
    place: "a profile's value",
    ask: (given) => codeOf(() => parseProfile(profile({ body: { note: given } }), "p")),
    code: "PROFILE_LIVE_MARKER",
  },
  {
    place: "a profile's key",
    ask: (given) => codeOf(() => parseProfile(profile({ body: { [given]: "x" } }), "p")),
    code: "PROFILE_LIVE_MARKER",
  },
  {
    place: "--set",
    ask: (given) => {
      const set = [`scenarios[0].steps[0].body.note=${JSON.stringify(given)}`];
      return codeOf(() => parseProfile(profile({}), "p", { set }));
    },
    code: "PROFILE_LIVE_MARKER",
  },
  {
    place: "the profile as the guard is asked about it",
    ask: (given) => asked(emulatorFacts({ profile: { steps: [{ [given]: given }] } })),
    code: "GUARD_LIVE_MARKER",
  },
  {
    place: "the account",
    ask: (given) => asked(klarnaFacts({ account: given })),
    code: "GUARD_LIVE_MARKER",
    orElse: "GUARD_PERMIT_OTHER_ACCOUNT",
  },
  {
    place: "a permit",
    ask: (given) => codeOf(() => parsePermit(JSON.stringify({ ...PERMIT, who: given }), "p")),
    code: "PERMIT_LIVE",
    orElse: "PERMIT_INVALID",
  },
  {
    place: "a permit's field that stands twice",
    ask: (given) => {
      const text = JSON.stringify(PERMIT).replace("{", `{"who":${JSON.stringify(given)},`);
      return codeOf(() => parsePermit(text, "p"));
    },
    code: "PERMIT_LIVE",
  },
  {
    place: "a request's body",
    ask: (given) => requested({ body: JSON.stringify({ note: given }) }),
    code: "GUARD_LIVE_MARKER",
  },
  {
    place: "a request's body, as it is",
    ask: (body) => requested({ body }),
    code: "GUARD_LIVE_MARKER",
  },
  {
    place: "a request's header",
    ask: (given) => requested({ headers: { "klarna-x": given } }),
    code: "GUARD_LIVE_MARKER",
    orElse: "GUARD_REQUEST_HEADER",
  },
  {
    place: "a request's query",
    ask: (given) => requested({ query: [["x", given]] }),
    code: "GUARD_LIVE_MARKER",
    orElse: "GUARD_REQUEST_QUERY",
  },
  {
    place: "a request's path",
    ask: (given) => requested({ path: `/v2/${encodeURIComponent(given)}` }),
    code: "GUARD_LIVE_MARKER",
    orElse: "GUARD_REQUEST_PATH",
  },
  {
    place: "a value taken from an answer",
    ask: captured,
    code: "GUARD_LIVE_MARKER",
    orElse: "not saved",
  },
];

describe("a text in every place", () => {
  it.each(rowsOf(MARKERS))("%s (%s): %s", (_, __, expected, given) => {
    const live = expected === "live";
    expect(findLiveMarker(given) !== undefined).toBe(live);
    for (const { place, ask, code, orElse } of PLACES) {
      const found = ask(given) ?? "accepted";
      if (found !== orElse) expect([place, found]).toEqual([place, live ? code : "accepted"]);
    }
  });

  it("stands in the corpus once", () => {
    expect(twice(MARKERS)).toEqual([]);
  });
});
