import { basename, toNamespacedPath } from "node:path";
import { hit } from "./hits.ts";
import { guard, guardIfPresent } from "./patch.ts";

/**
 * Stands in front of the ways out of JavaScript: native add-ons, Node's own bindings, and the inspector's server.
 * Last to be armed, since the other parts reach the bindings by `process.binding`.
 * @param addons the native add-ons that may be loaded: absolute paths, symbolic links resolved, as `require.resolve` gives them
 */
export function guardNatives(addons: readonly string[]): void {
  const loadable = addons.map((path) => toNamespacedPath(path));
  guard(process, "dlopen", (self, args, proceed) => {
    const file = args[1];
    for (let i = 0; i < loadable.length; i++) if (file === loadable[i]) return proceed(self, args);
    throw hit("process.dlopen", typeof file === "string" ? basename(file) : undefined);
  });
  guard(process, "binding", (_self, args) => {
    throw hit("process.binding", args[0]);
  });
  guard(process, "_linkedBinding", (_self, args) => {
    throw hit("process._linkedBinding", args[0]);
  });
  // A Node built without the inspector has neither module; `inspector/promises` holds a copy of the function.
  for (const name of ["node:inspector", "node:inspector/promises"]) {
    const inspector: unknown = process.getBuiltinModule(name);
    if (typeof inspector !== "object" || inspector === null) continue;
    guardIfPresent(inspector, "open", (_self, args) => {
      throw hit("inspector.open", args[1], args[0]);
    });
  }
}
