import { Refusal } from "../base/errors.ts";
import { ApprovedPlan } from "./approval.ts";

/** The requests that an approved run may make in all, counted where they are made. */
export class RequestAllowance {
  #left: number;

  /** @throws Refusal `GUARD_FORGED` unless the approval is the guard's own */
  constructor(approved: ApprovedPlan) {
    this.#left = ApprovedPlan.assertGenuine(approved).bounds.requests;
  }

  /** Counts one request. @throws Refusal `GUARD_REQUESTS_SPENT` when none is left; the request must not be sent then */
  take(): void {
    if (this.#left <= 0) {
      throw new Refusal("GUARD_REQUESTS_SPENT", "the run has made all the requests that it may", {
        hint: "this is a fault: no plan makes more than it was approved for; please report it",
      });
    }
    this.#left--;
  }
}
