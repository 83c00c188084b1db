import { describe, expect, it } from "vitest";
import { sourceFiles } from "./source-files.ts";

/** The rooms, lowest first, and what each may import beside its own files. Everything else is a breach. */
const ROOMS: Readonly<
  Record<string, { readonly mayImport: readonly string[]; readonly why: string }>
> = {
  base: { mayImport: [], why: "units, clock, random and errors know nothing of what they serve" },
  guard: { mayImport: ["base"], why: "the lock must be readable without the rest" },
  workload: { mayImport: ["base"], why: "pacing knows no HTTP, no Klarna and no lock" },
  klarna: { mayImport: ["base", "guard"], why: "requests leave through the guard alone" },
  measure: { mayImport: ["base", "workload"], why: "figures come from outcomes and nothing else" },
  ledger: { mayImport: ["base", "guard"], why: "it keeps what the guard asks for" },
  report: {
    mayImport: ["base", "guard", "measure"],
    why: "views of a record; guard for encoding foreign text",
  },
  profile: {
    mayImport: ["base", "guard", "klarna", "workload", "measure"],
    why: "names operations and makes the plan",
  },
  model: {
    mayImport: ["base", "guard"],
    why: "what of Klarna can be played without a server: it opens nothing and keeps no key",
  },
  capacity: {
    mayImport: ["base", "guard", "workload", "measure", "model"],
    why: "searches for a limit in virtual time; knows no profile, no server and no report",
  },
  emulator: {
    mayImport: ["base", "guard", "klarna", "model"],
    why: "plays the server from the same catalogue; never runs beside a key",
  },
  gate: {
    mayImport: ["base", "guard", "klarna"],
    why: "reads what an application asks for and answers it; knows no run and opens no connection",
  },
  harness: {
    mayImport: [
      "base",
      "guard",
      "klarna",
      "workload",
      "measure",
      "ledger",
      "report",
      "profile",
      "gate",
      "model",
      "capacity",
    ],
    why: "ties the rooms together; starts the emulator as a process and never imports it",
  },
  cli: {
    mayImport: ["base", "guard", "measure", "ledger", "report", "profile", "harness"],
    why: "commands; nobody imports it",
  },
  ci: {
    mayImport: ["base", "guard"],
    why: "starts the command as its users do; guard for encoding foreign text",
  },
  "": {
    mayImport: ["base", "guard", "profile", "report", "harness"],
    why: "what the package exports",
  },
};

const files = sourceFiles();

describe("rooms", () => {
  it.each(Object.keys(ROOMS))("%s imports only what it may", (room) => {
    const allowed = ROOMS[room];
    const breaches = files
      .filter((file) => file.room === room)
      .flatMap((file) =>
        file.imports
          .filter((to) => to.startsWith("src/"))
          .map((to) => ({
            from: file.path,
            to,
            target: to.split("/")[2] === undefined ? "" : (to.split("/")[1] ?? ""),
          }))
          .filter(({ target }) => target !== room && !allowed?.mayImport.includes(target)),
      );
    expect(breaches.map(({ from, to }) => `${from} imports ${to}: ${allowed?.why}`)).toEqual([]);
  });

  it("has a row for every folder below src", () => {
    expect([...new Set(files.map(({ room }) => room))].filter((room) => !(room in ROOMS))).toEqual(
      [],
    );
  });

  it("has no circle of imports", () => {
    const imports = new Map(
      files.map((file) => [file.path, file.imports.filter((to) => to.startsWith("src/"))]),
    );
    const done = new Set<string>();
    const circle = (path: string, above: readonly string[]): readonly string[] | undefined => {
      if (above.includes(path)) return [...above.slice(above.indexOf(path)), path];
      if (done.has(path)) return undefined;
      for (const to of imports.get(path) ?? []) {
        const found = circle(to, [...above, path]);
        if (found) return found;
      }
      done.add(path);
      return undefined;
    };
    for (const path of imports.keys()) expect(circle(path, []) ?? []).toEqual([]);
  });

  it("would see a breach", () => {
    // The scan itself must work: these imports are known to be there.
    const door = files.find(({ path }) => path === "src/guard/door.ts");
    expect(door?.imports).toContain("node:net");
    expect(door?.imports).toContain("src/guard/approval.ts");
    const main = files.find(({ path }) => path === "src/cli/run.ts");
    expect(main?.imports).toContain("src/harness/prepare.ts");
  });
});
