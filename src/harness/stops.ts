import type { StopReason } from "../guard/kill-switch.ts";
import type { RunBook } from "./run-book.ts";

/** Why a run ends before its plan does. The first reason is the one that counts; so is the first fault. */
export class Stops {
  readonly #book: Pick<RunBook, "tripped">;
  #reason: StopReason | undefined;
  #fault: unknown;
  #end: () => void = () => {};

  constructor(book: Pick<RunBook, "tripped">) {
    this.#book = book;
  }

  get reason(): StopReason | undefined {
    return this.#reason;
  }

  /** What of ours failed; `undefined`: nothing. Its figures mean nothing then, and it is thrown once the record is safe. */
  get fault(): unknown {
    return this.#fault;
  }

  /** Whether nothing new may begin. */
  get isOver(): boolean {
    return this.#reason !== undefined || this.#fault !== undefined;
  }

  /** Says how to end what is under way from now on: called at once for each reason and fault, and harmless when repeated. */
  endBy(end: () => void): void {
    this.#end = end;
  }

  stop(reason: StopReason | undefined): void {
    if (!reason) return;
    const first = this.#reason === undefined;
    this.#reason ??= reason;
    if (first) this.#end();
    if (reason.code !== "STOP_PROTECTION_RULE") return;
    try {
      // At once: the cool-down must outlive whatever happens to this process next.
      this.#book.tripped(reason.code);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Whoever started the run wants it ended. */
  interrupt(): void {
    this.stop({
      code: "STOP_SIGNAL",
      text: "the run was interrupted",
      advice: "run it again to the end: these figures cover a part of the plan",
      verdict: "interrupted",
    });
  }

  fail(error: unknown): void {
    this.#fault ??= error;
    this.#end();
  }

  /** A set-up that did not succeed is why the run measured nothing, unless something else ended it before. */
  setUpFailed(why: string): void {
    this.#reason ??= {
      code: "STOP_SET_UP",
      text: `the set-up did not succeed, and nothing was measured: ${why}`,
      advice:
        "the report lists its requests; run the same steps in a scenario of their own to see more",
      verdict: "invalid",
    };
  }
}
