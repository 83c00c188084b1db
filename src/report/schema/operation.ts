import * as z from "zod";
import { count, counts, distribution, proportion } from "./figures.ts";

export const phases = z.strictObject({
  /** Of expected answers of the steady phase: from the request's writing to the answer's first byte. */
  firstByte: distribution,
  /** Of the same answers: from the first byte to the last. */
  body: distribution,
  /**
   * What opening each connection took, whole run, told by its first answered request. No part of service time, and of
   * response time only where a request waited for it. A run resolves its target's name once, if at all.
   */
  dns: distribution,
  connect: distribution,
  tls: distribution,
  /** Answers to the first request on its connection, and to later ones, whole run. */
  newConnections: count,
  reusedConnections: count,
});

/** Steady phase only, but for `counts`, which covers the whole run. */
export const operation = z.strictObject({
  name: z.string(),
  category: z.string(),
  counts,
  steady: counts,
  errorRatio: proportion,
  serviceTime: distribution,
  responseTime: distribution,
  /** Service times of failures other than time-outs; absent where there were none, and in older reports. */
  failedServiceTime: distribution.optional(),
  /** Service times of answers that were not as expected; likewise. */
  unexpectedServiceTime: distribution.optional(),
  /** What answers' time went on; null where the record does not say. */
  phases: phases.nullable(),
  /** Answers by status, failures by code: `{"200": 12, "timeout": 1}`, whole run. */
  results: z.record(z.string(), count),
});

export const journey = z.strictObject({
  scenario: z.string(),
  started: count,
  completed: count,
  /** From arrival to last answer, of steady journeys; those cut short by a time-out, a drop or the run's end are censored, those that an error ended left out. */
  responseTime: distribution,
});

export const waits = z.strictObject({
  capWait: distribution,
  inFlightWait: distribution,
  runnerLag: distribution,
  /** Of the requests that were held back because the quota was nearly or wholly used up; absent: none was. */
  steeringWait: distribution.optional(),
});
