import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import { UsageError } from "../base/errors.ts";
import { generateEmulatorKey, type TestApiKey } from "../guard/api-key.ts";
import type { ClientCertificate } from "../guard/client-certificate.ts";
import type { TestTarget } from "../guard/environments.ts";
import { findEmulator, registeredEmulator } from "../guard/registration.ts";
import type { Plan } from "../profile/plan.ts";
import { emulatorOptions } from "./emulator.ts";
import { type EmulatorOptions, startEmulatorProcess } from "./emulator-process.ts";
import { packageFiles } from "./package-files.ts";
import { type StateDir, temporaryRegistry } from "./state-dir.ts";

/** A target that has proved itself, and the key to use there. */
export interface ReadyTarget {
  readonly target: TestTarget;
  readonly key: TestApiKey;
  /** For accounts that require one of their callers. */
  readonly clientCertificate?: ClientCertificate;
  /** Ends what was started for the run; does nothing the second time. */
  release(): Promise<void>;
}

/**
 * The emulator for a run: the one that the user named, or one started for this run alone. The user's key is
 * never read for it; the run has a key of its own.
 *
 * @throws Refusal for an address without a registration; UsageError or Fault when it does not start
 */
export async function readyEmulator(
  plan: Pick<Plan, "level" | "seed" | "profile">,
  url: string | undefined,
  state: StateDir,
  clock: Clock,
): Promise<ReadyTarget> {
  const { key, secret } = generateEmulatorKey();
  if (url !== undefined) {
    if (state.problem !== undefined) {
      throw new UsageError(
        "STATE_UNUSABLE",
        `the state directory can't be used: ${state.problem}`,
        {
          hint: "a running emulator is recognised by its registration there; mend it or set KLARNA_PERF_STATE",
        },
      );
    }
    const target = findEmulator(url, join(state.path, "emulators"));
    return { target, key, release: async () => {} };
  }
  const temporary = state.problem === undefined ? undefined : temporaryRegistry();
  const options: EmulatorOptions = {
    // A capacity run is there to send too much, so it is shut out only where its profile says so.
    ...emulatorOptions({
      protection: "off",
      ...plan.profile.emulator,
      level: plan.level,
      seed: plan.seed,
    }),
    registryDir: temporary ?? join(state.path, "emulators"),
    apiKeys: [secret],
  };
  const emulator = await startEmulatorProcess(packageFiles().emulatorScript, options, clock);
  const release = async (): Promise<void> => {
    await emulator.stop();
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
  };
  try {
    return { target: registeredEmulator(emulator.registration), key, release };
  } catch (error) {
    await release();
    throw error;
  }
}
