import type { GuardedLane } from "../guard/lane.ts";

/** Connections opened in each lane before the first request is due; a lane that needs more opens them as it goes. */
const FILL_MOST = 64;

/** The opening of a run's first connections. */
export interface Fill {
  /** Settles when they are open, have failed, or `end` was called. */
  readonly done: Promise<void>;
  /** Closes the lanes and waits no longer, whatever is still under way. */
  end(): void;
}

/** @param most connections of each lane */
export function fillLanes(lanes: readonly GuardedLane[], most = FILL_MOST): Fill {
  let resolveDone = (): void => {};
  const done = new Promise<void>((resolve, reject) => {
    resolveDone = resolve;
    Promise.all(lanes.map((lane) => lane.fill(most))).then(() => resolve(), reject);
  });
  const end = (): void => {
    for (const lane of lanes) lane.close();
    resolveDone();
  };
  return { done, end };
}
