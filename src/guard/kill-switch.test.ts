import { describe, expect, it } from "vitest";
import { type Micros, micros, seconds } from "../base/units.ts";
import type { ConnectFailure } from "./connect-failure.ts";
import type { EnvironmentName, Kind } from "./environments.ts";
import { WORDS } from "./errors.support.ts";
import { KillSwitch, type RelaxableStop, type StopReason } from "./kill-switch.ts";

/** The code of a stop, which says what was seen, what to do and what becomes of the run. */
function codeOf(stop: StopReason | undefined): string | undefined {
  const verdict = expect.stringMatching(/^(?:stopped|invalid)$/);
  if (stop) expect(stop).toMatchObject({ verdict, text: WORDS, advice: WORDS });
  return stop?.code;
}

type Fact = "ok" | "error" | "failure" | "429";

function observe(kill: KillSwitch, fact: Fact): StopReason | undefined {
  switch (fact) {
    case "ok":
      return kill.observeAnswer({ status: 200, expected: true, errorObject: false });
    case "error":
      return kill.observeAnswer({ status: 500, expected: false, errorObject: true });
    case "failure":
      return kill.observeFailure();
    case "429":
      return kill.observeAnswer({ status: 429, expected: false, errorObject: true });
  }
}

/** The stops of a run of facts, each with how many facts there had been. */
function stops(
  facts: readonly Fact[],
  environment: EnvironmentName = "emulator",
  kind: Kind = "baseline",
) {
  const kill = new KillSwitch(environment, kind);
  return facts.flatMap((fact, i) => {
    const code = codeOf(observe(kill, fact));
    return code ? [`${code} at ${i + 1}`] : [];
  });
}

function times<T>(count: number, one: T): T[] {
  return new Array<T>(count).fill(one);
}

describe("one answer that stops a run, wherever it goes", () => {
  it.each<[EnvironmentName, Kind]>([
    ["emulator", "capacity"],
    ["klarna-test", "smoke"],
    ["klarna-test", "rate-limit-drill"],
  ])("%s, %s", (environment, kind) => {
    const after = (status: number, errorObject: boolean, expected = false) =>
      codeOf(new KillSwitch(environment, kind).observeAnswer({ status, expected, errorObject }));
    expect(after(401, true)).toBe("STOP_UNAUTHORIZED");
    expect(after(401, false, true)).toBe("STOP_UNAUTHORIZED");
    expect(after(403, false)).toBe("STOP_PROTECTION_RULE");
    expect(after(403, false, true)).toBe("STOP_PROTECTION_RULE");
    expect([300, 301, 302, 304, 307, 308, 399].map((status) => after(status, false))).toEqual(
      times(7, "STOP_REDIRECT"),
    );
  });

  it("and its neighbours, which do not", () => {
    const kill = new KillSwitch("klarna-test", "smoke");
    for (const status of [200, 201, 204, 299, 400, 402, 403, 404, 409, 500, 503]) {
      const seen = { status, expected: status < 300, errorObject: true };
      expect(kill.observeAnswer(seen)?.code, String(status)).toBeUndefined();
    }
  });

  it("says what was seen, what to do, and which verdict follows", () => {
    const kill = new KillSwitch("emulator", "smoke");
    expect(kill.observeAnswer({ status: 302, expected: true, errorObject: false })).toEqual({
      code: "STOP_REDIRECT",
      text: "a redirect (302), which is never followed",
      advice: expect.stringContaining("a proxy, a captive portal, a wrong host"),
      verdict: "stopped",
    });
  });
});

describe("errors among the last 20 finished requests", () => {
  it.each<[string, Fact[], string[]]>([
    ["10 of 20", [...times<Fact>(10, "ok"), ...times<Fact>(10, "error")], []],
    ["11 of 20", [...times<Fact>(9, "ok"), ...times<Fact>(11, "error")], ["STOP_ERRORS at 20"]],
    ["10 and nothing else", times(10, "error"), []],
    ["11 and nothing else", times(11, "error"), ["STOP_ERRORS at 11"]],
    ["11 failures without an answer", times(11, "failure"), ["STOP_ERRORS at 11"]],
    [
      "errors and failures together",
      [...times<Fact>(5, "error"), ...times<Fact>(6, "failure")],
      ["STOP_ERRORS at 11"],
    ],
    ["every second one, for long", times(100, ["error", "ok"] as Fact[]).flat(), []],
    [
      "11 of 21, the oldest forgotten",
      ["error", ...times<Fact>(10, "ok"), ...times<Fact>(10, "error")],
      [],
    ],
    [
      "10 errors, 20 good ones, 10 errors",
      [...times<Fact>(10, "error"), ...times<Fact>(20, "ok"), ...times<Fact>(10, "error")],
      [],
    ],
  ])("%s", (_, facts, expected) => {
    expect(stops(facts)).toEqual(expected);
  });
});

