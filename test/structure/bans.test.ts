import { describe, expect, it } from "vitest";
import { sourceFiles } from "./source-files.ts";

// A type is gone before the program runs.
const files = sourceFiles().map((file) => ({
  ...file,
  code: file.code.replace(/^import type [^;]+;$/gm, ""),
}));

interface Ban {
  readonly what: string;
  readonly pattern: RegExp;
  /** Files, or folders ending in a slash, where it is at home. */
  readonly except: readonly string[];
  readonly instead: string;
}

/** What only some files may do, each with what to use instead. */
const BANS: readonly Ban[] = [
  {
    what: "the load generator for closed workloads",
    pattern: /from "autocannon"/,
    except: ["src/harness/users-process.ts"],
    instead: "a process of its own (src/harness/users-process.ts), which knows no key and no host",
  },
  {
    what: "the door's seams",
    pattern: /\bDoorSeams\b/,
    except: [
      "src/guard/door.ts",
      "src/harness/run.ts",
      "src/harness/lanes.ts",
      "src/harness/gate/gate.ts",
    ],
    instead:
      "the machine's own network: only tests hand seams in, to Run.withClearance and Gate.withClearance",
  },
  {
    what: "sockets",
    pattern: /from "(?:node:)?(?:net|tls|dgram|dns|dns\/promises|http2|inspector)"/,
    except: [
      "src/guard/door.ts",
      "src/guard/addresses.ts",
      "src/guard/tripwire/",
      "src/guard/tripwire.ts",
      "src/emulator/",
    ],
    instead: "the door (src/guard/door.ts) opens sockets",
  },
  {
    what: "an HTTP client or server",
    pattern:
      /from "(?:undici(?:\/[^"]*)?|(?:node:)?https?)"|\bfetch\(|\bWebSocket\b|\bEventSource\b/,
    except: [
      "src/guard/connection.ts",
      "src/guard/undici-client.d.ts",
      "src/guard/tripwire/",
      "src/emulator/",
      "src/harness/user-gate.ts",
      // Listen, and send nothing on their own.
      "src/gate/listener.ts",
      "src/gate/reply.ts",
    ],
    instead: "a GuardedConnection (src/guard/connection.ts) sends requests",
  },
  {
    what: "a request or a connect from who only listens",
    pattern: /\b(?:connect|createConnection|request|get)\(\s*[{"`]|new (?:Agent|Client)\b/,
    except: files
      .filter(({ room }) => room !== "emulator" && room !== "gate")
      .map(({ path }) => path),
    instead: "nothing: the emulator and the gate listen and never call out",
  },
  {
    what: "the tripwire's tickets",
    pattern: /\bwith(?:Lookup|Child)?Ticket\b/,
    except: [
      "src/guard/door.ts",
      "src/guard/key-source.ts",
      "src/guard/tripwire/",
      "src/guard/tripwire.ts",
    ],
    instead:
      "the door (src/guard/door.ts) is the only way out, and the key command the only other child",
  },
  {
    what: "an ambient clock",
    pattern: /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\bprocess\.hrtime\b/,
    except: ["src/base/clock.ts"],
    instead: "a Clock handed in (src/base/clock.ts)",
  },
  {
    what: "an ambient timer",
    pattern: /\b(?:setTimeout|setInterval|setImmediate)\(|node:timers/,
    except: ["src/base/clock.ts", "src/base/precise-timers.ts", "src/base/virtual-clock.ts"],
    instead: "clock.at or clock.atCoarse (src/base/clock.ts)",
  },
  {
    what: "ambient randomness",
    pattern: /\bMath\.random\b/,
    except: [],
    instead: "a Random handed in (src/base/random.ts)",
  },
  {
    what: "writing to the terminal",
    pattern: /\bstd(?:out|err)\.write\(|\bconsole\./,
    except: [
      "src/cli/output.ts",
      "src/cli/bin.ts",
      "src/emulator/main.ts",
      "src/ci/github-action.ts",
      "src/harness/users-process.ts",
    ],
    instead: "print, tell or printJson (src/cli/output.ts), which let no foreign text be a command",
  },
  {
    what: "ending the process",
    // Signal 0 only asks whether there is such a process.
    pattern: /\bprocess\.(?:exit\(|abort\(|kill\((?![\w.]+, 0\)))/,
    except: [
      "src/cli/main.ts",
      "src/cli/bin.ts",
      "src/cli/running.ts",
      "src/emulator/main.ts",
      "src/harness/users-process.ts",
      "src/harness/client/process.ts",
    ],
    instead: "an exit code returned by a command",
  },
  {
    what: "a child process",
    pattern: /node:child_process|node:worker_threads|node:cluster/,
    except: [
      "src/ci/run-command.ts",
      "src/harness/emulator-process.ts",
      "src/harness/virtual-users.ts",
      "src/harness/client/child.ts",
      "src/guard/key-source.ts",
      "src/guard/tripwire/",
    ],
    instead: "startEmulatorProcess; the tripwire refuses every other one",
  },
  {
    what: "the embedded database",
    pattern: /from "libsql"|\("libsql"\)/,
    except: ["src/ledger/database.ts"],
    instead: "the ledger (src/ledger): the library has a network client of its own",
  },
];

describe("bans", () => {
  it.each(BANS)("$what: only where it is at home", ({ pattern, except, instead }) => {
    const breaches = files
      .filter(
        ({ path }) =>
          !except.some((home) => path === home || (home.endsWith("/") && path.startsWith(home))),
      )
      .filter(({ code }) => pattern.test(code))
      .map(({ path }) => `${path}: use ${instead}`);
    expect(breaches).toEqual([]);
  });

  it.each(BANS.filter(({ except }) => except.length > 0 && except.length < 10))(
    "$what: the ban's pattern finds what it bans",
    ({ pattern, except }) => {
      const home = files.filter(({ path }) => except.some((place) => path.startsWith(place)));
      expect(home.length === 0 || home.some(({ code }) => pattern.test(code))).toBe(true);
    },
  );
});
