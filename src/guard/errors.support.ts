import { expect } from "vitest";

/** Words for a person: which ones is free, that there are some is not. */
export const WORDS: unknown = expect.stringMatching(/[a-z]\S* \S*[a-z0-9]/);

/** A refusal by its code, with a text and a way out. */
export function refusal(code: string): Error {
  return expect.objectContaining({
    name: "Refusal",
    exitCode: 4,
    code,
    message: WORDS,
    hint: WORDS,
  });
}

/** A usage error by its code, with a text and a way out. */
export function usageError(code: string): Error {
  return expect.objectContaining({
    name: "UsageError",
    exitCode: 2,
    code,
    message: WORDS,
    hint: WORDS,
  });
}
