import type { Operation } from "../klarna/catalogue.ts";

/** A whole answer, ready to be written. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string;
  /** Undefined: no operation takes the request. */
  readonly operation: Pick<Operation, "name" | "category"> | undefined;
}
