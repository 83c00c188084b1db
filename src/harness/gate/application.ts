import type { Cancel, Clock } from "../../base/clock.ts";
import { type Micros, micros, seconds } from "../../base/units.ts";
import { type AppRequest, GateListener } from "../../gate/listener.ts";
import type { Problem } from "../../gate/problem.ts";
import type { LiveKey, Permission } from "../../gate/request.ts";
import type { ApprovedPlan } from "../../guard/approval.ts";
import type { GuardedConnection } from "../../guard/connection.ts";
import type { Plan } from "../../profile/plan.ts";
import type { FeedOf } from "../../workload/course.ts";
import { forwarding } from "../../workload/forwarding.ts";
import type { Due, Outcome } from "../../workload/outcome.ts";
import { ASKED_AS, OutsideFeed } from "../../workload/outside-feed.ts";
import type { Call, CallEvents, Performer, Sink } from "../../workload/roles.ts";
import type { Sender } from "../sender.ts";
import type { Loop, Source } from "../source.ts";
import { rulesOf } from "./personal.ts";
import { DRAIN_US } from "./plan.ts";
import { lostProblem } from "./problems.ts";
import { Repeats } from "./repeats.ts";
import { GateTally } from "./tally.ts";
import { Visit } from "./visit.ts";

/** What whoever started the gate is told while it runs. */
export interface GateNews {
  readonly ready: (baseUrl: string) => void;
  /** Half a minute has passed, and nobody came. */
  readonly nobodyCame: () => void;
  /** Something was not passed on; told once for each code. */
  readonly refused: (problem: Problem) => void;
  /** The application sent a live credential; told once for each. */
  readonly liveKey: (key: LiveKey) => void;
  /** Nothing more is passed on, and why. */
  readonly closing: (why: string) => void;
}

export interface ApplicationParts {
  readonly plan: Plan;
  readonly approved: Pick<ApprovedPlan, "bounds">;
  /** The name of the profile that bounds it; `undefined`: the environment alone does. */
  readonly profile: string | undefined;
  readonly permission: Permission;
  readonly port: number;
  /** So long without a request, and the gate closes. */
  readonly idle: Micros;
  readonly news: GateNews;
  readonly clock: Clock;
}

/** Half a minute is enough for anybody to see that it is not the base URL that the application uses. */
const NOBODY_US = seconds(30);
const LOOK_US = seconds(1);
/** Requests held at once: whoever sends more than this in the time that they are held is told so. */
const WAITING_MAX = 10_000;

/**
 * An application that comes with requests of its own. Each that may be passed on is a journey of one step, due when it has
 * come; the run loop holds it back as it does a plan's, and whatever becomes of it is told to the application.
 */
export class Application implements Source {
  readonly #parts: ApplicationParts;
  readonly #listener: GateListener;
  readonly #scenarios: ReadonlyMap<string, number>;
  /** Requests that have not ended, by journey. */
  readonly #open = new Map<number, Visit>();
  readonly #repeats = new Repeats();
  readonly #most: number;
  #baseUrl = "";
  readonly #tally = new GateTally();
  readonly #keysTold = new Set<string>();
  /** Taken in, and neither sent nor dropped yet. */
  #waiting = 0;
  #sent = 0;
  #lastAt: Micros;
  #came = false;
  #feed: OutsideFeed | undefined;
  #loop: Loop | undefined;
  #closing = false;
  #cancels: Cancel[] = [];

  /** @throws UsageError `GATE_PORT` */
  static async start(parts: ApplicationParts): Promise<Application> {
    const application = new Application(parts);
    application.#baseUrl = await application.#listener.listen(parts.port);
    return application;
  }

