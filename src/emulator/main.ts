/**
 * The emulator's process. Reads one line of JSON (EmulatorOptions) on standard input, listens, registers,
 * and writes one line on standard output: `{"registration": path}`, beside it `"control": {url, token}`
 * where that was asked for, or `{"error": {code, message, hint}}`, exit 2.
 *
 * It lives as long as its standard input is open: when the parent ends, however it ends, the kernel closes
 * the pipe and the emulator goes too. So a Ctrl-C, which the terminal sends to parent and child alike, is left to the parent, which still needs us.
 */
import { randomBytes } from "node:crypto";
import { systemClock } from "../base/clock.ts";
import { EXIT, KlarnaPerfError, UsageError } from "../base/errors.ts";
import { holdOldHeap, holdYoungHeap } from "../base/memory.ts";
import { seededRandom } from "../base/random.ts";
import { AccessRecord } from "./access-record.ts";
import { makeCertificate } from "./certificate.ts";
import { startControl } from "./control.ts";
import { FaultBoard } from "./faults/board.ts";
import { parseFault } from "./faults/rule.ts";
import { Forgotten } from "./forgotten.ts";
import { parseOptions } from "./options.ts";
import { openRecordFile, writeSummary } from "./record-files.ts";
import { register } from "./register.ts";
import { startServer } from "./server.ts";

/** The longest line of options, in characters; room for a recorded latency of each operation. */
const OPTIONS_CHARACTERS = 4_194_304;

const end = (): void => process.exit(EXIT.passed);
process.once("SIGTERM", end);
// By hand in a terminal there is no parent to wait for.
const interrupted = process.stdin.isTTY ? end : () => {};
process.on("SIGINT", interrupted);
process.on("SIGHUP", interrupted);
// A parent that has gone away no longer reads.
process.stdout.on("error", end);

try {
  holdOldHeap();
  holdYoungHeap();
  const options = parseOptions(await firstLine(process.stdin));
  if (process.stdin.readableEnded || process.stdin.closed) end();
  process.stdin.once("end", end).once("close", end).once("error", end);
  const clock = systemClock();
  const random = seededRandom(options.seed);
  // Before anything is opened or made, so that a wrong one leaves nothing behind.
  for (const fault of options.faults) parseFault(fault);
  const { caPem, ...tls } = await makeCertificate(clock.wallMs());
  const faults = new FaultBoard(clock, random.fork("emulator faults"));
  const forgotten = new Forgotten();
  const record = new AccessRecord(clock, { forgotten });
  const token = randomBytes(24).toString("base64url");
  const control =
    options.control && (await startControl({ ...options.control, tls, token, faults, record }));
  const recorded = options.record || options.control ? { record } : {};
  const server = await startServer({ clock, random, options, tls, faults, forgotten, ...recorded });
  if (options.record) record.writeTo(openRecordFile(options.record.log));
  for (const fault of options.faults) faults.set(fault);
  const registered = register(options.registryDir, {
    url: server.url,
    caPem,
    pid: process.pid,
    startedAt: new Date(clock.wallMs()).toISOString(),
    settings: { customer: options.customer?.outcome ?? null, quotas: options.quotas },
  });
  process.once("exit", () => {
    registered.remove();
    record.close();
    if (options.record?.summary) writeSummary(options.record.summary, record.summary());
  });
  const controlled = control ? { control: { url: control.url, token } } : {};
  process.stdout.write(line({ registration: registered.path, ...controlled }));
} catch (error) {
  const { code, message, hint } = known(error);
  process.stdout.write(line({ error: { code, message, hint } }), () => process.exit(EXIT.usage));
}

function line(message: object): string {
  return `${JSON.stringify(message)}\n`;
}

function known(error: unknown): Pick<KlarnaPerfError, "code" | "message" | "hint"> {
  if (error instanceof KlarnaPerfError) return error;
  return {
    code: "FAULT_EMULATOR",
    message: error instanceof Error ? error.message : String(error),
    hint: "report this: it is a bug in the emulator",
  };
}

/** @throws UsageError EMULATOR_OPTIONS when the stream ends, or goes on too long, before a line has */
function firstLine(stream: NodeJS.ReadStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const fail = (why: string): void => {
      const hint =
        "write one line of JSON and keep standard input open for as long as the emulator is to run";
      reject(new UsageError("EMULATOR_OPTIONS", why, { hint }));
    };
    stream.setEncoding("utf8");
    // Goes on reading after the line, without keeping anything: an unread stream never tells that it has ended.
    stream.on("data", (chunk: string) => {
      if (text.includes("\n")) return;
      text += chunk;
      const newline = text.indexOf("\n");
      if (newline >= 0) {
        resolve(text.slice(0, newline));
        text = "\n";
      } else if (text.length > OPTIONS_CHARACTERS) fail("the line of options is too long");
    });
    // A pipe both ends and closes, a file only ends, a broken pipe only closes.
    const ended = (): void => fail("standard input ended before a line of options");
    stream.once("end", ended).once("close", ended);
  });
}
