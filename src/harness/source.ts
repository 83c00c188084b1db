import type { Random } from "../base/random.ts";
import type { GuardedConnection } from "../guard/connection.ts";
import type { RunEndRecord, RunManifest } from "../report/run-record.ts";
import type { FeedOf } from "../workload/course.ts";
import type { Performer, Sink } from "../workload/roles.ts";
import type { Sender } from "./sender.ts";

/** The run loop, as whoever asks for its journeys may touch it. */
export interface Loop {
  /** Has it look at the feed. */
  wake(): void;
  /** Ends it at once. */
  stop(): void;
}

/** Who asks for the planned journeys of a run whose pace no schedule sets. */
export interface Source {
  /** Makes the feed of the planned journeys. */
  feedOf(random: Random, loop: Loop): FeedOf;
  /** Makes the requests; absent: they are those of the plan's steps. */
  performer?(sender: Sender): Performer<GuardedConnection>;
  /** The same sink, by which whoever asked also learns what came of it. */
  listeningTo(sink: Sink): Sink;
  /** What it adds to the run's first record, and to its last. */
  readonly record?: {
    begin(): Pick<RunManifest, "gate">;
    end(): Pick<RunEndRecord, "gate">;
  };
  /** Ends in order, once the run has ended. */
  stop(): Promise<unknown>;
  /** Ends at once, for a run that never came to its end. */
  close(): void;
}
