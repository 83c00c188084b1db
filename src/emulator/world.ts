import type { Clock } from "../base/clock.ts";
import type { ClassicProblem, Problem } from "./answers.ts";
import type { Customer } from "./customer.ts";
import type { NewId } from "./ids.ts";

/** What a resource's handlers need of the emulator. */
export interface World {
  readonly clock: Clock;
  readonly newId: NewId;
  /** Klarna Network's error objects. */
  readonly problem: Problem;
  /** The classic APIs'. */
  readonly classic: ClassicProblem;
  readonly customer: Customer;
}

/** As in Klarna's samples: `2024-01-01T12:00:00Z`, whole seconds. @param ms milliseconds since the Unix epoch */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
