import { type ChildProcess, spawn } from "node:child_process";
import { dirname } from "node:path";
import type { Clock } from "../../base/clock.ts";
import { Fault, Refusal, UsageError } from "../../base/errors.ts";
import { micros, seconds } from "../../base/units.ts";
import { visible } from "../../guard/foreign-text.ts";
import { shownClient } from "../../profile/client-reference.ts";
import { packageFiles } from "../package-files.ts";
import { type FromClient, fromClient, type ToClient } from "./messages.ts";
import type { ClientModule } from "./modules.ts";
import type { ClientArgument } from "./types.ts";

const START_TIMEOUT_US = seconds(20);

export type CallEnd = Extract<FromClient, { readonly call: number }>;

export interface ClientEvents {
  readonly ended: (end: CallEnd) => void;
  /** It can't go on, and nor can the run. */
  readonly failed: (error: Error) => void;
}

/** The process in which a user's functions run. */
export class ClientChild {
  readonly #child: ChildProcess;
  readonly #modules: readonly ClientModule[];
  readonly #events: ClientEvents;
  #settle: { ready(): void; failed(error: Error): void } | undefined;
  #closed = false;

  /**
   * Starts it and waits until its functions are loaded.
   *
   * @param baseUrl the gate's, all that it can connect to
   * @throws UsageError `CLIENT_UNUSABLE`, Refusal `CLIENT_REACHED_OUT` or Fault `FAULT_CLIENT`
   */
  static async start(
    modules: readonly [ClientModule, ...ClientModule[]],
    baseUrl: string,
    clock: Clock,
    events: ClientEvents,
  ): Promise<ClientChild> {
    const client = new ClientChild(modules, baseUrl, events);
    const late = clock.atCoarse(micros(clock.now() + START_TIMEOUT_US), () =>
      client.#fail(fault("did not load its functions within 20 s")),
    );
    try {
      await new Promise<void>((ready, failed) => {
        client.#settle = { ready, failed };
        client.#send({ kind: "load", clients: modules.map(({ path, name }) => ({ path, name })) });
      });
      return client;
    } catch (error) {
      client.close();
      throw error;
    } finally {
      late();
      client.#settle = undefined;
    }
  }

  private constructor(
    modules: readonly [ClientModule, ...ClientModule[]],
    baseUrl: string,
    events: ClientEvents,
  ) {
    this.#modules = modules;
    this.#events = events;
    this.#child = spawn(process.execPath, [packageFiles().clientScript], {
      // It finds no key, no proxy and no option there.
      env: { KLARNA_BASE_URL: baseUrl },
      cwd: dirname(modules[0].path),
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      detached: process.platform !== "win32",
    });
    this.#child.on("message", (message) => this.#heard(message));
    this.#child.on("error", () => this.#fail(fault("can't be started")));
    this.#child.on("exit", () => this.#fail(fault("has ended by itself")));
  }

  /** @param client an index into the modules it was started with */
  call(call: number, client: number, argument: ClientArgument): void {
    this.#send({ kind: "call", call, client, argument });
  }

  /** Ends it at once; does nothing the second time. */
  close(): void {
    this.#closed = true;
    this.#child.kill("SIGKILL");
  }

  #send(message: ToClient): void {
    if (this.#closed) return;
    this.#child.send(message, () => {
      // That it has gone is told by its end.
    });
  }

  #heard(given: unknown): void {
    const { data: message } = fromClient.safeParse(given);
    switch (message?.kind) {
      case "ready":
        this.#settle?.ready();
        break;
      case "unusable":
        this.#fail(this.#unusable(message.client, message.text));
        break;
      case "returned":
      case "threw":
        this.#events.ended(message);
        break;
      case "reached-out":
        this.#fail(reachedOut(message.text));
        break;
      case "crashed":
        this.#fail(fault(`has ended: ${visible(message.text)}`));
        break;
      default:
        // The user's own code has said something.
        break;
    }
  }

  #unusable(client: number, text: string): UsageError {
    const module = this.#modules[client];
    const name = module ? shownClient(module) : "the client";
    return new UsageError("CLIENT_UNUSABLE", `\`${name}\` can't be used: ${visible(text)}`, {
      hint: "the module is loaded as Node loads it, without any of the environment's variables",
    });
  }

  /** The first failure is the one that counts: the process's end follows it. */
  #fail(error: Error): void {
    if (this.#closed) return;
    if (this.#settle) this.#settle.failed(error);
    else this.#events.failed(error);
    this.close();
  }
}

function fault(what: string): Fault {
  return new Fault("FAULT_CLIENT", `the client's process ${what}`, {
    hint: "call the function in a script of your own first: an error that nobody catches ends the process",
  });
}

function reachedOut(text: string): Refusal {
  return new Refusal("CLIENT_REACHED_OUT", `the client went past the gate: ${visible(text)}`, {
    hint: "it may connect to the gate alone: make your client with the `baseUrl` that the function is given",
  });
}
