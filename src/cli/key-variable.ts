const VARIABLE = "KLARNA_API_KEY";

/** Taken out of the environment as the program begins: no child, no dependency and no report of a crash finds it there. */
const taken = process.env[VARIABLE];
delete process.env[VARIABLE];

/** A copy of the environment with the user's key in it: for the reader of keys, and for nobody else. */
export function environmentWithKey(): Record<string, string | undefined> {
  return taken === undefined ? { ...process.env } : { ...process.env, [VARIABLE]: taken };
}
