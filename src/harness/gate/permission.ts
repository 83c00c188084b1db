import type { Permission } from "../../gate/request.ts";
import { isKlarnaEnvironment, servesFamily } from "../../guard/environments.ts";
import type { Operation } from "../../klarna/operation.ts";
import type { Plan } from "../../profile/plan.ts";

type Refusal = NonNullable<ReturnType<Permission>>;

/**
 * What of the catalogue an application may ask for, and of what else why not.
 *
 * @param account the one that paths may name; `undefined`: a partner's own key is used
 * @param profile the name of the profile that bounds the gate
 */
export function permissionOf(
  { environment, operations }: Pick<Plan, "environment" | "operations">,
  account: string | undefined,
  profile: string | undefined,
): Permission {
  const passed = new Set(operations.map(({ operation }) => operation));
  return ({ operation, params }) => {
    if (!passed.has(operation.name)) return whyNot(operation, environment, profile);
    if (!isKlarnaEnvironment(environment)) return undefined;
    return accountProblem(operation, params.account_id, account);
  };
}

function whyNot(
  { name, family, allowedOn }: Operation,
  environment: Plan["environment"],
  profile: string | undefined,
): Refusal {
  if (!servesFamily(environment, family)) {
    return no(
      "GATE_OPERATION_OTHER_HOST",
      `${environment} does not serve ${name}`,
      "Klarna Network operations go to klarna-test, the older merchant APIs to a playground",
    );
  }
  if (allowedOn === "emulator" && isKlarnaEnvironment(environment)) {
    return no(
      "GATE_OPERATION_EMULATOR_ONLY",
      `${name} may run on the emulator only`,
      "start the gate with --env emulator for it",
    );
  }
  if (profile !== undefined) {
    return no(
      "GATE_OPERATION_NOT_IN_PROFILE",
      `the profile ${profile} does not call ${name}`,
      "add it to the profile, or start the gate without --profile",
    );
  }
  return no(
    "GATE_QUOTA_ZERO",
    `the account's level may not call ${name} at all`,
    "start the gate with --account, for an acquiring partner, or use the emulator",
  );
}

/** On Klarna's environments every request counts against one account: the permit's. */
function accountProblem(
  { name, forms }: Operation,
  asked: string | undefined,
  account: string | undefined,
): Refusal | undefined {
  if (asked === account) return undefined;
  if (asked === undefined) {
    return forms.account === undefined
      ? undefined
      : no(
          "GATE_ACCOUNT_NEEDED",
          `${name} is asked for without an account`,
          "the permit is an acquiring partner's: name its account in the path, below /v2/accounts/",
        );
  }
  return no(
    "GATE_OTHER_ACCOUNT",
    `${name} is asked for of another account than the permit's`,
    "name the permit's account, or none where the permit is a partner's own",
  );
}

function no(code: string, text: string, hint: string): Refusal {
  return { status: 403, code, text, hint };
}
