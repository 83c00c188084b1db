import { join } from "node:path";
import { Refusal } from "../base/errors.ts";
import { findRegistration, type Registration } from "../guard/registration.ts";
import type { EmulatorSection } from "../profile/emulator-section.ts";
import type { Report } from "../report/schema.ts";
import { openStateDir } from "./state-dir.ts";

/** What a running emulator says of itself, as far as a profile can count on it. */
export type RunningSettings = NonNullable<Registration["settings"]>;

/**
 * The settings of the emulator at an address; `undefined` where there is none to be had: the run itself refuses then.
 * Opens no socket.
 */
export function runningSettings(
  url: string,
  env: Readonly<Record<string, string | undefined>>,
): RunningSettings | undefined {
  const { path, problem } = openStateDir(env);
  if (problem !== undefined) return undefined;
  try {
    const registration = findRegistration(url, join(path, "emulators"));
    if (!registration) return undefined;
    const told = "settings" in registration ? registration.settings : undefined;
    return told ?? { customer: null, quotas: "test" };
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

/** A running emulator is as it was started, whatever the profile says: which of its words have no effect there. */
export function ignoredSection(
  section: EmulatorSection | undefined,
  running: RunningSettings | undefined,
): Report["warnings"] {
  if (!section || !running) return [];
  const differs = Object.keys(section).filter((key) => {
    if (key === "customer") return section.customer !== running.customer;
    if (key === "quotas") return section.quotas !== running.quotas;
    // A delay, a latency or a fault of its own is not told in its registration.
    return true;
  });
  if (differs.length === 0) return [];
  const keys = differs.map((key) => `emulator.${key}`).join(", ");
  return [
    {
      code: "EMULATOR_SECTION_IGNORED",
      text: `the running emulator was started with settings of its own: the profile's ${keys} had no effect`,
    },
  ];
}