  private constructor(parts: ApplicationParts) {
    const { plan, approved, permission, clock } = parts;
    this.#parts = parts;
    this.#scenarios = new Map(plan.workload.scenarios.map(({ name }, index) => [name, index]));
    this.#most = approved.bounds.requests;
    this.#lastAt = clock.now();
    this.#listener = new GateListener(clock, rulesOf(plan.environment, permission), {
      asked: (request) => this.#asked(request),
      refused: (problem, liveKey) => this.#refused(problem, liveKey),
    });
    this.#watch();
  }

  feedOf(_: unknown, loop: Loop): FeedOf {
    return (origin, _values, number) => {
      const { news, plan } = this.#parts;
      this.#loop = loop;
      this.#feed = new OutsideFeed(plan.workload.scenarios, micros(origin + plan.duration), number);
      // It may have been stopped while the run was being made ready.
      if (this.#closing) this.#feed.endBy(origin);
      else news.ready(this.#baseUrl);
      return this.#feed;
    };
  }

  performer(sender: Pick<Sender, "send" | "decline" | "abort">): Performer<GuardedConnection> {
    const { clock, plan } = this.#parts;
    const { requestTimeout } = plan.workload;
    const refused = (problem: Problem): void => this.#refused(problem, undefined);
    return {
      perform: (call: Call, connection: GuardedConnection, events: CallEvents) => {
        const visit = this.#open.get(Number(call.values[ASKED_AS]));
        if (!visit) throw new TypeError("a request that nobody made");
        const { operation } = visit.request;
        // It spends nothing then.
        if (visit.isGone) {
          sender.decline(operation, connection, events);
          return;
        }
        this.#repeats.sent(visit.likeness, visit);
        sender.send(visit.outgoing(requestTimeout, clock, refused), connection, events);
        if (++this.#sent >= this.#most) this.finish("it may pass on no more requests");
      },
      abort: () => sender.abort(),
    };
  }

  listeningTo(sink: Sink): Sink {
    return forwarding(sink, {
      due: (due) => sink.due(this.#numbered(due)),
      started: (sent) => {
        sink.started(this.#numbered(sent));
        this.#waiting--;
      },
      outcome: (outcome) => {
        sink.outcome(this.#numbered(outcome));
        this.#ended(outcome);
      },
    });
  }

  /** Passes nothing new on; what is under way has a while to end. Does nothing the second time. */
  finish(why: string): void {
    if (this.#closing) return;
    this.#closing = true;
    const { clock, news } = this.#parts;
    news.closing(why);
    const now = clock.now();
    this.#feed?.endBy(now);
    this.#later(DRAIN_US, () => this.#loop?.stop());
    // Not within the loop's own pass.
    this.#later(micros(0), () => this.#loop?.wake());
  }

  readonly record = {
    begin: () => {
      const { profile, plan } = this.#parts;
      return {
        gate: {
          seenBy: "gate" as const,
          profile: profile ?? null,
          holdUs: plan.workload.maxLateness ?? 0,
        },
      };
    },
    end: () => ({ gate: this.#tally.told(this.#repeats.unkeyed) }),
  };

  async stop(): Promise<void> {
    this.close();
  }

  close(): void {
    for (const cancel of this.#cancels.splice(0)) cancel();
    this.#listener.close();
  }

  #asked(request: AppRequest): void {
    this.#seen();
    const index = this.#scenarios.get(request.operation.name);
    const feed = this.#feed;
    const why = this.#noRoom();
    if (!feed || index === undefined || why !== undefined) {
      this.#refuse(request, lostProblem(request.operation, why ?? "closed"));
      return;
    }
    this.#waiting++;
    const visit = new Visit(request);
    visit.attempt = this.#repeats.came(visit.likeness);
    this.#open.set(feed.ask(index, request.at), visit);
    this.#loop?.wake();
  }

  /** Why nothing more is taken in; `undefined`: there is room. */
  #noRoom(): "closed" | "spent" | "full" | undefined {
    if (this.#closing || !this.#feed || this.#feed.isOver) return "closed";
    // Those that wait may all be sent yet.
    if (this.#sent + this.#waiting >= this.#most) return "spent";
    return this.#waiting >= WAITING_MAX ? "full" : undefined;
  }

  #refuse(request: AppRequest, problem: Problem): void {
    request.refuse(problem);
    this.#refused(problem, undefined);
  }

  #refused(problem: Problem, liveKey: LiveKey | undefined): void {
    this.#seen();
    const { news } = this.#parts;
    const isNews = this.#tally.refused(problem, liveKey);
    if (liveKey && !this.#keysTold.has(liveKey.fingerprint)) {
      this.#keysTold.add(liveKey.fingerprint);
      news.liveKey(liveKey);
    } else if (isNews) {
      news.refused(problem);
    }
  }

  #ended(outcome: Outcome): void {
    const visit = this.#open.get(outcome.journey);
    if (!visit) return;
    this.#open.delete(outcome.journey);
    this.#repeats.ended(visit.likeness, outcome, visit);
    if (outcome.kind === "dropped") this.#waiting--;
    if (outcome.kind === "answered") return;
    const { approved } = this.#parts;
    const { request } = visit;
    request.refuse(lostProblem(request.operation, outcome, approved.bounds.categories));
  }

  /** Told as the attempt that it is. */
  #numbered<T extends Due>(due: T): T {
    const attempt = this.#open.get(due.journey)?.attempt ?? 1;
    return attempt === 1 ? due : { ...due, attempt };
  }

  #seen(): void {
    this.#came = true;
    this.#lastAt = this.#parts.clock.now();
  }

  #watch(): void {
    const { clock, idle, news } = this.#parts;
    const began = clock.now();
    let told = false;
    const look = (): void => {
      const now = clock.now();
      if (!this.#came && !told && now - began >= NOBODY_US) {
        told = true;
        news.nobodyCame();
      }
      if (now - this.#lastAt >= idle && this.#open.size === 0)
        this.finish("no request came for a while");
      else this.#later(LOOK_US, look);
    };
    this.#later(LOOK_US, look);
  }

  #later(us: Micros, what: () => void): void {
    const { clock } = this.#parts;
    const cancel = clock.atCoarse(micros(clock.now() + us), () => {
      this.#cancels = this.#cancels.filter((one) => one !== cancel);
      what();
    });
    this.#cancels.push(cancel);
  }
}
