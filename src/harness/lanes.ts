import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import { type Micros, micros, seconds } from "../base/units.ts";
import type { ApprovedPlan } from "../guard/approval.ts";
import { ConnectPacer } from "../guard/connect-pacer.ts";
import { Door, type DoorSeams } from "../guard/door.ts";
import { isKlarnaEnvironment } from "../guard/environments.ts";
import type { KillSwitch } from "../guard/kill-switch.ts";
import { GuardedLane, type LaneParts } from "../guard/lane.ts";
import type { Stops } from "./stops.ts";
import type { ReadyTarget } from "./target.ts";

/**
 * No run against Klarna connects, or asks anything, sooner than this after it has got the right to be the one run: a second
 * that holds requests of two runs, one after the other, would hold the caps of both.
 */
const APART_US = seconds(1);

export interface WayOutParts {
  readonly ready: ReadyTarget;
  readonly approved: ApprovedPlan;
  /** When the run got the right to be the one run. */
  readonly clearedAt: Micros;
  readonly killSwitch: KillSwitch;
  readonly stops: Stops;
  readonly clock: Clock;
  readonly random: Random;
  readonly seams: DoorSeams | undefined;
  /** A connection has come in or gone: look again at what waits. */
  readonly onLine: () => void;
}

/** All that a run can send by: the door, and behind it a lane for each category of the approved plan. */
export interface WayOut {
  readonly door: Door;
  readonly lanes: readonly GuardedLane[];
}

/** Opens no connection. @throws Refusal where target, approval and this process do not go together */
export function makeWayOut(parts: WayOutParts): WayOut {
  const { ready, approved, clearedAt, killSwitch, stops, clock, random, seams, onLine } = parts;
  const { target, key, clientCertificate } = ready;
  const { bounds } = approved;
  const door = new Door(target, approved, clock, seams, clientCertificate);
  const pacer = new ConnectPacer(
    bounds.connectsPerSecond,
    clock,
    random.fork("connect"),
    isKlarnaEnvironment(bounds.environment) ? micros(clearedAt + APART_US) : undefined,
  );
  const lane: LaneParts = {
    door,
    origin: target.origin,
    key,
    clock,
    onConnect: (result) => {
      if (result.kind === "open") killSwitch.observeConnected();
      else stops.stop(killSwitch.observeConnectFailure(result.failure, result.detail));
    },
    onError: (error) => stops.fail(error),
    onLine,
  };
  const lanes = bounds.categories.map((category) => new GuardedLane(category, bounds, lane, pacer));
  return { door, lanes };
}
