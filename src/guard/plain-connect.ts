import type { Socket } from "node:net";
import type { Clock } from "../base/clock.ts";
import { micros } from "../base/units.ts";
import { classify } from "./connect-failure.ts";
import { ABORTED, failedOpening, OPEN_TIMEOUT_US, type OpenResult, TOO_LATE } from "./opening.ts";

/**
 * Waits for a connection without TLS: to a bench's recorder on loopback and to nothing else.
 *
 * @param raw being connected to `address`
 * @param signal gives it up
 */
export function connectPlain(
  raw: Socket,
  address: string,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<OpenResult> {
  const begun = clock.now();
  return new Promise((resolve) => {
    const settle = (result: OpenResult): void => {
      cancelTimeout();
      signal?.removeEventListener("abort", abort);
      raw.off("error", onError).off("connect", onConnect);
      if (result.kind === "failed") raw.on("error", () => {}).destroy();
      resolve(result);
    };
    const onError = (error: Error): void => settle(failedOpening(classify(error), error));
    const abort = (): void => settle(ABORTED);
    const onConnect = (): void => {
      const connectUs = micros(clock.now() - begun);
      settle({ kind: "open", socket: { stream: raw, raw, address, connectUs } });
    };
    const cancelTimeout = clock.atCoarse(micros(begun + OPEN_TIMEOUT_US), () =>
      settle(failedOpening("timeout", new Error(TOO_LATE))),
    );
    signal?.addEventListener("abort", abort);
    raw.on("error", onError).on("connect", onConnect);
  });
}
