import { register } from "node:module";

/** Beside the program of the client's process, once built. */
const HOOKS = "./client-typescript.js";

/**
 * Has this process load TypeScript as Node does by itself from 22.18 on. To be called before the tripwire is armed, which
 * refuses loader threads: in this one no code runs but ours.
 */
export function readTypeScript(): void {
  if ("typescript" in process.features && process.features.typescript) return;
  register(HOOKS, import.meta.url);
}