describe("answers of 429", () => {
  it.each<[string, Fact[], EnvironmentName, Kind, string[]]>([
    ["4 on the emulator", times(4, "429"), "emulator", "capacity", []],
    ["5 on the emulator", times(5, "429"), "emulator", "capacity", ["STOP_THROTTLED at 5"]],
    [
      "5 of 20",
      [...times<Fact>(4, "429"), ...times<Fact>(15, "ok"), "429"],
      "emulator",
      "soak",
      ["STOP_THROTTLED at 20"],
    ],
    [
      "5 of 21, the oldest forgotten",
      [...times<Fact>(4, "429"), ...times<Fact>(16, "ok"), "429"],
      "emulator",
      "soak",
      [],
    ],
    [
      "4 and 6 errors",
      [...times<Fact>(4, "429"), ...times<Fact>(6, "error")],
      "emulator",
      "soak",
      [],
    ],
    [
      "4 and 7 errors, which are over half together",
      [...times<Fact>(4, "429"), ...times<Fact>(7, "error")],
      "emulator",
      "soak",
      ["STOP_ERRORS at 11"],
    ],
    ["the first on Klarna's", ["ok", "429"], "klarna-test", "smoke", ["STOP_THROTTLED at 2"]],
    [
      "the first in a baseline on a playground",
      ["429"],
      "playground-eu",
      "baseline",
      ["STOP_THROTTLED at 1"],
    ],
    [
      "any number in a drill, which looks for them",
      [...times<Fact>(30, "429"), "ok"],
      "klarna-test",
      "rate-limit-drill",
      [],
    ],
    [
      "a drill's answers among its errors",
      [...times<Fact>(9, "429"), ...times<Fact>(11, "error")],
      "klarna-test",
      "rate-limit-drill",
      ["STOP_ERRORS at 20"],
    ],
    [
      "a drill on the emulator",
      [...times<Fact>(30, "429"), "ok", "error"],
      "emulator",
      "rate-limit-drill",
      [],
    ],
  ])("%s", (_, facts, environment, kind, expected) => {
    expect(stops(facts, environment, kind)).toEqual(expected);
  });

  it("make the figures of a run against Klarna invalid, and stop one on the emulator", () => {
    const on = (environment: EnvironmentName) => {
      const kill = new KillSwitch(environment, "baseline");
      return times<Fact>(5, "429").map((fact) => observe(kill, fact)?.verdict);
    };
    expect(on("klarna-test")[0]).toBe("invalid");
    expect(on("emulator")[4]).toBe("stopped");
  });
});

describe("connecting", () => {
  const failing = (kill: KillSwitch, failure: ConnectFailure) =>
    codeOf(kill.observeConnectFailure(failure, "why"));

  it.each<[EnvironmentName, string]>([
    ["emulator", "emulator"],
    ["klarna-test", "exempted"],
  ])("stops at once when the certificate is not accepted: %s", (environment, advice) => {
    const kill = new KillSwitch(environment, "smoke");
    const stop = kill.observeConnectFailure("certificate", "self-signed");
    expect(codeOf(stop)).toBe("STOP_CERTIFICATE");
    expect(stop?.text).toBe("the server has not proved who it is: self-signed");
    expect(stop?.advice).toContain(advice);
  });

  it("stops at once when this client is not accepted, and names the certificate's flags", () => {
    const kill = new KillSwitch("klarna-test", "smoke");
    const stop = kill.observeConnectFailure("client-certificate", "alert 116");
    expect(codeOf(stop)).toBe("STOP_CLIENT_CERTIFICATE");
    expect(stop?.verdict).toBe("stopped");
    expect(stop?.text).toBe(
      "the server did not accept this client in the TLS handshake: alert 116",
    );
    expect(stop?.advice).toMatch(/--client-cert and --client-key\b.*expired.*revoked/);
  });

  it("stops after 5 failures in a row, of whatever kinds", () => {
    const kill = new KillSwitch("emulator", "smoke");
    const kinds: ConnectFailure[] = ["refused", "unreachable", "reset", "timeout", "name"];
    expect(kinds.map((kind) => failing(kill, kind))).toEqual([
      ...times(4, undefined),
      "STOP_CONNECT_FAILURES",
    ]);
  });

  it("goes on when a success comes between", () => {
    const kill = new KillSwitch("emulator", "smoke");
    for (let round = 0; round < 3; round++) {
      expect(times<ConnectFailure>(4, "refused").map((kind) => failing(kill, kind))).toEqual(
        times(4, undefined),
      );
      kill.observeConnected();
    }
  });

  it("has no part in the errors of requests", () => {
    const kill = new KillSwitch("emulator", "smoke");
    for (let i = 0; i < 4; i++) failing(kill, "refused");
    expect(times<Fact>(10, "error").map((fact) => observe(kill, fact))).toEqual(
      times(10, undefined),
    );
  });
});

