import type { Cancel, Clock } from "../../base/clock.ts";
import { formatMicros, type Micros, micros } from "../../base/units.ts";
import { type AppRequest, GateListener } from "../../gate/listener.ts";
import type { ApprovedPlan } from "../../guard/approval.ts";
import type { GuardedConnection } from "../../guard/connection.ts";
import { shownClient } from "../../profile/client-reference.ts";
import type { Plan } from "../../profile/plan.ts";
import type { Report } from "../../report/schema.ts";
import { forwarding } from "../../workload/forwarding.ts";
import type { Outcome } from "../../workload/outcome.ts";
import type { Outside, OutsideCall, Performer, Sink } from "../../workload/roles.ts";
import { permissionOf } from "../gate/permission.ts";
import { rulesOf } from "../gate/personal.ts";
import { lostProblem } from "../gate/problems.ts";
import { Visit } from "../gate/visit.ts";
import type { Sender } from "../sender.ts";
import { type CallEnd, ClientChild } from "./child.ts";
import { Failures } from "./failures.ts";
import type { ClientModule } from "./modules.ts";
import { refusalOf } from "./refusals.ts";
import { type ClientStep, clientSteps } from "./steps.ts";

export interface ClientParts {
  readonly plan: Plan;
  readonly approved: ApprovedPlan;
  readonly account: string | undefined;
  readonly clock: Clock;
  /** The run can't go on. */
  readonly onFailure: (error: Error) => void;
}

interface Call {
  readonly number: number;
  readonly step: ClientStep;
  readonly asked: OutsideCall;
  /** Requests that have not ended. */
  pending: number;
  /** Of the wait for whatever it does next. */
  cancel: Cancel;
}

/**
 * The steps that a user's own client makes: calls its functions as steps become due, takes their requests at a gate of
 * their own, and sees that each is one of the call's that it came from. Everything else is as with a request of ours.
 */
export class Clients implements Outside {
  readonly #parts: ClientParts;
  readonly #modules: readonly ClientModule[];
  readonly #steps: ReadonlyMap<string, ClientStep>;
  readonly #listener: GateListener;
  readonly #failures = new Failures();
  readonly #calls = new Map<number, Call>();
  /** Requests that have not ended, by the run's number for them. */
  readonly #requests = new Map<number, { readonly visit: Visit; readonly call: Call }>();
  #next = 0;
  #baseUrl = "";
  #child: ClientChild | undefined;
  #wake: () => void = () => {};

