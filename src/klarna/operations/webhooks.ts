import { ANY_SUCCESS, type Operation, PLAIN } from "../operation.ts";

/** They change where Klarna sends an account's notifications, so they go to the emulator alone. */
const common = {
  family: "network",
  forms: PLAIN,
  category: "partner-management",
  categorySource: "inferred",
  successStatuses: ANY_SUCCESS,
  allowedOn: "emulator",
  webhooks: 0,
} as const;

const oneWebhook = "/notification/webhooks/{webhook_id}";
const oneKey = "/notification/signing-keys/{signing_key_id}";

export const webhookOperations = [
  {
    ...common,
    name: "webhook.create",
    purpose: "register a receiver of notifications",
    method: "POST",
    path: "/notification/webhooks",
    parameters: [{ in: "body", name: "signing_key_id", field: "signing_key_id" }],
    sampleBody: () => ({
      url: "https://example.com/webhooks",
      event_types: ["payment.request.state-change.completed"],
      event_version: "v2",
      status: "ENABLED",
    }),
    answerFields: ["$.webhook_id"],
    creates: [{ id: "$.webhook_id", undoneBy: "webhook.delete" }],
  },
  {
    ...common,
    name: "webhook.list",
    purpose: "list the receivers",
    method: "GET",
    path: "/notification/webhooks",
  },
  {
    ...common,
    name: "webhook.read",
    purpose: "read a receiver",
    method: "GET",
    path: oneWebhook,
    answerFields: ["$.webhook_id"],
  },
  {
    ...common,
    name: "webhook.update",
    purpose: "change a receiver",
    method: "PATCH",
    path: oneWebhook,
    sampleBody: () => ({ status: "DISABLED" }),
  },
  {
    ...common,
    name: "webhook.delete",
    purpose: "take a receiver away",
    method: "DELETE",
    path: oneWebhook,
  },
  {
    ...common,
    name: "webhook.simulate",
    purpose: "have one notification sent to a receiver",
    method: "POST",
    path: `${oneWebhook}/simulate`,
    sampleBody: () => ({
      event_type: "payment.request.state-change.completed",
      event_version: "v2",
    }),
    webhooks: 1,
  },
  {
    ...common,
    name: "signing-key.create",
    purpose: "make a key that notifications are signed with",
    method: "POST",
    path: "/notification/signing-keys",
    successStatuses: [201],
    answerFields: ["$.signing_key_id"],
    creates: [{ id: "$.signing_key_id", undoneBy: "signing-key.delete" }],
  },
  {
    ...common,
    name: "signing-key.list",
    purpose: "list the signing keys",
    method: "GET",
    path: "/notification/signing-keys",
    successStatuses: [200],
  },
  {
    ...common,
    name: "signing-key.read",
    purpose: "read a signing key",
    method: "GET",
    path: oneKey,
    successStatuses: [200],
    answerFields: ["$.signing_key_id"],
  },
  {
    ...common,
    name: "signing-key.delete",
    purpose: "take a signing key away",
    method: "DELETE",
    path: oneKey,
    successStatuses: [204],
  },
] as const satisfies readonly Operation[];