describe("clocks", () => {
  const at = (s: number): Micros => seconds(s);

  it.each([
    ["5 s ahead", 5000, undefined],
    ["5 s behind", -5000, undefined],
    ["a little more ahead", 5001, "STOP_CLOCK_JUMP"],
    ["a little more behind", -5001, "STOP_CLOCK_JUMP"],
    ["no time at all", Number.NaN, "STOP_CLOCK_JUMP"],
  ])("the wall clock runs away: %s", (_, jumpMs, code) => {
    const kill = new KillSwitch("emulator", "smoke");
    expect(kill.observeClocks(at(1), 1_000_000)).toBeUndefined();
    expect(kill.observeClocks(at(60), 1_059_000)).toBeUndefined();
    expect(codeOf(kill.observeClocks(at(61), 1_060_000 + jumpMs))).toBe(code);
  });

  it("small steps add up, since they are held against the first mark", () => {
    const kill = new KillSwitch("emulator", "smoke");
    const codes = [0, 2000, 4000, 6000].map(
      (jumpMs, i) => kill.observeClocks(micros(i * 1e6), i * 1000 + jumpMs)?.code,
    );
    expect(codes).toEqual([undefined, undefined, undefined, "STOP_CLOCK_JUMP"]);
  });

  it("says how far", () => {
    const kill = new KillSwitch("emulator", "smoke");
    kill.observeClocks(at(0), 0);
    expect(kill.observeClocks(at(1), 8500)?.text).toBe(
      "the wall clock moved 7.5 s away from the monotonic one",
    );
  });
});

describe("stops that a profile turns off", () => {
  const relaxed = (
    environment: EnvironmentName,
    facts: readonly Fact[],
    off: readonly RelaxableStop[],
  ) => {
    const kill = new KillSwitch(environment, "capacity", off);
    return facts.map((fact) => codeOf(observe(kill, fact))).filter((code) => code !== undefined);
  };

  it("are off on the emulator, each by itself", () => {
    const storm = times(100, "429" as const);
    const errors = times(100, "error" as const);
    expect(relaxed("emulator", storm, ["throttled"])).toEqual([]);
    expect(relaxed("emulator", errors, ["errors"])).toEqual([]);
    expect(relaxed("emulator", times(100, "failure" as const), ["errors"])).toEqual([]);
    expect(relaxed("emulator", storm, ["errors"])[0]).toBe("STOP_THROTTLED");
    expect(relaxed("emulator", errors, ["throttled"])[0]).toBe("STOP_ERRORS");
  });

  it("are on on Klarna's environments, whatever anybody says", () => {
    const all: RelaxableStop[] = ["throttled", "errors"];
    expect(relaxed("klarna-test", ["429"], all)).toEqual(["STOP_THROTTLED"]);
    expect(relaxed("klarna-test", times(11, "error" as const), all)).toEqual(["STOP_ERRORS"]);
  });

  it("are no others", () => {
    const kill = new KillSwitch("emulator", "capacity", ["throttled", "errors"]);
    const after = (status: number): string | undefined =>
      codeOf(kill.observeAnswer({ status, expected: true, errorObject: false }));
    expect([401, 403, 302].map(after)).toEqual([
      "STOP_UNAUTHORIZED",
      "STOP_PROTECTION_RULE",
      "STOP_REDIRECT",
    ]);
    expect(codeOf(kill.observeConnectFailure("certificate", ""))).toBe("STOP_CERTIFICATE");
    const refused = times(5, "refused" as const).map((one) => kill.observeConnectFailure(one, ""));
    expect(codeOf(refused[4])).toBe("STOP_CONNECT_FAILURES");
  });
});
