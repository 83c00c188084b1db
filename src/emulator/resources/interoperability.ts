import * as z from "zod";
import type { OperationName } from "../../klarna/catalogue.ts";
import type { Answer } from "../answers.ts";
import type { Handler } from "../routing.ts";
import { check } from "../validation.ts";
import type { World } from "../world.ts";
import { bodyError, missingOr } from "./kn-fields.ts";

type Handlers = Readonly<
  Record<Extract<OperationName, `interoperability-token.${string}`>, Handler>
>;

const testTokenBody = z.looseObject(
  {
    customer_journey: z
      .string({ error: missingOr("must be a string") })
      .regex(/^[A-Z_]{1,64}$/, { error: "must be a journey, such as KLARNA_EXPRESS_CHECKOUT" }),
  },
  bodyError,
);

/** Tokens of a customer's journey. They are made and never looked at again. */
export function interoperabilityHandlers({ newId, problem }: World): Handlers {
  // Klarna's hold a JWT after the last colon; ours is as opaque.
  const token = (): Answer => ({
    status: 201,
    body: { interoperability_token: `krn:network:eu1:test:interoperability:${newId()}` },
  });
  return {
    "interoperability-token.create": token,
    "interoperability-token.create-for-sdk": () => ({
      status: 201,
      body: { sdk_token: `krn:network:eu1:test:interoperability-sdk:${newId()}` },
    }),
    "interoperability-token.create-for-test": ({ body }) => {
      const checked = check(testTokenBody, body, problem);
      return "refused" in checked ? checked.refused : token();
    },
  };
}
