import { ANY_SUCCESS, type Operation, type Parameter, PLAIN } from "../operation.ts";

const common = {
  family: "network",
  forms: PLAIN,
  category: "settlement",
  categorySource: "documented",
  successStatuses: ANY_SUCCESS,
  webhooks: 0,
} as const;

/** A day of the past; its form is that of the timestamps in Klarna's answers. */
const INTERVAL = { start: "2026-01-01T00:00:00Z", end: "2026-01-02T00:00:00Z" };

const PAGE = [
  { in: "query", name: "size" },
  { in: "query", name: "starting_after" },
  { in: "query", name: "ending_before" },
] as const satisfies readonly Parameter[];

const one = "/settlements/{settlement_id}";

export const settlementOperations = [
  {
    ...common,
    name: "settlement.list",
    purpose: "list the settlements of an interval",
    method: "GET",
    path: "/settlements",
    parameters: [
      { in: "query", name: "interval_start", sample: INTERVAL.start },
      { in: "query", name: "interval_end", sample: INTERVAL.end },
      ...PAGE,
    ],
    allowedOn: "everywhere",
  },
  {
    ...common,
    name: "settlement.create",
    purpose: "make a settlement of an interval",
    method: "POST",
    path: "/settlements",
    sampleBody: () => ({ interval_start: INTERVAL.start, interval_end: INTERVAL.end }),
    answerFields: ["$.settlement_id"],
    allowedOn: "emulator",
    webhooks: 1,
  },
  {
    ...common,
    name: "settlement.read",
    purpose: "read a settlement",
    method: "GET",
    path: one,
    answerFields: ["$.settlement_id"],
    allowedOn: "everywhere",
  },
  {
    ...common,
    name: "settlement.list-transactions",
    purpose: "list the transactions of a settlement, page by page",
    method: "GET",
    path: `${one}/transactions`,
    parameters: PAGE,
    allowedOn: "everywhere",
  },
  {
    ...common,
    name: "settlement.read-csv",
    purpose: "a settlement as a table",
    method: "GET",
    path: `${one}/csv`,
    allowedOn: "everywhere",
  },
] as const satisfies readonly Operation[];
