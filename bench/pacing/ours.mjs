// This tool, run once against a recorder and measured from outside.
import {
  BIN,
  monotonicUs,
  processorUs,
  readReport,
  sleep,
  startProgram,
  startRecorder,
} from "../witness.mjs";

let runs = 0;

/**
 * Runs a program against a recorder of its own.
 *
 * @param tool { command, address } as in peers.mjs; "OUT" in the command is the folder for the reports
 * @param options tls · recorder: what `recorder.mjs` takes · mostS · while: told { program, first }, awaited beside
 *   the run · sampleS: [from, to] in seconds after the first request, over which processor time is taken
 * @returns what it printed, its exit code, the recording, and its processor time in shares of a core, if it was taken
 */
export async function runAgainstRecorder(world, tool, options) {
  const { tls = false, recorder: asked = {}, mostS, meanwhile, sampleS } = options;
  const recorder = await startRecorder(world, { tls, ...asked });
  const out = world.path(`out-${++runs}`);
  const command = tool.command.map((arg) => (arg === "OUT" ? out : arg));
  if (tool.address === "argument") command.push(recorder.url);
  const program = startProgram(world, command, { mostS, env: { URL: recorder.url } });
  const began = Promise.race([recorder.first, program.ended]);
  const beside = began.then(() =>
    Promise.all([sampleS && processorShare(program.pid, sampleS), meanwhile?.(program)]),
  );
  const { code, text } = await program.ended;
  const [share] = await beside;
  const recording = await recorder.end();
  return { code, text, out, recording, share, begunUs: program.begunUs };
}

/** Of the program, in shares of a core; undefined once it has ended, or where the system does not tell. */
async function processorShare(pid, [fromS, toS]) {
  try {
    await sleep(fromS * 1000);
    const before = { us: processorUs(pid), at: monotonicUs() };
    await sleep((toS - fromS) * 1000);
    return (processorUs(pid) - before.us) / (monotonicUs() - before.at);
  } catch {
    return undefined;
  }
}

/** This tool as one of the tools. @param profile the profile's file @param options args: further ones */
export function ours(profile, { name = "klarna-perf", tls = false, args = [] } = {}) {
  return {
    name,
    tls,
    command: [
      ...[process.execPath, BIN, "run", profile, ...args],
      ...["--quiet", "--out", "OUT", "--emulator-url"],
    ],
    address: "argument",
  };
}

/** Runs this tool on a profile, with what further arguments `options.args` has, and reads its report as well. @throws Error where it wrote none */
export async function runOurs(world, profile, options) {
  const ran = await runAgainstRecorder(world, ours(profile, { args: options.args }), options);
  try {
    return { ...ran, report: readReport(ran.out) };
  } catch {
    throw new Error(`no report, exit ${ran.code}: ${ran.text.slice(0, 1000)}`);
  }
}
