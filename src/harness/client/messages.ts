import * as z from "zod";
import type { ClientArgument } from "./types.ts";

/** What a client's process is told, by the process that starts it. */
export type ToClient =
  | { readonly kind: "load"; readonly clients: readonly { path: string; name: string }[] }
  | {
      readonly kind: "call";
      readonly call: number;
      /** An index into what was loaded. */
      readonly client: number;
      readonly argument: ClientArgument;
    };

const call = z.int().nonnegative();
/** The user's code shares the process: what comes from there is foreign. */
const text = z.string().max(10_000);

/** What it says. */
export const fromClient = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("ready") }),
  /** Something can't be loaded. */
  z.strictObject({ kind: z.literal("unusable"), client: call, text }),
  /** A function has returned, and what, as JSON. */
  z.strictObject({ kind: z.literal("returned"), call, json: z.string().max(100_000) }),
  z.strictObject({ kind: z.literal("threw"), call, text }),
  /** Its tripwire has refused something. */
  z.strictObject({ kind: z.literal("reached-out"), text }),
  /** It is about to end, for an error that nobody caught. */
  z.strictObject({ kind: z.literal("crashed"), text }),
]);
export type FromClient = z.infer<typeof fromClient>;
