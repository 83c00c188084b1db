import * as z from "zod";
import type { Operation } from "../../../src/klarna/catalogue.ts";
import { OPERATIONS } from "../../../src/klarna/catalogue.ts";
import { pathParameters, pathTemplates } from "../../../src/klarna/operation.ts";
import { keysOf, ORDER_MANAGEMENT, PAYMENTS } from "../contracts/descriptions.ts";
import { classicError, networkError } from "../contracts/errors.ts";
import { NETWORK } from "../contracts/network-v2.ts";

const NOTED: Readonly<Record<string, z.ZodType>> = NETWORK;
const content = (schema: object) => ({ content: { "application/json": { schema } } });
const json = (schema: z.ZodType) => content(z.toJSONSchema(schema, { target: "openapi-3.0" }));

/**
 * An OpenAPI document of every operation that a partner's own key may call: methods and paths from the catalogue, answers
 * from Klarna's descriptions and from the contracts. What a client made from it does is held against our notes by somebody else's code.
 */
export function openApiDocument() {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of OPERATIONS.values()) {
    const { plain } = pathTemplates(operation);
    if (plain === undefined) continue;
    paths[plain] = { ...paths[plain], [operation.method.toLowerCase()]: described(operation) };
  }
  return {
    openapi: "3.0.3",
    info: { title: "Klarna, as the emulator plays it", version: "1" },
    // As in Klarna's own documents: somewhere else, so that whoever goes there is found out.
    servers: [{ url: "https://live.invalid" }],
    paths,
  };
}

function described(operation: Operation) {
  const { name, purpose, family, successStatuses, sampleBody } = operation;
  const success = (status: number) => ({
    description: "success",
    ...published(operation, status),
    ...(NOTED[name] ? json(NOTED[name]) : {}),
  });
  const schema = family === "network" ? networkError : classicError;
  return {
    operationId: name,
    summary: purpose,
    parameters: pathParameters(operation).map((parameter) => ({
      ...{ name: parameter, in: "path", required: true, schema: { type: "string" } },
    })),
    ...(sampleBody ? { requestBody: json(z.looseObject({})) } : {}),
    responses: {
      ...Object.fromEntries(successStatuses.map((status) => [status, success(status)])),
      default: { description: "an error", ...json(schema) },
    },
  };
}

/** The classic APIs' answers, as Klarna publishes them. */
function published(operation: Operation, status: number) {
  const [key = ""] = keysOf(operation);
  for (const of of [PAYMENTS, ORDER_MANAGEMENT]) {
    const body = of.operations[key]?.answers[status]?.body;
    if (body) return content(of.whole(body, "answer"));
  }
  return {};
}
