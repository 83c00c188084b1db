import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/cli.ts";

/**
 * What stands between the documents and their commands as they are typed: what can't be run here, what is run shorter, and
 * the files that a page takes for granted. Whatever is not listed is run as it stands.
 */

/** Lines that are not run, each with the reason. What of them is klarna-perf's is parsed all the same (`taken.test.ts`). */
export const NOT_RUN: Readonly<Record<string, string>> = {
  "git clone <this repository> klarna-perf && cd klarna-perf": "a checkout is where this runs",
  "npm ci && npm start": "installs and builds, which has been done; STANDS_FOR runs the rest",
  'alias klarna-perf="node $PWD/dist/bin.js"': "the walk has the command on its PATH",
  "mkdir ../shop && cd ../shop": "the walk has a folder of its own",
  "npm run mutate": "an hour or more, and installs Stryker",
  "npm run mutate -- src/guard/decide.ts": "installs Stryker",
  "npm run mutate -- --copy=/some/folder": "an hour or more, and installs Stryker",
  "klarna-perf capacity capacity --target 12/s":
    "two minutes in real time; README.md's is the same without, test/capacity-check.test.ts the rest",
};

/** Lines of which a part is run in their place. */
export const STANDS_FOR: Readonly<Record<string, string>> = {
  // As package.json says of `start`; a test holds that.
  "npm ci && npm start": "klarna-perf run smoke",
};

/** Words that make a command short where no output of it is shown. A short run may be too small to decide anything. */
export const SHORTER: Readonly<Record<string, readonly string[]>> = {
  "run smoke": set("workload.stages[0].for=4s"),
  "run baseline": set("workload.stages[0].for=1s", "workload.stages[1].for=3s"),
  "run rate-limit-drill": set(
    "workload.stages[0].for=1s",
    "workload.stages[2].for=2s",
    "workload.stages[3].for=1s",
    "workload.stages[4].for=1s",
  ),
  "capacity ./mine.yaml": ["--no-real"],
};

function set(...settings: string[]): string[] {
  return settings.map((one) => `--set '${one}'`);
}

/** One request a journey, against a quota that is soon met. */
const MINE = `name: mine
kind: capacity
workload: { model: open, stages: [{ rate: 1/s, for: 5s }], maxInFlight: 100 }
scenarios:
  - { name: one, steps: [{ operation: payment-request.create }] }
thresholds:
  - { figure: errorRatio, max: 2% }
`;

/** An application that reads one payment request which is not there, through Node's own client. */
const YOUR_APP = `const answer = await fetch("https://127.0.0.1:8443/v2/payment/requests/krn:payment:eu1:request:00000000-0000-0000-0000-000000000000", {
  headers: { authorization: "Basic klarna_test_api_" + "a".repeat(40) },
});
process.exitCode = answer.status === 404 ? 0 : 1;
`;

/** Files that a page takes for granted, by their path in its folder; profiles that a page shows whole are written of themselves. */
export const FILES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "docs/capacity.md": {
    "mine.yaml": MINE,
    "traces.hlog": readFileSync(join(ROOT, "test/fixtures/hdr/jHiccup-2.0.7S.logV2.hlog"), "utf8"),
  },
  "docs/emulator.md": { "your-app.js": YOUR_APP },
};

/** What a page's commands need beside Node; without it the page is not walked, and the test's name says so. */
export const NEEDS: Readonly<Record<string, string>> = { "docs/emulator.md": "curl" };

/** What a reader has done before the page's first command. */
export const BEFORE: Readonly<Record<string, readonly string[]>> = {
  "docs/capacity.md": ["klarna-perf run ./mine.yaml"],
};

/** A profile that the page shows, with a slip of the pen, under another name. */
export const SLIPS: Readonly<
  Record<
    string,
    readonly {
      readonly file: string;
      readonly of: string;
      readonly written: string;
      readonly slip: string;
    }[]
  >
> = {
  "README.md": [
    {
      file: "checkout.yaml",
      of: "checkout",
      written: "payment-request.read",
      slip: "payment-request.raed",
    },
  ],
};
