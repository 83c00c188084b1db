import type { ScenarioBinding, StepBinding } from "../profile/bindings.ts";
import type { Json } from "../profile/body.ts";
import type { ResponsePath } from "../profile/response-path.ts";
import type { Call } from "../workload/roles.ts";

/** What is saved of them: fit for every place that a saved value can fill. */
export const SAVED = "warm-up";

/** Far from any limit, in Klarna's own form. */
const HEADERS = [
  "content-type: application/json",
  "klarna-correlation-id: 00000000-0000-4000-8000-000000000000",
  'x-ratelimit-limit: 1000000, 1000000;w=1;name="account_warm-up"',
  "x-ratelimit-remaining: 999999",
  "x-ratelimit-reset: 1",
];

/** Answers, as they would be read from a socket, that say what each step of a plan expects, waits for and saves. */
export function sampleAnswers(
  bindings: readonly ScenarioBinding[],
): (call: Pick<Call, "scenario" | "step"> | undefined) => Buffer {
  const answers = bindings.map(({ steps }) => steps.map(answerOf));
  const otherwise = rawAnswer(200, {});
  return (call) => answers[call?.scenario ?? 0]?.[call?.step ?? 0] ?? otherwise;
}

function answerOf({ save, expect, until }: StepBinding): Buffer {
  const body = {};
  for (const path of Object.values(save)) put(body, path, SAVED);
  for (const { path, equals } of [...(until?.values ?? []), ...expect.values]) {
    put(body, path, equals);
  }
  const status = (until ?? expect).statuses.find((one) => expect.statuses.includes(one));
  return rawAnswer(status ?? 200, body);
}

/** Puts a value at a path, making what is missing on the way. */
function put(body: object, { parts }: ResponsePath, value: Json): void {
  let here = body;
  for (const [i, part] of parts.entries()) {
    if (i === parts.length - 1) {
      Reflect.set(here, part, value);
      return;
    }
    const below: unknown = Reflect.get(here, part);
    const made = typeof parts[i + 1] === "number" ? [] : {};
    const next = typeof below === "object" && below !== null ? below : made;
    Reflect.set(here, part, next);
    here = next;
  }
}

function rawAnswer(status: number, body: object): Buffer {
  // These have no body, and what would follow their head would be taken for the next answer.
  const text = status === 204 || status === 304 || status < 200 ? "" : JSON.stringify(body);
  const length = text === "" ? [] : [`content-length: ${Buffer.byteLength(text)}`];
  return Buffer.from([`HTTP/1.1 ${status} -`, ...HEADERS, ...length, "", text].join("\r\n"));
}