  /** @throws what `ClientChild.start` throws */
  static async start(
    modules: readonly [ClientModule, ...ClientModule[]],
    parts: ClientParts,
  ): Promise<Clients> {
    const clients = new Clients(modules, parts);
    clients.#baseUrl = await clients.#listener.listen(0);
    try {
      clients.#child = await ClientChild.start(modules, clients.#baseUrl, parts.clock, {
        ended: (end) => clients.#ended(end),
        failed: parts.onFailure,
      });
    } catch (error) {
      clients.close();
      throw error;
    }
    return clients;
  }

  private constructor(modules: readonly ClientModule[], parts: ClientParts) {
    const { plan, account, clock } = parts;
    this.#parts = parts;
    this.#modules = modules;
    this.#steps = clientSteps(plan);
    const operations = [...this.#steps.values()].map(({ operation }) => operation);
    const permission = permissionOf(
      {
        environment: plan.environment,
        operations: plan.operations.filter(({ operation }) => operations.includes(operation)),
      },
      account,
      plan.profile.name,
    );
    this.#listener = new GateListener(
      clock,
      rulesOf(plan.environment, permission),
      {
        asked: (request) => this.#asked(request),
        // What is refused here is told to the function alone, which may throw it. But for a live key: somebody has it at hand.
        refused: (_, liveKey) => {
          if (liveKey) this.#failures.showed(liveKey);
        },
      },
      { callers: true },
    );
  }

  /** @param wake has the run loop look again */
  attach(wake: () => void): void {
    this.#wake = wake;
  }

  call(asked: OutsideCall): void {
    const step = this.#steps.get(`${asked.scenario}/${asked.step}`);
    if (!step) throw new TypeError(`no client makes step ${asked.step} of ${asked.scenario}`);
    const number = this.#next++;
    const call: Call = { number, step, asked, pending: 0, cancel: () => {} };
    this.#calls.set(number, call);
    this.#await(call);
    const { name, module } = step.client;
    const { account } = this.#parts;
    this.#child?.call(
      number,
      this.#modules.findIndex((one) => one.name === name && one.module === module),
      {
        baseUrl: `${this.#baseUrl}call-${number}/`,
        values: { ...asked.values },
        ...(account === undefined ? {} : { account }),
      },
    );
  }

  /** Makes the requests of calls, and leaves the others to `planned`. */
  performer(sender: Sender, planned: Performer<GuardedConnection>): Performer<GuardedConnection> {
    const { clock, plan } = this.#parts;
    const { requestTimeout } = plan.workload;
    return {
      perform: (call, connection, events) => {
        const asked = this.#requests.get(call.request);
        if (!asked) {
          planned.perform(call, connection, events);
        } else if (asked.visit.request.isGone) {
          sender.decline(asked.visit.request.operation, connection, events);
        } else {
          const { judge } = asked.call.step;
          const outgoing = asked.visit.outgoing(requestTimeout, clock, () => {});
          sender.send({ ...outgoing, judge }, connection, events);
        }
      },
      abort: () => planned.abort(),
    };
  }

  /** The same sink, by which the clients also learn what came of their requests. */
  listeningTo(sink: Sink): Sink {
    return forwarding(sink, {
      outcome: (outcome) => {
        this.#requestEnded(outcome);
        sink.outcome(outcome);
      },
    });
  }

  /** What went wrong in the user's functions, for the report. */
  warnings(): Report["warnings"] {
    return this.#failures.warnings();
  }

  /** Ends at once; does nothing the second time. */
  close(): void {
    for (const { cancel } of this.#calls.values()) cancel();
    this.#calls.clear();
    this.#listener.close();
    this.#child?.close();
  }

  #asked(request: AppRequest): void {
    const { caller } = request;
    // Without saying so it can only be the one call that there is.
    const [only] = this.#calls.size === 1 ? this.#calls.keys() : [];
    const number = caller ?? only;
    const call = number === undefined ? undefined : this.#calls.get(number);
    if (!call || request.operation.name !== call.step.operation) {
      request.refuse(refusalOf(request, call?.step, this.#calls.size));
      return;
    }
    const asked = call.asked.asks(request.at);
    if (asked === undefined) {
      request.refuse(refusalOf(request, call.step, this.#calls.size));
      return;
    }
    call.pending++;
    call.cancel();
    this.#requests.set(asked, { visit: new Visit(request), call });
    this.#wake();
  }

  #requestEnded(outcome: Outcome): void {
    const asked = this.#requests.get(outcome.request);
    if (!asked) return;
    this.#requests.delete(outcome.request);
    const { visit, call } = asked;
    const { request } = visit;
    call.pending--;
    this.#await(call);
    if (outcome.kind === "answered") return;
    request.refuse(lostProblem(request.operation, outcome, this.#parts.approved.bounds.categories));
  }

  #ended(end: CallEnd): void {
    if (end.kind === "threw") {
      this.#over(end.call, undefined, end.text);
      return;
    }
    const saved = this.#calls.get(end.call)?.step.read(parsed(end.json));
    this.#over(
      end.call,
      saved,
      "returned without something that `save` takes, or that can stand in a path",
    );
  }

  /** @param saved `undefined`: it has failed, as `text` says */
  #over(number: number, saved: Readonly<Record<string, string>> | undefined, text: string): void {
    const call = this.#calls.get(number);
    if (!call) return;
    this.#calls.delete(number);
    call.cancel();
    if (saved === undefined) this.#failures.note(shownClient(call.step.client), text);
    const end = this.#parts.clock.now();
    const succeeded = saved !== undefined;
    call.asked.ended({ end, succeeded, saved: saved ?? {}, why: succeeded ? "returned" : "threw" });
  }

  /** A function that neither asks for anything nor ends for as long as a request may take is given up. */
  #await(call: Call): void {
    const { clock, plan } = this.#parts;
    const most: Micros = plan.workload.requestTimeout;
    if (call.pending > 0 || !this.#calls.has(call.number)) return;
    call.cancel();
    call.cancel = clock.atCoarse(micros(clock.now() + most), () =>
      this.#over(
        call.number,
        undefined,
        `neither asked for anything nor ended for ${formatMicros(most)}`,
      ),
    );
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
