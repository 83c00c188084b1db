import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { emulatorTarget, parseEnvironment } from "../../src/guard/environments.ts";
import { findEmulator, registeredEmulator } from "../../src/guard/registration.ts";
import { checkRequest } from "../../src/guard/request-check.ts";
import { bindStep } from "../../src/harness/binding.ts";
import { catalogued } from "../../src/klarna/catalogue.ts";
import { KlarnaClient } from "../../src/klarna/client.ts";
import { parsePathValue } from "../../src/profile/path-value.ts";
import { parseProfile } from "../../src/profile/read.ts";
import { codeOf } from "./code-of.ts";
import { rowsOf, twice } from "./lines.ts";
import { PATHS } from "./paths.ts";
import { type Place, REGISTERED, TARGETS } from "./targets.ts";

const CA = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const REGISTRATION = { caPem: CA, pid: 1, startedAt: "2026-06-15T12:00:00.000Z" };
const URL_MAX = 64;

/** Where the one emulator is registered. */
const registry = mkdtempSync(join(tmpdir(), "klarna-perf-targets-"));
/** Where a file has whatever address is tried. */
const tried = mkdtempSync(join(tmpdir(), "klarna-perf-targets-"));
register(registry, REGISTERED);
afterAll(() => {
  for (const folder of [registry, tried]) rmSync(folder, { recursive: true, force: true });
});

function register(folder: string, url: string): string {
  const path = join(folder, "1-8443.json");
  writeFileSync(path, JSON.stringify({ ...REGISTRATION, url }), { mode: 0o600 });
  return path;
}

const PROFILE = `
name: corpus
kind: smoke
workload: { model: open, stages: [{ rate: 1/s, for: 1s }] }
scenarios: [{ name: one, steps: [{ operation: payment-request.create }] }]
`;

interface Tried {
  readonly place: Place;
  readonly take: (given: string) => unknown;
  /** The code of its refusals. */
  readonly code: (given: string) => RegExp;
}

/** Every place where a user can name a target. A new one is a line here. */
const PLACES: readonly Tried[] = [
  { place: "env", take: parseEnvironment, code: () => /^GUARD_ENVIRONMENT_UNKNOWN$/ },
  {
    place: "emulator-address",
    take: (url) => emulatorTarget({ url, caPem: CA }),
    code: () => /^GUARD_TARGET_NOT_LISTED$/,
  },
  {
    place: "emulator-address",
    take: (url) => registeredEmulator(register(tried, url)),
    code: (url) =>
      url.length > URL_MAX ? /^GUARD_EMULATOR_UNPROVEN$/ : /^GUARD_TARGET_NOT_LISTED$/,
  },
  {
    place: "emulator-url",
    take: (url) => findEmulator(url, registry),
    code: () => /^GUARD_EMULATOR_UNKNOWN$/,
  },
  {
    place: "path",
    take: (path) => checkRequest({ method: "GET", path, headers: {} }),
    code: () => /^GUARD_REQUEST_PATH$/,
  },
  {
    place: "operation",
    take: (given) =>
      parseProfile(PROFILE, "p", { set: [`scenarios[0].steps[0].operation=${given}`] }),
    code: () => /^PROFILE_(?:UNKNOWN_OPERATION|SET_VALUE|LIVE_MARKER)$/,
  },
];

describe("a target", () => {
  const rows = rowsOf(
    TARGETS.map((group) => ({ ...group, expect: group.acceptedBy?.join(", ") ?? "refused" })),
  );

  it.each(rows)("%s (%s): %s", (_, __, acceptedBy, given) => {
    for (const { place, take, code } of PLACES) {
      const accepted = acceptedBy.split(", ").includes(place);
      expect([place, codeOf(() => take(given))]).toEqual([
        place,
        accepted ? undefined : expect.stringMatching(code(given)),
      ]);
    }
  });

  it.each(rows)("%s in a path (%s): one segment of it, or refused", (_, __, ___, given) => {
    for (const path of [pathWith(given), pathOfSaved(given)]) {
      if (path === undefined || codeOf(() => checkPath(path)) !== undefined) continue;
      expect(path).toMatch(/^\/v2\/payment\/requests\/[^/?#\\]+$/);
      const url = new URL(path, REGISTERED);
      expect([url.origin, url.pathname]).toEqual([REGISTERED, path]);
    }
  });

  it("stands in the corpus once", () => {
    expect(twice(TARGETS)).toEqual([]);
    expect(twice(PATHS)).toEqual([]);
  });
});

describe("a request's path", () => {
  it.each(rowsOf(PATHS))("%s (%s): %s", (_, __, code, given) => {
    expect(codeOf(() => checkPath(given)) ?? "accepted").toBe(code);
  });
});

function checkPath(path: string): void {
  checkRequest({ method: "GET", path, headers: {} });
}

const READ = catalogued("payment-request.read");

function requestPath(payment_request_id: string): string {
  const input = { parameters: { payment_request_id }, body: undefined, headers: {} };
  return new KlarnaClient(undefined, REGISTERED).request(READ, { ...input, idempotencyKey: "" })
    .path;
}

/** As a profile's `with` puts it in; `undefined`: it may not. */
function pathWith(given: string): string | undefined {
  const value = parsePathValue(given);
  return value?.kind === "literal" ? requestPath(value.value) : undefined;
}

/** As a saved value of an answer puts it in; `undefined`: it may not be saved. */
function pathOfSaved(given: string): string | undefined {
  const step = bindStep({
    operation: READ.name,
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
  return id === undefined ? undefined : requestPath(id);
}
