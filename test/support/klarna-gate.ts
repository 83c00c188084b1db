import { join } from "node:path";
import { systemClock } from "../../src/base/clock.ts";
import { seconds } from "../../src/base/units.ts";
import { Gate } from "../../src/harness/gate/gate.ts";
import { prepareGate } from "../../src/harness/gate/prepare.ts";
import type { RunResult } from "../../src/harness/run-options.ts";
import { KEY, type KlarnaWorld } from "./klarna-world.ts";

/** A gate that listens, before what stands in for Klarna's test environment. */
export interface OpenGate {
  readonly url: string;
  readonly gate: Gate;
  readonly ended: Promise<RunResult>;
}

export async function openGate(
  world: KlarnaWorld,
  {
    permit = {},
    key = KEY,
  }: { readonly permit?: Parameters<KlarnaWorld["permit"]>[0]; readonly key?: string } = {},
): Promise<OpenGate> {
  const clock = systemClock();
  const around = {
    cwd: world.folder,
    env: { KLARNA_PERF_STATE: world.state },
    execArgv: [],
    argv: [],
    nowMs: clock.wallMs(),
  };
  const bounds = { rate: undefined, lasts: undefined, hold: seconds(3) };
  const asked = { environment: "klarna-test", permit: world.permit(permit), seed: 7, ...bounds };
  const prepared = prepareGate(asked, around);
  let ready = (_url: string): void => {};
  const url = new Promise<string>((resolve) => {
    ready = resolve;
  });
  const news = {
    ready,
    nobodyCame: () => {},
    refused: () => {},
    liveKey: () => {},
    closing: () => {},
  };
  const options = {
    command: "klarna-perf gate",
    keys: { env: { KLARNA_API_KEY: key } },
    out: join(world.folder, "out"),
  };
  const settings = { profile: undefined, port: 0, idle: seconds(300), news };
  const gate = await Gate.withClearance(prepared, options, around, clock, settings, world.seams);
  const ended = gate.execute();
  return { url: await url, gate, ended };
}
