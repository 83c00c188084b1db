import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Fault } from "../base/errors.ts";

/** The files that come with the package, wherever it is installed. */
export interface PackageFiles {
  readonly profilesDir: string;
  /** A profile to begin with, in which `@NAME@` stands for its name. */
  readonly profileTemplate: string;
  /** JSON Schema of profiles. */
  readonly profileSchema: string;
  readonly emulatorScript: string;
  readonly usersScript: string;
  readonly clientScript: string;
  readonly pageScript: string;
  readonly chartStyle: string;
}

/** @throws Fault `FAULT_PACKAGE_INCOMPLETE` when the package was not built */
export function packageFiles(): PackageFiles {
  const root = packageRoot(dirname(fileURLToPath(import.meta.url)));
  return {
    profilesDir: join(root, "profiles"),
    profileTemplate: join(root, "templates", "profile.yaml"),
    profileSchema: join(root, "schemas", "profile.schema.json"),
    emulatorScript: join(root, "dist", "emulator-process.js"),
    usersScript: join(root, "dist", "users-process.js"),
    clientScript: join(root, "dist", "client-process.js"),
    pageScript: join(root, "dist", "assets", "report-page.js"),
    chartStyle: join(root, "dist", "assets", "uPlot.min.css"),
  };
}

/** The nearest folder upwards that has our profiles and a package.json: `dist` and `src` lie at different depths. */
function packageRoot(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json")) && existsSync(join(folder, "profiles")))
      return folder;
    if (folder === dirname(folder)) {
      throw new Fault("FAULT_PACKAGE_INCOMPLETE", "the package's own files are not there", {
        hint: "install klarna-perf again, or run `npm run build` in a checkout",
      });
    }
  }
}
