import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { exponential, seededRandom } from "../../src/base/random.ts";
import { micros, seconds } from "../../src/base/units.ts";
import { RecordWriter } from "../../src/measure/record.ts";
import { Recorder } from "../../src/measure/recorder.ts";
import type { Outcome, Sent } from "../../src/workload/outcome.ts";

const example = fileURLToPath(new URL("../../reports/example/record/", import.meta.url));
const OPERATIONS = ["create", "read", "update", "cancel", "list", "close"];
const TIMEOUT = seconds(10);

/**
 * The record of a run that nobody waited for, as large as one of its length gets: several operations, no two seconds
 * alike, time-outs, unexpected answers and drops in most of them, and a gap now and then.
 * @param folder is made, and must not exist
 */
export async function writeLongRecord(
  folder: string,
  { durationS, perSecond }: { readonly durationS: number; readonly perSecond: number },
): Promise<void> {
  const read = (name: string) => JSON.parse(readFileSync(join(example, name), "utf8"));
  const { run } = read("manifest.json");
  const { recordWarnings: _, ...end } = read("end.json");
  const stages = [{ phase: "steady", fromPerSecond: perSecond, toPerSecond: perSecond, durationS }];
  const writer = await RecordWriter.create(folder, {
    startedWallMs: Date.parse(end.startedAt),
    intervalUs: 1_000_000,
    run: { ...run, plan: { ...run.plan, durationS, stages } },
  });
  const recorder = new Recorder(writer, micros(0));
  const timingOut: { readonly at: number; readonly outcome: Outcome }[] = [];
  const random = seededRandom(30);
  for (let request = 0; request < durationS * perSecond; request++) {
    const due = micros(Math.floor((request * 1e6) / perSecond));
    while ((timingOut[0]?.at ?? Number.POSITIVE_INFINITY) <= due) {
      const ended = timingOut.shift();
      if (ended) recorder.outcome(ended.outcome);
    }
    const lag = micros(Math.floor(400 * random.next()));
    const waits = { inFlight: micros(0), cap: micros(0), steering: micros(0), runnerLag: lag };
    const sent: Sent = {
      request,
      journey: request,
      scenario: "checkout",
      operation: `payment-request.${OPERATIONS[request % OPERATIONS.length]}`,
      category: "payment-transaction-management",
      phase: "steady",
      due,
      attempt: 1,
      poll: 1,
      start: micros(due + lag),
      waits,
    };
    recorder.due(sent);
    const draw = random.next();
    if (draw < 0.01) {
      recorder.outcome({ ...sent, kind: "dropped", at: due, reason: "in-flight" });
      continue;
    }
    recorder.started(sent);
    if (draw < 0.02) {
      const ended = micros(sent.start + TIMEOUT);
      const outcome: Outcome = { ...sent, kind: "failed", end: ended, code: "timeout" };
      timingOut.push({ at: ended, outcome });
      continue;
    }
    const wave = 1.5 + Math.sin(request / perSecond / 97);
    const took = Math.floor(400 + 20_000 * wave * exponential(random));
    const status = draw < 0.03 ? 503 : 200;
    const expected = status === 200;
    const answer = { kind: "answered", end: micros(sent.start + took), status, expected } as const;
    recorder.outcome({ ...sent, ...answer, correlationId: `id-${request}` });
    if (request % (400 * perSecond) === 0) recorder.gap(due, micros(due + 310_000));
  }
  for (const { outcome } of timingOut) recorder.outcome(outcome);
  recorder.close();
  recorder.checkAccounting();
  await writer.close(end);
}
