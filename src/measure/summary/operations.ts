import { addRequestCounts, type Counts, emptyCounts } from "../counts.ts";
import type { RecordContents } from "../read-record.ts";
import type { Sample, SteadySamples } from "../samples.ts";
import { add } from "../tally.ts";

/** One operation; its distributions are those of the steady phase. */
export interface OperationSummary {
  readonly name: string;
  readonly category: string;
  /** Whole run. */
  readonly counts: Counts;
  readonly steady: Counts;
  /** Answers by status, failures by code, whole run. */
  readonly results: Record<string, number>;
  readonly serviceTime: Sample;
  readonly responseTime: Sample;
  /** `responseTime` as it would be had the runner never been late itself. */
  readonly responseTimeWithoutLag: Sample;
  /** Service times of failures other than time-outs. */
  readonly failedServiceTime: Sample;
  /** Service times of unexpected answers. */
  readonly unexpectedServiceTime: Sample;
  readonly phases: PhaseSummary;
}

/** What answers' time went on. */
export interface PhaseSummary {
  /** Of expected steady answers: from the request's writing to the first byte, and from there to the last. */
  readonly firstByte: Sample;
  readonly body: Sample;
  /** What opening each connection took, whole run. */
  readonly dns: Sample;
  readonly connect: Sample;
  readonly tls: Sample;
  /** Answers to the first request on its connection, and to later ones, whole run. */
  newConnections: number;
  reusedConnections: number;
}

export function countRequests(record: RecordContents, samples: SteadySamples) {
  const totals = emptyCounts();
  const steady = emptyCounts();
  let cleanUpRequests = 0;
  const operations = new Map<string, OperationSummary>();
  for (const line of record.counts) {
    for (const [name, { category, phases }] of Object.entries(line.operations)) {
      let operation = operations.get(name);
      if (!operation) {
        operation = {
          name,
          category,
          counts: emptyCounts(),
          steady: emptyCounts(),
          results: {},
          serviceTime: samples.of(name, "service"),
          responseTime: samples.of(name, "response"),
          responseTimeWithoutLag: samples.of(name, "response-without-lag"),
          failedServiceTime: samples.of(name, "failed"),
          unexpectedServiceTime: samples.of(name, "unexpected"),
          phases: {
            firstByte: samples.of(name, "first-byte"),
            body: samples.of(name, "body"),
            dns: samples.of(name, "dns"),
            connect: samples.of(name, "connect"),
            tls: samples.of(name, "tls"),
            newConnections: 0,
            reusedConnections: 0,
          },
        };
        operations.set(name, operation);
      }
      for (const [phase, counts] of Object.entries(phases)) {
        addRequestCounts(totals, counts);
        addRequestCounts(operation.counts, counts);
        operation.phases.newConnections += counts.newConnections;
        operation.phases.reusedConnections += counts.reusedConnections;
        if (phase === "steady") {
          addRequestCounts(steady, counts);
          addRequestCounts(operation.steady, counts);
        }
        if (phase === "clean-up") cleanUpRequests += counts.planned - counts.retries - counts.polls;
        for (const tally of [counts.answered, counts.failed]) {
          for (const [what, count] of Object.entries(tally)) add(operation.results, what, count);
        }
      }
    }
  }
  return { totals, steady, cleanUpRequests, operations: [...operations.values()] };
}
