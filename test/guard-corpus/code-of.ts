import { KlarnaPerfError } from "../../src/base/errors.ts";

/** The code by which something is refused; `undefined` when it is accepted. What is no error of ours is thrown on. */
export function codeOf(take: () => unknown): string | undefined {
  try {
    take();
    return undefined;
  } catch (error) {
    if (error instanceof KlarnaPerfError) return error.code;
    throw error;
  }
}
