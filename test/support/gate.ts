import type { Running, Workspace } from "./cli.ts";
import { start, until } from "./cli.ts";

/** `klarna-perf gate` as a process, listening. */
export interface RunningGate extends Running {
  /** `http://127.0.0.1:<port>/<token>/` */
  readonly url: string;
}

export async function startGate(
  at: Workspace,
  args: readonly string[] = [],
  options: Parameters<typeof start>[2] = {},
): Promise<RunningGate> {
  const running = start(at, ["gate", "--out", "out", ...args], options);
  const url = await until(
    () => /^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\/$/m.exec(running.said())?.[0],
  );
  return { ...running, url };
}

/** Asks the gate as an application's client would. */
export async function ask(
  gate: Pick<RunningGate, "url">,
  path: string,
  init: RequestInit = {},
): Promise<{ readonly status: number; readonly headers: Headers; readonly body: unknown }> {
  const response = await fetch(`${gate.url}${path}`, init);
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === "" ? undefined : JSON.parse(text),
  };
}
