import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { EXIT } from "../../src/base/errors.ts";
import { BIN, OFFLINE, ROOT, readReport, workspace } from "../support/cli.ts";
import { asShown, expected, type Kind } from "./alike.ts";
import { BEFORE, FILES, NOT_RUN, SHORTER, SLIPS, STANDS_FOR } from "./exceptions.ts";
import { blocksOf, commandsOf, type Shown } from "./pages.ts";
import { type Ended, freePort, Started, writeScript } from "./shell.ts";

/** How a command ended, beside what its page says. */
export interface Step {
  readonly at: string;
  readonly line: string;
  readonly code: number | null;
  readonly output: string;
}

/** The port that pages name; each walk has one of its own. */
const SHOWN_PORT = "8443";
/** A machine that runs tests is busy, and a run that was late itself is another one: so often is a run in real time tried. */
const TRIES = 3;
/** What a run of a second or two may come to: invalid on a busy machine, inconclusive on any. */
const TOO_SMALL = new Set<number | null>([EXIT.invalid, EXIT.inconclusive]);
/** Commands that go on until they are ended: the last thing that each says when it is ready, with what later lines name. */
const SERVING: Readonly<Record<string, RegExp>> = {
  emulator: /^faults: (?<CONTROL>\S+)\/faults with Authorization: Bearer (?<TOKEN>\S+)$/m,
  gate: /^(?<GATE>https?:\S+)\n.*Ctrl-C ends it$/m,
};

/** Runs all that a page shows, in its order, in a folder of its own. */
export async function walked(page: string): Promise<{ shown: Step[]; made: Step[] }> {
  const walk = await Walk.begin(page);
  const [shown, made]: [Step[], Step[]] = [[], []];
  try {
    for (const line of BEFORE[page] ?? []) await walk.run(line);
    for (const command of commandsOf(page)) {
      const typed = STANDS_FOR[command.line] ?? command.line;
      if (command.line in NOT_RUN && typed === command.line) continue;
      const [want, got] = await walk.step(command, typed);
      shown.push(want);
      made.push(got);
    }
  } finally {
    await walk.end();
  }
  return { shown, made };
}

class Walk {
  readonly #at = workspace();
  readonly #port: string;
  readonly #bin: string;
  /** Lines of the present block that set something for those after them. */
  #set: string[] = [];
  #block = "";
  #variables: Readonly<Record<string, string>> = {};
  readonly #serving = new Map<string, Started>();

  static async begin(page: string): Promise<Walk> {
    const walk = new Walk(String(await freePort()));
    walk.#write(page);
    return walk;
  }

