import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../base/clock.ts";
import type { Micros } from "../base/units.ts";
import { BODY_BYTES_MAX } from "../guard/request-check.ts";
import type { Connections } from "./connections.ts";
import type { Problem } from "./problem.ts";

/** How reading a body ends: once, with one of the two. */
export interface BodyEvents {
  /** @param at when its last byte had come */
  readonly whole: (body: string | undefined, at: Micros) => void;
  readonly refused: (problem: Omit<Problem, "family">) => void;
}

/** Reads a request's body whole, as text; what it takes of memory is held until its response is over. */
export function readBody(
  message: IncomingMessage,
  response: ServerResponse,
  { clock, connections }: { readonly clock: Clock; readonly connections: Connections },
  { whole, refused }: BodyEvents,
): void {
  const refuse = (status: number, code: string, text: string, hint: string): void => {
    message.removeAllListeners("data").removeAllListeners("end");
    refused({ status, mark: status === 503 ? "busy" : "refused", code, text, hint });
  };
  if ((message.headers["content-encoding"] ?? "identity") !== "identity") {
    const hint = "send it as it is: it can't be checked otherwise";
    refuse(415, "GATE_BODY_ENCODED", "the body is compressed", hint);
    return;
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  let held = 0;
  const letGo = (): void => {
    connections.hold(message.socket, -held);
    held = 0;
  };
  response.once("finish", letGo).once("close", letGo);
  message.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    held += chunk.length;
    connections.hold(message.socket, chunk.length);
    if (bytes > BODY_BYTES_MAX) {
      refuse(413, "GUARD_REQUEST_BODY", "the body is longer than 1 MB", "shorten it");
    } else if (connections.areFull) {
      refuse(503, "GATE_BUSY", "too many bodies wait at once", "send less at a time");
    } else {
      chunks.push(chunk);
    }
  });
  message.on("end", () => {
    // First of all: what decoding and searching take is the gate's own time.
    const at = clock.now();
    if (bytes > 0 && message.method === "GET") {
      refuse(400, "GATE_BODY", "a GET has a body", "leave it out");
      return;
    }
    const text = textOf(Buffer.concat(chunks));
    if (text === undefined) refuse(400, "GATE_BODY", "the body is not UTF-8", "send JSON in UTF-8");
    else whole(text === "" ? undefined : text, at);
  });
}

export function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";
}

function textOf(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
