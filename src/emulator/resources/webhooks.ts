import * as z from "zod";
import type { OperationName } from "../../klarna/catalogue.ts";
import { Recent } from "../recent.ts";
import type { Call, Handler } from "../routing.ts";
import { check } from "../validation.ts";
import { timestamp, type World } from "../world.ts";
import { bodyError, missingOr } from "./kn-fields.ts";

/** Owners whose receivers and keys are remembered at least; at most a quarter more. */
const OWNERS = 200;
/** Of one owner: then nothing more can be made, as with any account that is set up by hand. */
const EACH_MOST = 20;

interface Webhook {
  readonly id: string;
  url: string;
  eventTypes: readonly string[];
  eventVersion: string;
  signingKey: string;
  status: "ENABLED" | "DISABLED";
  readonly createdAtMs: number;
}

interface SigningKey {
  readonly id: string;
  readonly createdAtMs: number;
}

/** What one owner has registered. */
interface Registered {
  readonly webhooks: Map<string, Webhook>;
  readonly keys: Map<string, SigningKey>;
}

const text = z.string({ error: missingOr("must be a string") });
const URL_RULE = "must be an https address on port 443 or 8443";
const url = text.max(2048, { error: URL_RULE }).refine(isReceiver, { error: URL_RULE });
const eventType = text.regex(/^(?:payment|settlement|partner|identity)\.[a-z.*-]{1,120}$/, {
  error: "must be an event type, such as payment.request.state-change.completed",
});
const eventTypes = z
  .array(eventType, { error: missingOr("must be an array") })
  .min(1, { error: "must not be empty" })
  .max(50, { error: "must have at most 50 entries" });
const eventVersion = text.regex(/^v\d$/, { error: "must be v2" });
const status = z.enum(["ENABLED", "DISABLED"], { error: missingOr("must be ENABLED or DISABLED") });

const createBody = z.looseObject(
  {
    url,
    event_types: eventTypes,
    event_version: eventVersion,
    signing_key_id: text,
    status: status.optional(),
  },
  bodyError,
);
const updateBody = z.looseObject(
  {
    url: url.optional(),
    event_types: eventTypes.optional(),
    event_version: eventVersion.optional(),
    signing_key_id: text.optional(),
    status: status.optional(),
  },
  bodyError,
);
const simulateBody = z.looseObject(
  { event_type: eventType, event_version: eventVersion },
  bodyError,
);

type Handlers = Readonly<
  Record<Extract<OperationName, `webhook.${string}` | `signing-key.${string}`>, Handler>
>;

/** Receivers and signing keys are kept, and nothing is ever sent: the emulator calls nobody. */
export function webhookHandlers({ clock, newId, problem, forgotten }: World): Handlers {
  const owners = new Recent<Registered>(OWNERS, forgotten.counter("owners of webhooks"));
  const of = ({ owner }: Call): Registered => {
    const found = owners.get(owner) ?? { webhooks: new Map(), keys: new Map() };
    owners.set(owner, found);
    return found;
  };
  const find = (call: Call): Webhook | undefined =>
    owners.get(call.owner)?.webhooks.get(call.params.webhook_id ?? "");
  const unknownKey = () =>
    problem("VALIDATION_ERROR", [
      { parameter: "signing_key_id", reason: "must be the id of a signing key" },
    ]);

  return {
    "webhook.create": (call) => {
      const checked = check(createBody, call.body, problem);
      if ("refused" in checked) return checked.refused;
      const { webhooks, keys } = of(call);
      const { body } = checked;
      if (!keys.has(body.signing_key_id)) return unknownKey();
      if (webhooks.size >= EACH_MOST) return problem("RESOURCE_CONFLICT");
      const webhook: Webhook = {
        id: `krn:partner:global:notification:webhook:${newId()}`,
        url: body.url,
        eventTypes: body.event_types,
        eventVersion: body.event_version,
        signingKey: body.signing_key_id,
        status: body.status ?? "ENABLED",
        createdAtMs: clock.wallMs(),
      };
      webhooks.set(webhook.id, webhook);
      return { status: 201, body: viewWebhook(webhook) };
    },

    "webhook.list": (call) => ({
      status: 200,
      body: { webhooks: [...(owners.get(call.owner)?.webhooks.values() ?? [])].map(viewWebhook) },
    }),

    "webhook.read": (call) => {
      const found = find(call);
      return found ? { status: 200, body: viewWebhook(found) } : problem("RESOURCE_NOT_FOUND");
    },

    "webhook.update": (call) => {
      const checked = check(updateBody, call.body, problem);
      if ("refused" in checked) return checked.refused;
      const found = find(call);
      if (!found) return problem("RESOURCE_NOT_FOUND");
      const { body } = checked;
      if (body.signing_key_id !== undefined && !of(call).keys.has(body.signing_key_id)) {
        return unknownKey();
      }
      found.url = body.url ?? found.url;
      found.eventTypes = body.event_types ?? found.eventTypes;
      found.eventVersion = body.event_version ?? found.eventVersion;
      found.signingKey = body.signing_key_id ?? found.signingKey;
      found.status = body.status ?? found.status;
      return { status: 200, body: viewWebhook(found) };
    },

    "webhook.delete": (call) => {
      if (!find(call)) return problem("RESOURCE_NOT_FOUND");
      of(call).webhooks.delete(call.params.webhook_id ?? "");
      return { status: 204, body: null };
    },

    "webhook.simulate": (call) => {
      const checked = check(simulateBody, call.body, problem);
      if ("refused" in checked) return checked.refused;
      return find(call) ? { status: 202, body: null } : problem("RESOURCE_NOT_FOUND");
    },

    "signing-key.create": (call) => {
      const { keys } = of(call);
      if (keys.size >= EACH_MOST) return problem("RESOURCE_CONFLICT");
      const key: SigningKey = {
        id: `krn:partner:global:notification:signing-key:${newId()}`,
        createdAtMs: clock.wallMs(),
      };
      keys.set(key.id, key);
      // Shown this once, as secrets are; nothing is ever signed with it.
      return { status: 201, body: { ...viewKey(key), signing_key: newId() } };
    },

    "signing-key.list": (call) => ({
      status: 200,
      body: { signing_keys: [...(owners.get(call.owner)?.keys.values() ?? [])].map(viewKey) },
    }),

    "signing-key.read": ({ owner, params }) => {
      const found = owners.get(owner)?.keys.get(params.signing_key_id ?? "");
      return found ? { status: 200, body: viewKey(found) } : problem("RESOURCE_NOT_FOUND");
    },

    "signing-key.delete": (call) => {
      const id = call.params.signing_key_id ?? "";
      const { webhooks, keys } = of(call);
      if (!keys.has(id)) return problem("RESOURCE_NOT_FOUND");
      if ([...webhooks.values()].some(({ signingKey }) => signingKey === id)) {
        return problem("RESOURCE_CONFLICT");
      }
      keys.delete(id);
      return { status: 204, body: null };
    },
  };
}

/** HTTPS on port 443 or 8443 (our notes, §8). */
function isReceiver(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, port } = new URL(text);
  return protocol === "https:" && (port === "" || port === "8443");
}

function viewWebhook(webhook: Webhook): object {
  return {
    webhook_id: webhook.id,
    url: webhook.url,
    event_types: webhook.eventTypes,
    event_version: webhook.eventVersion,
    signing_key_id: webhook.signingKey,
    status: webhook.status,
    created_at: timestamp(webhook.createdAtMs),
  };
}

function viewKey({ id, createdAtMs }: SigningKey): object {
  return { signing_key_id: id, created_at: timestamp(createdAtMs) };
}
