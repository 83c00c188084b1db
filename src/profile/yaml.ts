import { Composer, type CST, type Document, LineCounter, Parser, type YAMLError } from "yaml";
import { type Place, UsageError } from "../base/errors.ts";
import { visible } from "../guard/foreign-text.ts";
import { Conversion, DEPTH_MAX, tooDeep } from "./conversion.ts";
import { shownText } from "./messages.ts";
import type { Tree } from "./tree.ts";

/** One slip in YAML makes the rest of the file look wrong: the first few complaints hold the truth. */
const SYNTAX_PROBLEMS_MAX = 3;

/** What reading gave: a tree, or the reasons why there is none. */
export type Reading =
  | { readonly tree: Tree }
  | { readonly problems: readonly [UsageError, ...UsageError[]] };

/**
 * Reads one YAML 1.2 document (core schema), strictly: warnings count as errors, keys are unique strings, no
 * directives and no tags but the core ones, no merge keys. Aliases are expanded within a bound.
 *
 * @param origin the file, for places; a place without line and column when `positions` is false
 */
export function readYaml(text: string, origin: string, positions = true): Reading {
  const lines = new LineCounter();
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const place = (offset: number): Place => {
    if (!positions) return { file: origin };
    const { line, col } = lines.linePos(offset);
    return { file: origin, line, column: col };
  };
  const only = (problem: UsageError): Reading => ({ problems: [problem] });

  const deep = firstBelow(tokens, DEPTH_MAX);
  if (deep !== undefined) return only(tooDeep(place(deep)));
  const directive = tokens.find((token) => token.type === "directive");
  if (directive) {
    return only(
      new UsageError("PROFILE_YAML", "directives are not accepted", {
        place: place(directive.offset),
        hint: "leave out the line that begins with `%`",
      }),
    );
  }
  // Key uniqueness is checked below: the library compares every pair, minutes for a hostile file.
  const composer = new Composer({
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    uniqueKeys: false,
    version: "1.2",
    schema: "core",
    merge: false,
    resolveKnownTags: false,
  });
  const [document, second] = [...composer.compose(tokens, true, text.length)];
  const [first, ...rest] = [...(document?.errors ?? []), ...(document?.warnings ?? [])]
    .sort((a, b) => a.pos[0] - b.pos[0])
    .slice(0, SYNTAX_PROBLEMS_MAX)
    .map((error) => syntaxProblem(error, text, place(error.pos[0])));
  if (first) return { problems: [first, ...rest] };
  if (second) {
    return only(
      new UsageError("PROFILE_YAML", "a second document begins here", {
        place: place(second.range[0]),
        hint: "keep one profile a file, and leave out the `---` between them",
      }),
    );
  }
  const conversion = new Conversion(place);
  const tree = conversion.convert(document?.contents ?? null, 0, 0);
  const [problem, ...more] = conversion.problems;
  return problem ? { problems: [problem, ...more] } : { tree };
}

/** The offset of the first token nested deeper than `limit`, found without recursion. */
function firstBelow(tokens: readonly CST.Token[], limit: number): number | undefined {
  const stack: { readonly token: CST.Token; readonly depth: number }[] = tokens.map((token) => ({
    token,
    depth: 0,
  }));
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { token, depth } = next;
    if (depth > limit) return token.offset;
    if (token.type === "document" && token.value) stack.push({ token: token.value, depth });
    if (!("items" in token)) continue;
    for (const { key, value } of token.items) {
      if (key) stack.push({ token: key, depth: depth + 1 });
      if (value) stack.push({ token: value, depth: depth + 1 });
    }
  }
  return undefined;
}

function syntaxProblem(
  error: Document["errors"][number] | YAMLError,
  text: string,
  place: Place,
): UsageError {
  const told = SYNTAX[error.code];
  const excerpt = shownText(text.slice(...error.pos).trim());
  if (told) {
    return new UsageError(told.code, excerpt ? `${told.message}: \`${excerpt}\`` : told.message, {
      place,
      hint: told.hint,
    });
  }
  const message = visible(error.message).replace(/^[A-Z](?=[a-z])/, (c) => c.toLowerCase());
  return new UsageError("PROFILE_YAML", `not valid YAML: ${message}`, {
    place,
    hint: "look at the indentation, quotes and brackets here and on the line before",
  });
}

/** The slips that people make most, in words that say what to do; the library's words serve for the rest. */
const SYNTAX: Readonly<Record<string, { code: string; message: string; hint: string }>> = {
  TAB_AS_INDENT: {
    code: "PROFILE_YAML_TAB",
    message: "a tab stands where only spaces may",
    hint: "indent with spaces: YAML gives a tab no width",
  },
  TAG_RESOLVE_FAILED: {
    code: "PROFILE_YAML_TAG",
    message: "tags are not accepted",
    hint: "leave out the `!…` and write the value plainly",
  },
  NON_STRING_KEY: {
    code: "PROFILE_UNQUOTED_BRACES",
    message: "braces read as a mapping where a key must stand",
    hint: 'quote text that holds braces, as in "{id}"',
  },
  BLOCK_AS_IMPLICIT_KEY: {
    code: "PROFILE_YAML",
    message: "two keys on one line",
    hint: "put a value that holds `: ` in quotes, or begin a new line for the second key",
  },
};
