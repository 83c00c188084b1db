import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

export interface SourceFile {
  /** From the repository's root, with forward slashes. */
  readonly path: string;
  /** The folder below `src/`; empty for files that lie in `src/` itself. */
  readonly room: string;
  readonly text: string;
  /** Without comments, so that a rule is not broken by talking of what it forbids. */
  readonly code: string;
  /** What it imports: paths from the root for our own files, module names for the rest. */
  readonly imports: readonly string[];
}

/** Every file of ours that ships, tests left out. */
export function sourceFiles(): SourceFile[] {
  return readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !/\.(?:test|support)\.ts$/.test(path))
    .map((below) => {
      const path = join("src", below).replaceAll("\\", "/");
      const text = readFileSync(join(ROOT, path), "utf8");
      const [, room = "", rest] = path.split("/");
      const code = withoutComments(text);
      return {
        path,
        room: rest === undefined ? "" : room,
        text,
        code,
        imports: importsOf(path, code),
      };
    });
}

function importsOf(path: string, code: string): string[] {
  const found = code.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)"([^"]+)"/g);
  return [...found].map(([, to = ""]) =>
    to.startsWith(".") ? normalize(join(dirname(path), to)).replaceAll("\\", "/") : to,
  );
}

/** Good enough for our own formatted code: no comment marks stand inside its strings but in addresses (`//` after a colon). */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|[^:"'`\\])\/\/[^\n"'`]*$/gm, "$1");
}

export function fromRoot(path: string): string {
  return relative(ROOT, path).replaceAll("\\", "/");
}
