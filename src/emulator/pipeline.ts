import type { IncomingHttpHeaders } from "node:http";
import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import { documentedQuota } from "../guard/quotas.ts";
import { OPERATIONS } from "../klarna/catalogue.ts";
import { apiKeyOf, type Caller, isTestAccount, keyCheck, ownerOf } from "./access.ts";
import { type Answer, BODY_TOO_LARGE, HEADERS_TOO_LARGE, problems } from "./answers.ts";
import { handlers } from "./handlers.ts";
import { Idempotency } from "./idempotency.ts";
import { uuids } from "./ids.ts";
import type { EmulatorOptions } from "./options.ts";
import { type Quota, QuotaWindows, type RateLimitHeaders } from "./quotas.ts";
import { type Match, routes } from "./routing.ts";

/** A request as it came, its body read whole. */
export interface Request {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer | "too-large";
  /** Whether one header, name and value, is over Klarna's limit. */
  readonly headerTooLarge: boolean;
}

/** A whole answer, ready to be written. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string;
}

export interface PipelineParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly options: Pick<EmulatorOptions, "quotas" | "level" | "apiKeys">;
  /** Instead of Klarna's documented quotas: for tests and benchmarks only. */
  readonly quota?: Quota;
}

/** An answer and where its quota stands. */
interface Judged {
  readonly answer: Answer;
  readonly rate: RateLimitHeaders;
}

const ECHOED_CORRELATION_ID = /^[A-Za-z0-9-]{1,255}$/;
const JSON_CONTENT = /^application\/json\s*(?:;|$)/i;
/** Counts nothing: Klarna does not say whether a refused key uses up quota. */
const NOBODY: Caller = { key: "", account: undefined };

/**
 * The emulator without its sockets: what is answered to a request, decided at the moment of the call.
 * The checks come in this order, the first that fails answers: route, size, key, account, quota, body, the operation.
 */
export function pipeline(parts: PipelineParts): (request: Request) => Reply {
  const { clock, options } = parts;
  const newId = uuids(parts.random.fork("emulator ids"));
  const problem = problems(newId);
  const find = routes(OPERATIONS.values(), handlers({ clock, newId, problem }));
  const accepts = keyCheck(options.apiKeys);
  const quotas = new QuotaWindows(
    clock,
    options.level,
    parts.quota ?? ((category, level) => documentedQuota(options.quotas, category, level)),
  );
  const idempotency = new Idempotency(clock);

  const judge = (request: Request): Judged => {
    const match = find(request.method, request.url);
    const category = match?.route.operation.category ?? "unknown";
    const refuse = (answer: Answer): Judged => ({ answer, rate: quotas.peek(category, NOBODY) });

    if (!match) return refuse(problem("NOT_FOUND"));
    if (request.headerTooLarge) return refuse(HEADERS_TOO_LARGE);
    if (request.body === "too-large") return refuse(BODY_TOO_LARGE);
    const key = apiKeyOf(request.headers.authorization);
    if (key === undefined || !accepts(key)) return refuse(problem("UNAUTHORIZED"));
    const account = match.params.account_id;
    if (account !== undefined && !isTestAccount(account)) {
      return refuse(problem("OPERATION_FORBIDDEN"));
    }
    const caller: Caller = { key, account };
    const { kind, headers: rate } = quotas.take(category, caller);
    if (kind === "forbidden") return { answer: problem("OPERATION_FORBIDDEN"), rate };
    if (kind === "exceeded") return { answer: problem("RATE_LIMITED"), rate };
    return { answer: perform(match, caller, request, request.body), rate };
  };

  const perform = (match: Match, caller: Caller, request: Request, raw: Buffer): Answer => {
    const { handler, operation } = match.route;
    let body: unknown;
    if (operation.sampleBody) {
      const parsed = parseJson(request.headers["content-type"], raw);
      if (!parsed) return problem("INVALID_CONTENT_TYPE");
      body = parsed.value;
    }
    const owner = ownerOf(caller);
    const execute = (): Answer => handler({ owner, params: match.params, body });
    const key = request.headers["klarna-idempotency-key"];
    const idempotent = operation.method === "POST" || operation.method === "PATCH";
    if (!idempotent || typeof key !== "string" || key === "") return execute();
    // The operation and its parameters, not the URL as spelled: %3A and a colon are the same account.
    const scope = [owner, operation.name, ...Object.values(match.params)].join("\n");
    return idempotency.once(scope, key, execute);
  };

  return (request) => {
    const { answer, rate } = judge(request);
    const payload = answer.body === null ? "" : JSON.stringify(answer.body);
    const headers: Record<string, string> = {
      "Klarna-Correlation-Id": newId(),
      ...rate,
      "Content-Length": String(Buffer.byteLength(payload)),
    };
    if (answer.body !== null) headers["Content-Type"] = "application/json";
    const correlation = request.headers["partner-correlation-id"];
    if (typeof correlation === "string" && ECHOED_CORRELATION_ID.test(correlation)) {
      headers["Partner-Correlation-Id"] = correlation;
    }
    return { status: answer.status, headers, payload };
  };
}

function parseJson(contentType: string | undefined, raw: Buffer): { value: unknown } | undefined {
  if (contentType === undefined || !JSON_CONTENT.test(contentType)) return undefined;
  try {
    return { value: JSON.parse(raw.toString("utf8")) };
  } catch {
    return undefined;
  }
}