  private constructor(port: string) {
    this.#port = port;
    this.#bin = join(dirname(this.#at.cwd), "bin");
    mkdirSync(this.#bin);
    // Whatever a bug would let through: what names Klarna's environments resolves no name.
    writeScript(
      join(this.#bin, "klarna-perf"),
      `case "$*" in *klarna-test*|*playground*) p='${OFFLINE}';; *) p='${BIN}';; esac\nexec '${process.execPath}' "$p" "$@"`,
    );
    writeScript(
      join(this.#bin, "npx"),
      `[ "$1" = klarna-perf ] && exec "$@"; echo "npx $*: not here"; exit 1`,
    );
  }

  /** The files that the page shows whole, or takes for granted. */
  #write(page: string): void {
    for (const { language, text } of blocksOf(page)) {
      const script = /^\/\/ (\S+\.mjs)$/m.exec(text)?.[1];
      if (language === "js" && script !== undefined) writeFileSync(this.#at.path(script), text);
      const name = /^name: (\S+)$/m.exec(text)?.[1];
      if (language !== "yaml" || !text.startsWith("name:") || name === undefined) continue;
      mkdirSync(this.#at.path("profiles"), { recursive: true });
      writeFileSync(this.#at.path("profiles", `${name}.yaml`), text);
    }
    for (const [name, text] of Object.entries(FILES[page] ?? {})) {
      writeFileSync(this.#at.path(name), text.replaceAll(SHOWN_PORT, this.#port));
    }
    for (const { file, of, written, slip } of SLIPS[page] ?? []) {
      const whole = readFileSync(this.#at.path("profiles", `${of}.yaml`), "utf8");
      writeFileSync(this.#at.path(file), whole.replace(written, slip));
    }
  }

  /** What the page says of a command, and what came of it; both made alike. */
  async step(command: Shown, typed: string): Promise<[Step, Step]> {
    if (command.block !== this.#block) this.#set = [];
    this.#block = command.block;
    const { at, line, exit, output: shown } = command;
    const { words, shortened } = shorter(typed, shown);
    const kind = kindOf(typed);
    for (let tries = 1; ; tries++) {
      const { code, output } = await this.run(words);
      const asExpected = code === exit || (shortened && exit === 0 && TOO_SMALL.has(code));
      const made = shown === undefined ? "" : asShown(shown, output, kind);
      const want = {
        at,
        line,
        code: exit,
        output: shown === undefined ? "" : expected(shown, kind),
      };
      const agrees = asExpected && made === want.output;
      const settled = agrees && (code === exit || code !== EXIT.invalid);
      if (settled || kind === "steady" || tries === TRIES) {
        // What it said is for whoever looks into a wrong exit code.
        return [
          want,
          { at, line, code: asExpected ? exit : code, output: asExpected ? made : output },
        ];
      }
      this.#takeBack(words);
    }
  }

  /** Runs one line as a shell does. */
  async run(line: string): Promise<Ended> {
    const words = this.#placed(line);
    if (/^(?:alias|export|\w+\(\) \{)/.test(words)) {
      this.#set.push(words);
      return { code: 0, output: "" };
    }
    const [, name = ""] = /^klarna-perf (\w+)/.exec(words) ?? [];
    const ready = SERVING[name];
    if (!ready) return this.#start(words).ended;
    // There is one port: the one before it has been ended.
    await this.#serving.get(name)?.end();
    const started = this.#start(`exec ${words}`);
    this.#serving.set(name, started);
    const said = await started.until(ready);
    this.#variables = { ...this.#variables, ...ready.exec(said)?.groups };
    return { code: 0, output: said };
  }

  async end(): Promise<void> {
    for (const started of [...this.#serving.values()].reverse()) await started.end();
    this.#at.remove();
  }

  /** With the port of this walk, and the newest runs for `<run>`, `<a>` and `<b>`. */
  #placed(line: string): string {
    const ported = line.replaceAll(SHOWN_PORT, this.#port);
    if (!/<(?:run|a|b)>/.test(ported)) return ported;
    const all = this.#finished();
    const valid = all.filter(({ verdict }) => verdict !== "invalid");
    const pair = lastTwoAlike(valid) ?? lastTwoAlike(all);
    const names = { run: pair?.b.id ?? all[0]?.id, a: pair?.a.id, b: pair?.b.id };
    const named = ported.replace(
      /<(run|a|b)>/g,
      (_, name: keyof typeof names) => names[name] ?? "none",
    );
    // Where the machine is too slow for any two runs to keep their pace, they are compared as invalid ones can be.
    return pair?.b.verdict === "invalid" || pair?.a.verdict === "invalid"
      ? named.replace(/\bklarna-perf compare\b/, "$& --unlike")
      : named;
  }

  /** The finished runs, the newest first. */
  #finished(): Ran[] {
    const folder = this.#at.path("reports");
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .filter((id) => existsSync(join(folder, id, "report.json")))
      .map((id) => {
        const { run, verdict } = readReport(join(folder, id));
        const { profileHash: hash, endedAt } = run;
        return { id, hash, endedAt, verdict };
      })
      .sort((one, other) => other.endedAt.localeCompare(one.endedAt));
  }

  /** A folder that the command named for its reports must be empty the next time. */
  #takeBack(words: string): void {
    const out = /--out[ =](\S+)/.exec(words)?.[1];
    if (out !== undefined) rmSync(this.#at.path(out), { recursive: true, force: true });
  }

  #start(line: string): Started {
    const text = ["exec 2>&1", "shopt -s expand_aliases", ...this.#set, line].join("\n");
    const env = {
      PATH: `${this.#bin}:${process.env.PATH ?? ""}`,
      HOME: this.#at.cwd,
      KLARNA_PERF_STATE: this.#at.state,
      OFFLINE_BIN: pathToFileURL(BIN).href,
      ...this.#variables,
    };
    return new Started(text, { cwd: this.#at.cwd, env }, (said) =>
      said.replaceAll(ROOT, "/klarna-perf/").replaceAll(this.#port, SHOWN_PORT),
    );
  }
}

/** The newest run that has one of the same profile before it, and that one. */
function lastTwoAlike(runs: readonly Ran[]): { readonly a: Ran; readonly b: Ran } | undefined {
  for (const [i, b] of runs.entries()) {
    const a = runs.slice(i + 1).find(({ hash }) => hash === b.hash);
    if (a) return { a, b };
  }
  return undefined;
}

interface Ran {
  readonly id: string;
  readonly hash: string;
  readonly endedAt: string;
  readonly verdict: string;
}

/** What differs from run to run, and what does not. */
function kindOf(line: string): Kind {
  return /\bklarna-perf (?:run|compare|history|report|doctor|gate)\b/.test(line)
    ? "measured"
    : "steady";
}

/** A command whose output nobody is shown need not take as long as it does. */
function shorter(line: string, shown: string | undefined): { words: string; shortened: boolean } {
  const [all = "", command = ""] = /\bklarna-perf (\w+ [\w./-]+)/.exec(line) ?? [];
  const options = SHORTER[command];
  if (shown !== undefined || options === undefined) return { words: line, shortened: false };
  return { words: line.replace(all, [all, ...options].join(" ")), shortened: true };
}
