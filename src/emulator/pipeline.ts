import type { IncomingHttpHeaders } from "node:http";
import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import type { Family } from "../guard/environments.ts";
import { type Category, documentedQuota } from "../guard/quotas.ts";
import { OPERATIONS, type Operation } from "../klarna/catalogue.ts";
import { type Quota, QuotaWindows, type RateLimitHeaders } from "../model/quotas.ts";
import { apiKeyOf, type Caller, isTestAccount, keyCheck, ownerOf } from "./access.ts";
import {
  type Answer,
  classicProblems,
  HEADERS_TOO_LARGE,
  PROTECTED,
  problems,
  refusals,
} from "./answers.ts";
import { customerOf } from "./customer.ts";
import type { FaultBoard } from "./faults/board.ts";
import { Forgotten } from "./forgotten.ts";
import { handlers } from "./handlers.ts";
import { Idempotency } from "./idempotency.ts";
import { uuids } from "./ids.ts";
import type { EmulatorOptions } from "./options.ts";
import { Protection } from "./protection.ts";
import type { Reply } from "./reply.ts";
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

export interface PipelineParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly options: Pick<EmulatorOptions, "quotas" | "level" | "apiKeys"> &
    Partial<Pick<EmulatorOptions, "customer" | "protection">>;
  /** Instead of Klarna's documented quotas: for tests and benchmarks only. */
  readonly quota?: Quota;
  readonly faults?: FaultBoard;
  /** Told of what is no longer known. */
  readonly forgotten?: Forgotten;
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
 * The checks come in this order, the first that fails answers: a fault, route, size, key, protection rule, account,
 * quota, body, the operation.
 */
export function pipeline(parts: PipelineParts): (request: Request) => Reply {
  const { clock, options, faults } = parts;
  const newId = uuids(parts.random.fork("emulator ids"));
  const problem = problems(newId);
  const classic = classicProblems(newId);
  const refusing = refusals(problem, classic);
  const customer = customerOf(
    options.customer ?? null,
    clock,
    parts.random.fork("emulator customer"),
  );
  const { forgotten = new Forgotten() } = parts;
  const world = { clock, newId, problem, classic, customer, forgotten };
  const find = routes(OPERATIONS.values(), handlers(world));
  const accepts = keyCheck(options.apiKeys);
  const quota: Quota =
    parts.quota ?? ((category, level) => documentedQuota(options.quotas, category, level));
  const quotas = new QuotaWindows(clock, options.level, quota);
  const protection = new Protection(clock, options.protection ?? null);
  const idempotency = new Idempotency(clock, { forgot: forgotten.counter("idempotent answers") });

  const judge = (request: Request, match: Match | undefined): Judged => {
    const operation = match?.route.operation;
    const family = operation?.family ?? familyOf(request.url);
    const category = operation?.category ?? UNROUTED[family];
    const no = refusing[family];
    const refuse = (answer: Answer): Judged => ({ answer, rate: quotas.peek(category, NOBODY) });

    const fault = faults?.onRequest(operation?.name);
    if (fault) return refuse(fault.answer(no));
    if (!match) return refuse(no.unknownRoute());
    if (request.headerTooLarge) return refuse(HEADERS_TOO_LARGE);
    if (request.body === "too-large") return refuse(no.bodyTooLarge());
    const key = apiKeyOf(request.headers.authorization);
    if (key === undefined || !accepts(key)) return refuse(no.unauthorized());
    const allowed = quota(category, options.level);
    if (allowed > 0 && protection.shuts(key, category, allowed)) return refuse(PROTECTED);
    const account = match.params.account_id;
    if (account !== undefined && !isTestAccount(account)) return refuse(no.forbidden());
    const caller: Caller = { key, account };
    const { kind, headers: rate } = quotas.take(category, caller);
    if (kind === "forbidden") return { answer: no.forbidden(), rate };
    if (kind === "exceeded") return { answer: no.rateLimited(), rate };
    return { answer: perform(match, caller, request, request.body), rate };
  };

  const perform = (match: Match, caller: Caller, request: Request, raw: Buffer): Answer => {
    const { handler, operation } = match.route;
    let body: unknown;
    if (operation.sampleBody) {
      const parsed = parseJson(request.headers["content-type"], raw);
      if (typeof parsed === "string") return refusing[operation.family].invalidBody(parsed);
      body = parsed.value;
    }
    const owner = ownerOf(caller);
    const { params, query } = match;
    const execute = (): Answer => handler({ owner, params, query, headers: request.headers, body });
    const key = request.headers["klarna-idempotency-key"];
    if (!isIdempotent(operation) || typeof key !== "string" || key === "") return execute();
    // The operation and its parameters, not the URL as spelled: %3A and a colon are the same account.
    const scope = [owner, operation.name, ...Object.values(params)].join("\n");
    return idempotency.once(scope, key, execute);
  };

  return (request) => {
    const match = find(request.method, request.url);
    const operation = match?.route.operation;
    const { answer, rate } = judge(request, match);
    const { status, body } = answer;
    const payload = body === null ? "" : typeof body === "string" ? body : JSON.stringify(body);
    const length = String(Buffer.byteLength(payload));
    if (answer.bare) {
      return {
        status,
        headers: { ...answer.headers, "Content-Length": length },
        payload,
        operation,
      };
    }
    const headers: Record<string, string> = {
      "Klarna-Correlation-Id": answer.correlationId ?? newId(),
      ...rate,
    };
    // RFC 9110, section 8.6: an answer of 204 has no length.
    if (status !== 204) headers["Content-Length"] = length;
    if (answer.isJson || (typeof body === "object" && body !== null)) {
      headers["Content-Type"] = "application/json";
    }
    const correlation = request.headers["partner-correlation-id"];
    if (typeof correlation === "string" && ECHOED_CORRELATION_ID.test(correlation)) {
      headers["Partner-Correlation-Id"] = correlation;
    }
    if (answer.headers) Object.assign(headers, answer.headers);
    return { status, headers, payload, operation };
  };
}

const CLASSIC_PATH = /^\/(?:payments|ordermanagement|hpp)\//;
/** Whose rate-limit headers an unknown route shows. */
const UNROUTED: Readonly<Record<Family, Category>> = {
  network: "unknown",
  classic: "classic-other",
};

function familyOf(url: string): Family {
  return CLASSIC_PATH.test(url) ? "classic" : "network";
}

/** Klarna Network and classic order management document the key; the classic payments don't (our notes, §3.3). */
function isIdempotent({ method, family, path }: Operation): boolean {
  if (method !== "POST" && method !== "PATCH") return false;
  return family === "network" || path.startsWith("/ordermanagement/");
}

/** @returns what is wrong with it: its content type, or its text */
function parseJson(
  contentType: string | undefined,
  raw: Buffer,
): { readonly value: unknown } | "type" | "text" {
  if (contentType === undefined || !JSON_CONTENT.test(contentType)) return "type";
  try {
    return { value: JSON.parse(raw.toString("utf8")) };
  } catch {
    return "text";
  }
}
