/**
 * The process of a user's own client: loads the functions that a profile names, and calls them when told to. It knows no
 * key, and its environment holds nothing but the gate's address; under its own tripwire that is the one thing that it can
 * connect to, however the user's code goes about it with Node's API. It ends with its parent.
 */
import { pathToFileURL } from "node:url";
import { armTripwire } from "../../guard/tripwire.ts";
import type { FromClient, ToClient } from "./messages.ts";
import type { ClientFunction } from "./types.ts";
import { readTypeScript } from "./typescript.ts";

const TEXT_MAX = 1_000;
const JSON_MAX = 65_536;

const say = process.send?.bind(process);
if (!say) throw new TypeError("only klarna-perf starts this program");
const tell = (message: FromClient): void => {
  say(message);
};

readTypeScript();
const { hostname, port } = new URL(process.env.KLARNA_BASE_URL ?? "");
armTripwire({
  allowAlways: { address: hostname, port: Number(port) },
  onHit: ({ message }) => tell({ kind: "reached-out", text: message.slice(0, TEXT_MAX) }),
});

const functions: ClientFunction[] = [];

process.on("message", (message: ToClient) => {
  if (message.kind === "load") void load(message.clients);
  else void call(message.call, message.client, message.argument);
});
process.on("disconnect", () => process.exit(0));
// A Ctrl-C goes to every process of the terminal's group; how the run ends is the parent's business.
process.on("SIGINT", () => {});
process.on("uncaughtException", (error) => {
  say({ kind: "crashed", text: textOf(error) } satisfies FromClient, () => process.exit(1));
});

async function load(clients: readonly { path: string; name: string }[]): Promise<void> {
  for (const [client, { path, name }] of clients.entries()) {
    try {
      const loaded: Readonly<Record<string, unknown>> = await import(pathToFileURL(path).href);
      const found = loaded[name];
      if (!isFunction(found)) throw new TypeError(`exports no function \`${name}\``);
      functions.push(found);
    } catch (error) {
      tell({ kind: "unusable", client, text: textOf(error) });
      return;
    }
  }
  tell({ kind: "ready" });
}

async function call(
  number: number,
  client: number,
  argument: Parameters<ClientFunction>[0],
): Promise<void> {
  try {
    const json = JSON.stringify((await functions[client]?.(argument)) ?? null);
    if (json.length > JSON_MAX) throw new RangeError("returned more than 64 KB of JSON");
    tell({ kind: "returned", call: number, json });
  } catch (error) {
    tell({ kind: "threw", call: number, text: textOf(error) });
  }
}

function isFunction(value: unknown): value is ClientFunction {
  return typeof value === "function";
}

function textOf(error: unknown): string {
  let text = "something that can't be shown";
  try {
    text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  } catch {
    // What was thrown throws in its turn.
  }
  return text.slice(0, TEXT_MAX);
}
