import { type Place, UsageError } from "../base/errors.ts";
import { shownText } from "./messages.ts";
import type { Tree } from "./tree.ts";
import { readYaml } from "./yaml.ts";

/** What came of `--set`: the tree with the values in, and the settings that could not be made. */
export interface Overridden {
  readonly tree: Tree;
  readonly problems: readonly UsageError[];
}

const FORM = "path=value, as in workload.maxInFlight=5 or workload.stages[0].rate=2/s";

/**
 * Puts `--set path=value` settings into a profile's tree, the later over the earlier. Values are YAML scalars.
 * Keys are not looked at here: the checks that follow treat what was set as if the file had said so.
 */
export function applySettings(tree: Tree, settings: readonly string[]): Overridden {
  const problems: UsageError[] = [];
  let result = tree;
  for (const setting of settings) {
    try {
      result = applySetting(result, setting);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      problems.push(error);
    }
  }
  return { tree: result, problems };
}

function applySetting(tree: Tree, setting: string): Tree {
  const equals = setting.indexOf("=");
  const written = equals < 0 ? setting : setting.slice(0, equals);
  const place: Place = { file: `--set ${shownText(written)}` };
  const parts = equals < 0 ? undefined : pathParts(written);
  if (!parts) {
    throw new UsageError("PROFILE_SET_FORM", `\`${shownText(setting)}\` is not a setting`, {
      place: { file: "--set" },
      hint: `expected ${FORM}`,
    });
  }
  if (parts[0] === "environments") {
    throw new UsageError("PROFILE_SET_PATH", "`environments` can't be set", {
      place,
      hint: "set the value itself: --set comes after the environment's own values",
    });
  }
  return put(tree, parts, scalar(setting.slice(equals + 1), place), place);
}

const PART = /(?:^|\.)([^.[\]=]+)|\[(\d{1,6})\]/y;

/** A key; a number where it stood in brackets, and so is meant for a list. */
type Part = string | number;

/** `a.b[0].c`, and `a.b.0.c` for a list that is there; `undefined` for anything that is not such a path. */
function pathParts(text: string): Part[] | undefined {
  const parts: Part[] = [];
  PART.lastIndex = 0;
  while (PART.lastIndex < text.length) {
    const match = PART.exec(text);
    const index = match?.[2];
    const part = index === undefined ? match?.[1] : Number(index);
    if (part === undefined || part === "__proto__") return undefined;
    parts.push(part);
  }
  return parts.length > 0 ? parts : undefined;
}

function scalar(text: string, place: Place): Tree {
  const reading = readYaml(text, place.file ?? "", false);
  if ("tree" in reading && reading.tree.kind === "scalar") return reading.tree;
  throw new UsageError("PROFILE_SET_VALUE", `\`${shownText(text)}\` is not a single value`, {
    place,
    hint: "give one text, number or true/false; text with braces, brackets or `: ` needs quotes of its own, as in '\"{id}\"'",
  });
}

/**
 * The tree with `value` at the path. Mappings on the way are made where they are missing, and so is a list's next item
 * where it is the value itself: a part of an item that is not there would be an item of that part alone.
 */
function put(tree: Tree | undefined, path: readonly Part[], value: Tree, place: Place): Tree {
  const [part, ...rest] = path;
  if (part === undefined) return value;
  if (tree === undefined && part === 0 && rest.length === 0) {
    return { kind: "list", place, items: [value] };
  }
  if (tree?.kind === "list") {
    const index = /^\d+$/.test(String(part)) ? Number(part) : -1;
    if (index === tree.items.length && rest.length === 0) {
      return { ...tree, items: [...tree.items, value] };
    }
    const item = tree.items[index];
    if (!item) {
      const known =
        tree.items.length > 0 ? `it has items 0 to ${tree.items.length - 1}` : "it is empty";
      throw new UsageError(
        "PROFILE_SET_PATH",
        `the list has no item \`${shownText(String(part))}\``,
        {
          place,
          hint: known,
        },
      );
    }
    const items = tree.items.with(index, put(item, rest, value, place));
    return { ...tree, items };
  }
  if (tree?.kind === "scalar" && tree.source !== "") {
    throw new UsageError(
      "PROFILE_SET_PATH",
      `there is nothing below \`${shownText(tree.source)}\` to set`,
      {
        place,
        hint: `leave out \`${shownText(path.join("."))}\`, or set another key`,
      },
    );
  }
  const entries = new Map(tree?.kind === "map" ? tree.entries : []);
  const key = String(part);
  const before = entries.get(key);
  entries.set(key, {
    keyPlace: before?.keyPlace ?? place,
    value: put(before?.value, rest, value, place),
  });
  return { kind: "map", place: tree?.place ?? place, entries, loneBraces: false };
}
