import { existsSync } from "node:fs";

import { weakeningSettings } from "../guard/runtime.ts";
import { listedProfiles } from "./listing.ts";
import { packageFiles } from "./package-files.ts";
import type { Surroundings } from "./prepare.ts";
import { openStateDir } from "./state-dir.ts";

/** One thing that a run needs. */
export interface Finding {
  readonly what: string;
  /** `ready`; `missing`: no run without it; `klarna`: runs on the emulator do without it. */
  readonly state: "ready" | "missing" | "klarna";
  readonly text: string;
  /** What to do; empty when there is nothing to do. */
  readonly advice: string;
}

const NODE_MIN = [20, 19] as const;

/** Looks at what runs need, from the outside: opens no socket, reads no key, changes nothing but to make the state directory. */
export function examine({ cwd, env, execArgv, argv }: Surroundings): Finding[] {
  return [
    node(),
    installation(),
    profiles(cwd),
    stateDirectory(env),
    settings(env, execArgv, argv),
    key(env),
  ];
}

function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const enough = major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]);
  return {
    what: "Node",
    state: enough ? "ready" : "missing",
    text: process.version,
    advice: enough ? "" : `use Node ${NODE_MIN.join(".")} or later`,
  };
}

function installation(): Finding {
  const { emulatorScript, chartScript, chartStyle } = packageFiles();
  const whole = [emulatorScript, chartScript, chartStyle].every((file) => existsSync(file));
  return {
    what: "installation",
    state: whole ? "ready" : "missing",
    text: whole ? "emulator and report page are there" : "files of the package are missing",
    advice: whole ? "" : "install klarna-perf again, or run `npm run build` in a checkout",
  };
}

function profiles(cwd: string): Finding {
  const found = listedProfiles(cwd);
  const broken = found.filter((profile) => "error" in profile).map(({ name }) => name);
  return {
    what: "profiles",
    state: broken.length === 0 ? "ready" : "missing",
    text:
      broken.length === 0
        ? found.map(({ name }) => name).join(", ")
        : `can't be used: ${broken.join(", ")}`,
    advice: broken.length === 0 ? "" : "klarna-perf validate says what is wrong",
  };
}

function stateDirectory(env: Surroundings["env"]): Finding {
  const { path, problem } = openStateDir(env);
  return {
    what: "state directory",
    state: problem === undefined ? "ready" : "klarna",
    text: problem === undefined ? path : `${path}: ${problem}`,
    advice: problem === undefined ? "" : "mend it, or name another with KLARNA_PERF_STATE",
  };
}

function settings(
  env: Surroundings["env"],
  execArgv: readonly string[],
  argv: readonly string[],
): Finding {
  const weakening = weakeningSettings({ env, execArgv, argv });
  return {
    what: "process settings",
    state: weakening.length === 0 ? "ready" : "klarna",
    text: weakening.length === 0 ? "none that weakens the lock" : weakening.join(", "),
    advice: weakening.length === 0 ? "" : "unset them for runs against Klarna",
  };
}

function key(env: Surroundings["env"]): Finding {
  const set = Boolean(env.KLARNA_API_KEY);
  return {
    what: "API key",
    state: set ? "ready" : "klarna",
    text: set ? "KLARNA_API_KEY is set (not read)" : "KLARNA_API_KEY is not set",
    advice: set
      ? ""
      : "runs on the emulator need none; for Klarna set it, or use --api-key-file or --api-key-command",
  };
}
