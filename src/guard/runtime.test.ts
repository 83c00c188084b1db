import { describe, expect, it } from "vitest";
import { weakeningSettings } from "./runtime.ts";

const none = { execArgv: [], env: {} };

describe("weakeningSettings", () => {
  it.each([
    ["-r", ["-r", "./x.cjs"]],
    ["--require", ["--require", "./x.cjs"]],
    ["--require", ["--require=./x.cjs"]],
    ["--import", ["--import=./x.mjs"]],
    ["--loader", ["--loader", "./x.mjs"]],
    ["--experimental-loader", ["--experimental-loader=./x.mjs"]],
    ["--experimental_loader", ["--experimental_loader=./x.mjs"]],
    ["--snapshot-blob", ["--snapshot-blob", "x.blob"]],
    ["--inspect", ["--inspect"]],
    ["--inspect-brk", ["--inspect-brk=0"]],
    ["--inspect_port", ["--inspect_port=0"]],
    ["--tls-min-v1.0", ["--tls-min-v1.0"]],
    ["--tls-cipher-list", ["--tls-cipher-list=ALL"]],
    ["--tls-keylog", ["--tls-keylog=x"]],
    ["--openssl-config", ["--openssl-config=x"]],
    ["--openssl-legacy-provider", ["--openssl-legacy-provider"]],
    ["--use-openssl-ca", ["--use-openssl-ca"]],
    ["--use_system_ca", ["--use_system_ca"]],
    ["--report-on-signal", ["--report-on-signal"]],
    ["--trace-tls", ["--trace-tls"]],
    ["--heapsnapshot-signal", ["--heapsnapshot-signal=SIGUSR2"]],
    ["--cpu-prof", ["--cpu-prof"]],
    ["--heap-prof", ["--heap-prof"]],
  ])("names %s, given as a flag or in NODE_OPTIONS", (name, execArgv) => {
    expect(weakeningSettings({ argv: [], ...none, execArgv })).toEqual([name]);
    expect(
      weakeningSettings({ argv: [], ...none, env: { NODE_OPTIONS: execArgv.join(" ") } }),
    ).toEqual([name]);
    // The same words as the value of another flag mean nothing.
    const title = `--title=${execArgv[0]}`;
    expect(weakeningSettings({ argv: [title], ...none, execArgv: [title] })).toEqual([]);
  });

  it.each([
    ['"--require" ./x.cjs', "--require"],
    ['--re"quire"=./x.cjs', "--require"],
    ['"--re\\quire=./with space.cjs"', "--require"],
    ["  --max-old-space-size=1000   --inspect ", "--inspect"],
    ["--no-warnings\n--import=x", "--import"],
  ])("reads NODE_OPTIONS as Node does: %j", (NODE_OPTIONS, name) => {
    expect(weakeningSettings({ argv: [], ...none, env: { NODE_OPTIONS } })).toEqual([name]);
  });

  it.each([
    [{ NODE_TLS_REJECT_UNAUTHORIZED: "0" }, "NODE_TLS_REJECT_UNAUTHORIZED=0"],
    [{ NODE_DEBUG: "tls" }, "NODE_DEBUG"],
    [{ NODE_DEBUG_NATIVE: "TLS" }, "NODE_DEBUG_NATIVE"],
    [{ SSLKEYLOGFILE: "x" }, "SSLKEYLOGFILE"],
    [{ OPENSSL_CONF: "x.cnf" }, "OPENSSL_CONF"],
  ])("names the variables %o", (env, name) => {
    expect(weakeningSettings({ argv: [], ...none, env })).toEqual([name]);
  });

  it("names each once, flags first", () => {
    expect(
      weakeningSettings({
        argv: [],
        execArgv: ["--inspect=1", "--no-warnings"],
        env: { NODE_OPTIONS: "--inspect --import=x", NODE_DEBUG: "net" },
      }),
    ).toEqual(["--inspect", "--import", "NODE_DEBUG"]);
  });

  it.each([
    [[], {}],
    [["--max-old-space-size=4096", "--max-semi-space-size=64", "--no-warnings"], {}],
    [["--stack-size=2000", "--enable-source-maps"], { NODE_OPTIONS: "--max-old-space-size=1" }],
    [[], { NODE_TLS_REJECT_UNAUTHORIZED: "1", NODE_DEBUG: "", NODE_OPTIONS: "" }],
    // It adds roots where none are named; the door names its own.
    [[], { NODE_EXTRA_CA_CERTS: "x.pem", HTTPS_PROXY: "http://127.0.0.1:1" }],
    [["--use-openssl-calls", "--use-system-calls"], {}],
  ])("finds nothing in %j %j", (execArgv, env) => {
    expect(weakeningSettings({ argv: [], execArgv, env })).toEqual([]);
  });

  it.each([
    "--env-file",
    "--env-file=x.env",
    "--env_file=x.env",
    "--env-file-if-exists=x",
    "--experimental-config-file=x",
  ])("finds %s, which Node obeys wherever it stands", (argument) => {
    const found = [argument.split("=")[0]];
    expect(weakeningSettings({ argv: ["run", "smoke", argument], execArgv: [], env: {} })).toEqual(
      found,
    );
    expect(weakeningSettings({ argv: [], execArgv: [argument], env: {} })).toEqual(found);
    const others = ["--environment", `--title=${argument}`];
    expect(weakeningSettings({ argv: others, execArgv: [], env: {} })).toEqual([]);
  });
});
