import type { Random } from "../base/random.ts";
import type { FeedOf } from "../workload/course.ts";
import type { Sink } from "../workload/roles.ts";

/** Who asks for the planned journeys of a run whose pace no schedule sets. */
export interface Source {
  /** Makes the feed of the planned journeys. @param wake has the run loop look at it */
  feedOf(random: Random, wake: () => void): FeedOf;
  /** The same sink, by which whoever asked also learns what came of it. */
  listeningTo(sink: Sink): Sink;
  /** Ends in order, once the run has ended. */
  stop(): Promise<unknown>;
  /** Ends at once, for a run that never came to its end. */
  close(): void;
}
