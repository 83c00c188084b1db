import module from "node:module";
import { basename } from "node:path";
import workerThreads from "node:worker_threads";
import { hit } from "./hits.ts";
import { binding, bindingPrototype, copied, guard, guardIfPresent, type Sentry } from "./patch.ts";
import { children } from "./tickets.ts";

const { apply } = Reflect;
const { startsWith, toUpperCase } = String.prototype;
const { execPath } = process;

/** Variables that run code in a child before its script does. A child may be handed our own value of one, no other. */
const PRELOADS = ["NODE_OPTIONS", "LD_PRELOAD", "LD_AUDIT", "DYLD_INSERT_LIBRARIES"].map(
  (name) => ({ prefix: `${name}=`, own: `${name}=${process.env[name] ?? ""}` }),
);

/**
 * Stands in front of whatever would run code where the tripwire is not: child processes (`spawn`, `exec`, `execFile`,
 * `fork`, their `Sync` forms and `cluster` end in one of two functions), `process.execve`, worker threads, and the
 * thread that `module.register` starts for loader hooks.
 * @param scripts the scripts that may be started, spelled as they will be; each as the first argument of this same Node
 */
export function guardProcesses(scripts: readonly string[]): void {
  const startOnlyOurs = (api: string): Sentry => {
    return (self, args, proceed) => {
      const start = readStart(args);
      if (!isListed(start, scripts) && !hasTicket(start)) {
        throw hit(api, name(start.file), start.file === execPath ? name(start.args[1]) : undefined);
      }
      return proceed(self, start.checked);
    };
  };
  guard(bindingPrototype("process_wrap", "Process"), "spawn", startOnlyOurs("child_process"));
  guard(binding("spawn_sync"), "spawn", startOnlyOurs("child_process (sync)"));
  guardIfPresent(process, "execve", (_self, args) => {
    throw hit("process.execve", name(args[0]));
  });
  guard(workerThreads, "Worker", () => {
    throw hit("worker_threads.Worker", "a thread");
  });
  guard(module, "register", () => {
    throw hit("module.register", "a loader thread");
  });
}

interface Start {
  readonly file: unknown;
  /** With the child's own name first, as `execve` has it. */
  readonly args: readonly unknown[];
  readonly environmentIsOurs: boolean;
  /** A copy of what was read: what is checked is what is started, whatever a getter would say the second time. */
  readonly checked: readonly unknown[];
}

/** Node up to 22 hands over one object; 24 hands `Process.spawn` file, arguments, folder and environment one by one. */
function readStart(given: readonly unknown[]): Start {
  const first = given[0];
  if (typeof first === "object" && first !== null) {
    const options: Record<string, unknown> = { ...first };
    const args = copied(options.args);
    const environment = copied(options.envPairs);
    options.args = args;
    options.envPairs = environment;
    const environmentIsOurs = !preloads(environment);
    return { file: options.file, args: args ?? [], environmentIsOurs, checked: [options] };
  }
  const checked = copied(given) ?? [];
  const args = copied(given[1]);
  const environment = copied(given[3]);
  checked[1] = args;
  checked[3] = environment;
  return { file: first, args: args ?? [], environmentIsOurs: !preloads(environment), checked };
}

/** An environment that can't be read counts as a foreign one: the child would inherit whatever is set by now. */
function preloads(environment: readonly unknown[] | undefined): boolean {
  if (environment === undefined) return true;
  for (let i = 0; i < environment.length; i++) {
    const pair = environment[i];
    if (typeof pair !== "string") return true;
    for (let k = 0; k < PRELOADS.length; k++) {
      const preload = PRELOADS[k];
      if (preload === undefined || pair === preload.own) continue;
      if (apply(startsWith, apply(toUpperCase, pair, []), [preload.prefix])) return true;
    }
  }
  return false;
}

function isListed({ file, args, environmentIsOurs }: Start, scripts: readonly string[]): boolean {
  if (!environmentIsOurs || file !== execPath) return false;
  for (let i = 0; i < scripts.length; i++) if (args[1] === scripts[i]) return true;
  return false;
}

function hasTicket({ file, args, environmentIsOurs }: Start): boolean {
  if (!environmentIsOurs) return false;
  const ticket = children.spend((valid) => {
    if (file !== valid.file || args[0] !== valid.file) return false;
    if (args.length !== valid.args.length + 1) return false;
    for (let i = 0; i < valid.args.length; i++) if (args[i + 1] !== valid.args[i]) return false;
    return true;
  });
  return ticket !== undefined;
}

/** The rest of a command line could hold a secret. */
function name(file: unknown): unknown {
  return typeof file === "string" ? basename(file) : undefined;
}
