import * as z from "zod";
import { type Place, UsageError } from "../base/errors.ts";
import { holdsCredential } from "./credentials.ts";
import { visible } from "./foreign-text.ts";
import { findLiveMarker, findLiveMarkerIn } from "./live-markers.ts";
import { LEVELS } from "./quotas.ts";

/** A permit is good for 90 days at most, so that somebody reads Klarna's guidelines again. */
export const PERMIT_DAYS_MAX = 90;

const day = z.iso.date();

const permitSchema = z.strictObject({
  permitVersion: z.literal(1),
  /** Stands for the account in every report. */
  label: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/),
  /** Who is answerable for the runs. */
  who: z.string().min(1).max(100),
  /** `krn:partner:global:account:test:<ID>`. */
  account: z.string().regex(/^krn:partner:global:account:test:[A-Z0-9]{8,32}$/),
  level: z.enum(LEVELS),
  /** The day on which `who` read Klarna's current guidelines on performance testing. */
  guidelinesReadOn: day,
  /** Klarna's written consent, which a baseline needs: a ticket or a letter's number. */
  klarnaReference: z.string().min(1).max(100).optional(),
  /** Where given, the resolved address must be among them. */
  addresses: z
    .array(z.union([z.ipv4(), z.ipv6()]))
    .max(100)
    .optional(),
  validFrom: day,
  validUntil: day,
});

/** The user's statement that a run against Klarna's test environment is allowed, by whom and until when. No secret in it. */
export type Permit = z.infer<typeof permitSchema>;

/**
 * @param text the permit file's content, JSON
 * @param file its name, for messages
 * @throws UsageError `PERMIT_INVALID` naming each field that is wrong; `PERMIT_LIVE` if anything in it is of the live environment;
 *   `PERMIT_CREDENTIAL` if it holds a key
 */
export function parsePermit(text: string, file: string): Permit {
  const place = { file };
  // The text, since of a field that stands twice the value shows the second only.
  refuseLive(findLiveMarker(text), place);
  if (holdsCredential(text)) {
    throw new UsageError("PERMIT_CREDENTIAL", "the permit holds what looks like an API key", {
      place,
      hint: "a permit holds no secret: take it out, and replace the key if others have seen the file",
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UsageError("PERMIT_INVALID", "the permit is not JSON", { place, hint: PERMIT_HINT });
  }
  const parsed = permitSchema.safeParse(value, { reportInput: true });
  if (!parsed.success) {
    throw new UsageError(
      "PERMIT_INVALID",
      `the permit does not fit: ${parsed.error.issues.map(problemOf).join("; ")}`,
      { place, hint: PERMIT_HINT },
    );
  }
  refuseLive(findLiveMarkerIn(parsed.data), place);
  return parsed.data;
}

function refuseLive(live: ReturnType<typeof findLiveMarker>, place: Place): void {
  if (live === undefined) return;
  throw new UsageError("PERMIT_LIVE", `the permit shows a sign of live: ${live.marker}`, {
    place,
    hint: "a permit names an account of Klarna's test environment only",
  });
}

/** The accepted form of each field, for messages. */
const FORMS: Readonly<Record<string, string>> = {
  permitVersion: "1",
  label: "letters, digits, blanks or any of . _ -, at most 64",
  who: "a name, at most 100 characters",
  account: "krn:partner:global:account:test:<8 to 32 capital letters and digits>",
  level: LEVELS.join(" or "),
  guidelinesReadOn: "a day, YYYY-MM-DD",
  klarnaReference: "text of at most 100 characters",
  addresses: "at most 100 IPv4 or IPv6 addresses",
  validFrom: "a day, YYYY-MM-DD",
  validUntil: "a day, YYYY-MM-DD",
};

function problemOf(issue: z.core.$ZodIssue): string {
  const [field] = issue.path;
  if (issue.code === "unrecognized_keys") {
    return `no field is named ${issue.keys.map((key) => `\`${visible(key)}\``).join(", ")}`;
  }
  const form = FORMS[String(field)] ?? "a JSON object";
  const missing = issue.input === undefined;
  return `\`${visible(String(field ?? "permit"))}\` ${missing ? "is needed" : "must be"}: ${form}`;
}

const PERMIT_HINT = "docs/safety.md shows what a permit holds";

/** Why a permit does not hold at an instant; `undefined` when it does. Days are whole days in UTC. */
export function permitProblem(permit: Permit, nowMs: number): string | undefined {
  const from = Date.parse(permit.validFrom);
  const until = Date.parse(permit.validUntil) + DAY_MS;
  const readOn = Date.parse(permit.guidelinesReadOn);
  if (Number.isNaN(from) || Number.isNaN(until) || Number.isNaN(readOn)) {
    return "its dates can't be read";
  }
  if (until - from > (PERMIT_DAYS_MAX + 1) * DAY_MS) {
    return `it spans more than ${PERMIT_DAYS_MAX} days`;
  }
  // Each asks for what must hold, so that a time which is no number holds nothing.
  if (!(nowMs >= from)) return `it is not valid before ${permit.validFrom}`;
  if (!(nowMs < until)) return `it ended on ${permit.validUntil}`;
  if (!(nowMs >= readOn)) return "its guidelinesReadOn lies in the future";
  if (!(from - readOn <= PERMIT_DAYS_MAX * DAY_MS)) {
    return `Klarna's guidelines were read more than ${PERMIT_DAYS_MAX} days before it begins`;
  }
  return undefined;
}

const DAY_MS = 86_400_000;
