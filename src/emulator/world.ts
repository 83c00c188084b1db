import type { Clock } from "../base/clock.ts";
import type { ClassicProblem, Problem } from "./answers.ts";
import type { Customer } from "./customer.ts";
import type { Forgotten } from "./forgotten.ts";
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
  readonly forgotten: Forgotten;
}

/** The seconds written last, and how: busy answers name the same two or three again and again. */
const written = new Map<number, string>();
const WRITTEN_MOST = 64;

/** As in Klarna's samples: `2024-01-01T12:00:00Z`, whole seconds. @param ms milliseconds since the Unix epoch */
export function timestamp(ms: number): string {
  const second = Math.floor(ms / 1000);
  const known = written.get(second);
  if (known !== undefined) return known;
  const text = `${new Date(second * 1000).toISOString().slice(0, 19)}Z`;
  if (written.size >= WRITTEN_MOST) written.clear();
  written.set(second, text);
  return text;
}
