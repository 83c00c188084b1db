import { ACCOUNT_SEEN, ANY_SUCCESS, type Operation } from "../operation.ts";

const common = {
  family: "network",
  forms: ACCOUNT_SEEN,
  category: "dispute",
  categorySource: "documented",
  successStatuses: ANY_SUCCESS,
} as const;

/** An answer to a dispute is seen by people at Klarna, so it goes to the emulator alone. */
const answering = { ...common, method: "POST", allowedOn: "emulator" } as const;

const one = "/payment/disputes/{payment_dispute_id}";

export const disputeOperations = [
  {
    ...common,
    name: "dispute.list",
    purpose: "list disputes",
    method: "GET",
    path: "/payment/disputes",
    parameters: [
      { in: "query", name: "opened_at_start" },
      { in: "query", name: "opened_at_end" },
      { in: "query", name: "payment_transaction_id" },
    ],
    allowedOn: "everywhere",
    webhooks: 0,
  },
  {
    ...common,
    name: "dispute.read",
    purpose: "read a dispute",
    method: "GET",
    path: one,
    answerFields: ["$.payment_dispute_id"],
    allowedOn: "everywhere",
    webhooks: 0,
  },
  {
    ...answering,
    name: "dispute.respond",
    purpose: "answer a dispute",
    path: `${one}/respond`,
    sampleBody: () => ({ additional_information: "answered by a performance test" }),
    webhooks: 1,
  },
  {
    ...answering,
    name: "dispute.accept-loss",
    purpose: "accept the loss of a dispute",
    path: `${one}/accept-loss`,
    webhooks: 1,
  },
  {
    ...answering,
    name: "dispute.attach",
    purpose:
      "announce an attachment to a dispute; its form is not published, so nothing is uploaded",
    path: `${one}/attachments`,
    sampleBody: () => ({}),
    answerFields: ["$.payment_dispute_attachment_id"],
    webhooks: 0,
  },
] as const satisfies readonly Operation[];
