import { readFileSync, writeFileSync } from "node:fs";
import { isAbsolute, join, relative, sep } from "node:path";
import { UsageError } from "../base/errors.ts";
import { visible } from "../guard/foreign-text.ts";
import { PROFILE_NAME, PROFILE_NAME_FORM } from "../profile/schema.ts";
import { makeFolder } from "./make-folder.ts";
import { packageFiles } from "./package-files.ts";

/**
 * Writes a commented profile to `profiles/<name>.yaml`, whose first line names its schema to editors.
 *
 * @param cwd the working directory
 * @returns the file's path, from there
 * @throws UsageError `INIT_NAME`; `INIT_EXISTS`, with the file left as it is; `INIT_UNWRITABLE`
 */
export function initProfile(name: string, cwd: string): string {
  if (!PROFILE_NAME.test(name)) {
    throw new UsageError("INIT_NAME", `\`${visible(name)}\` can't be a profile's name`, {
      hint: `give ${PROFILE_NAME_FORM}`,
    });
  }
  const { profileTemplate, profileSchema } = packageFiles();
  const file = join("profiles", `${name}.yaml`);
  const folder = join(cwd, "profiles");
  const first = `# yaml-language-server: $schema=${schemaPath(folder, profileSchema)}\n`;
  const text = readFileSync(profileTemplate, "utf8").replaceAll("@NAME@", name);
  try {
    makeFolder(folder);
    // `wx`: what is there already is somebody's work.
    writeFileSync(join(cwd, file), first + text, { flag: "wx" });
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown reason";
    if (code === "EEXIST") {
      throw new UsageError("INIT_EXISTS", `\`${visible(file)}\` is there already`, {
        hint: "choose another name: nothing is written over",
        cause,
      });
    }
    throw new UsageError("INIT_UNWRITABLE", `\`${visible(file)}\` can't be written: ${code}`, {
      hint: "run it in a folder that you may write to",
      cause,
    });
  }
  return file;
}

/** Relative where both lie in one tree, so that the line is good on every machine; a package elsewhere has its own place. */
function schemaPath(folder: string, schema: string): string {
  const path = relative(folder, schema);
  const climbs = path.split(sep).filter((part) => part === "..").length;
  const within = !isAbsolute(path) && climbs <= 2;
  return (within ? path : schema).split(sep).join("/");
}
