import { formatPlace, UsageError, UsageErrors } from "../base/errors.ts";
import { isKlarnaEnvironment, parseEnvironment } from "../guard/environments.ts";
import { approvalProblems, whyNobodyApproves } from "./approval.ts";
import { type DataReader, noDataFiles } from "./data/files.ts";
import { TableLoader } from "./data/load.ts";
import { dataReferenceProblems } from "./data/references.ts";
import { forbiddenIn, forbiddenText } from "./forbidden.ts";
import { problemsOf } from "./messages.ts";
import { applySettings } from "./overrides.ts";
import { personalDataProblems } from "./personal.ts";
import { referenceProblems } from "./references.ts";
import { naiveProblems } from "./retry.ts";
import { type Profile, profileSchema } from "./schema.ts";
import { at, entriesOf, overlay, plain, type Tree } from "./tree.ts";
import { readYaml } from "./yaml.ts";

/** Bytes of UTF-8; the largest profile anyone wrote by hand is a hundredth of this. */
export const PROFILE_BYTES_MAX = 256 * 1024;

/** More complaints than this are no help; the last one says how many were left out. */
const PROBLEMS_MAX = 25;

export interface ReadOptions {
  /** Whose section of `environments` is laid over the rest; `undefined`: none. */
  readonly environment?: string;
  /** `--set path=value`, laid over that. */
  readonly set?: readonly string[];
  /**
   * What a customer does in the running emulator that the run is to use, null if nobody comes; `undefined`: it starts
   * one, as the profile says.
   */
  readonly runningCustomer?: string | null | undefined;
  /** Reads the files of `data`; without it a profile that has any can't be used. */
  readonly readData?: DataReader;
}

/**
 * A profile from its text: everything checked, defaults filled in, overrides applied. All sections of
 * `environments` are checked, whichever is used.
 *
 * @param file as messages shall name it
 * @throws UsageError `PROFILE_…` with the place; UsageErrors where there are several, in the order of the file
 */
export function parseProfile(text: string, file: string, options: ReadOptions = {}): Profile {
  const reading = readText(text, file);
  const { environment, set = [], readData = noDataFiles } = options;
  // Alone, and first: other messages might quote what must not be shown.
  throwAny([
    ...forbiddenText(reading),
    ...set.flatMap((one) => forbiddenIn(one, { file: "--set" })),
  ]);

  const sections = entriesOf(at(reading, "environments"));
  const selected = environment === undefined ? undefined : sections.get(environment)?.value;
  const overridden = applySettings(selected ? overlay(reading, selected) : reading, set);
  const tables = new TableLoader(readData);
  const { profile, problems } = check(overridden.tree, tables);
  const unused = [...sections.values()]
    .map(({ value }) => value)
    .filter((section) => section !== selected)
    .map((section) => overlay(reading, section));
  const others = [...(selected ? [reading] : []), ...unused]
    .map((other) => applySettings(other, set).tree)
    .flatMap((other) => check(other, tables).problems);
  const target = parseEnvironment(environment ?? "emulator");
  const nobody = whyNobodyApproves(overridden.tree, target, options.runningCustomer);
  const unapproved = nobody ? approvalProblems(overridden.tree, nobody) : [];
  const naive = isKlarnaEnvironment(target) ? naiveProblems(overridden.tree) : [];
  throwAny([...overridden.problems, ...problems, ...unapproved, ...naive, ...others], file);
  if (!profile)
    throw new UsageError("PROFILE_VALUE", "the profile can't be used", { place: { file } });
  return profile;
}

function readText(text: string, file: string): Tree {
  const place = { file };
  if (Buffer.byteLength(text) > PROFILE_BYTES_MAX) {
    throw new UsageError("PROFILE_TOO_LARGE", `more than ${PROFILE_BYTES_MAX / 1024} KB`, {
      place,
      hint: "this does not look like a profile",
    });
  }
  // Tab, line feed and carriage return are the control characters that text has.
  const control = text.search(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]/);
  if (control >= 0) {
    const line = text.slice(0, control).split("\n");
    throw new UsageError("PROFILE_NOT_TEXT", "a control character: this is not a text file", {
      place: { file, line: line.length, column: (line.at(-1)?.length ?? 0) + 1 },
      hint: "a profile is YAML in UTF-8",
    });
  }
  const reading = readYaml(text, file);
  if ("problems" in reading) {
    throwAny(forbiddenIn(text, place));
    throw together(reading.problems);
  }
  const { tree } = reading;
  if (tree.kind === "scalar" && tree.source === "") {
    throw new UsageError("PROFILE_EMPTY", "the profile is empty", {
      place,
      hint: "begin with `name`, `kind`, `workload` and `scenarios`; profiles/smoke.yaml is an example",
    });
  }
  if (tree.kind !== "map") {
    throw new UsageError("PROFILE_NOT_A_MAPPING", "a profile is a mapping of keys to values", {
      place: tree.place,
      hint: "begin with `name: …`; profiles/smoke.yaml is an example",
    });
  }
  return tree;
}

function check(
  tree: Tree,
  loader: TableLoader,
): {
  readonly profile?: Profile;
  readonly problems: readonly UsageError[];
} {
  const parsed = profileSchema.safeParse(plain(tree));
  const loaded = loader.load(tree);
  const problems = [
    ...problemsOf(parsed.error?.issues ?? [], tree),
    ...referenceProblems(tree),
    ...personalDataProblems(tree),
    ...loaded.problems,
    ...dataReferenceProblems(tree, loaded),
  ];
  if (!parsed.success) return { problems };
  const data = [...loaded.tables.values()].flatMap((placed) => (placed ? [placed.table] : []));
  return { profile: { ...parsed.data, data }, problems };
}

function throwAny(problems: readonly UsageError[], file?: string): void {
  const [first, ...rest] = problems;
  if (first) throw together([first, ...rest], file);
}

/**
 * One error for all problems, each told once, in the order of the file.
 * @param file the profile's own, whose problems come before those of its data
 */
function together(problems: readonly [UsageError, ...UsageError[]], file?: string): UsageError {
  const elsewhere = ({ place }: UsageError): string =>
    place?.file === undefined || place.file === file ? "" : place.file;
  const distinct = new Map(
    problems.map((problem) => [
      `${formatPlace(problem.place)} ${problem.code} ${problem.message}`,
      problem,
    ]),
  );
  const ordered = [...distinct.values()].sort(
    (a, b) =>
      compare(elsewhere(a), elsewhere(b)) ||
      (a.place?.line ?? 0) - (b.place?.line ?? 0) ||
      (a.place?.column ?? 0) - (b.place?.column ?? 0),
  );
  const [first = problems[0], ...rest] = ordered;
  if (rest.length === 0) return first;
  const shown = rest.slice(0, PROBLEMS_MAX - 1);
  const left = rest.length - shown.length;
  if (left === 0) return new UsageErrors([first, ...rest]);
  const more = new UsageError("PROFILE_MORE_PROBLEMS", `${left} more problems are not shown`, {
    place: { ...(first.place?.file === undefined ? {} : { file: first.place.file }) },
    hint: "mend these first",
  });
  return new UsageErrors([first, ...shown, more]);
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
