import type { RecordContents } from "../read-record.ts";
import type { Sample, SteadySamples } from "../samples.ts";

export interface JourneySummary {
  readonly scenario: string;
  started: number;
  completed: number;
  /** Of steady journeys; what was cut short is censored, what an error ended is not in it. */
  readonly responseTime: Sample;
}

export function countJourneys(record: RecordContents, samples: SteadySamples) {
  const journeys = new Map<string, JourneySummary>();
  let notReached = 0;
  let notDue = 0;
  for (const line of record.counts) {
    for (const [scenario, { "set-up": setUp, "clean-up": cleanUp, ...planned }] of Object.entries(
      line.journeys,
    )) {
      for (const counts of [setUp, cleanUp]) {
        notReached += counts?.notReached ?? 0;
        notDue += counts?.notDue ?? 0;
      }
      if (Object.keys(planned).length === 0) continue;
      let journey = journeys.get(scenario);
      if (!journey) {
        const responseTime = samples.of(scenario, "journey");
        journey = { scenario, started: 0, completed: 0, responseTime };
        journeys.set(scenario, journey);
      }
      for (const counts of Object.values(planned)) {
        journey.started += counts.ended;
        journey.completed += counts.completed;
        notReached += counts.notReached;
        notDue += counts.notDue;
      }
    }
  }
  return { journeys: [...journeys.values()], notReached, notDue };
}
