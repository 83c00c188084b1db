import type { Family } from "../guard/environments.ts";
import type { Category } from "../guard/quotas.ts";

/** How sure a fact about Klarna's API is: in Klarna's own pages or collections, or concluded by us from them. */
export type Source = "documented" | "inferred";

/** A value that an operation takes beside its path's. A profile fills it by its name, as it fills the path's. */
export type Parameter =
  /** Sent with its sample unless a step gives another value; one without a sample is sent only when given. */
  | {
      readonly in: "query";
      readonly name: string;
      /** As it stands in the query; the name itself unless given. */
      readonly field?: string;
      readonly sample?: string;
    }
  | {
      readonly in: "header";
      readonly name: string;
      /** In small letters. */
      readonly header: string;
      readonly required: boolean;
    }
  /** Always needed: a field at the top of the body that no sample can hold. */
  | {
      readonly in: "body";
      readonly name: string;
      readonly field: string;
      /** For a field that takes an address: the path before the value, below the target's own origin. */
      readonly below?: string;
    };

/** What an answer says only once a customer has approved the payment at Klarna's page, as response paths. */
export interface ApprovalFacts {
  /** Fields that are not there before, with all below them. */
  readonly fields: readonly string[];
  /** The state that it has from then on. */
  readonly state?: { readonly path: string; readonly value: string };
}

/** Something that an operation makes on Klarna's side and that another one ends. */
export interface Creation {
  /** Where the answer has its id, as a response path. */
  readonly id: string;
  /** The name of the operation that ends it, which takes the id in its path. */
  readonly undoneBy: string;
}

/**
 * One operation of Klarna's API: the single place that knows its method, path, category and bodies. The
 * profile schema, `plan`, the client, docs/operations.md and the emulator's routing all read it, so adding an
 * operation is adding an entry to its area's list.
 */
export interface Operation {
  /** As profiles name it: resource, dot, verb. */
  readonly name: string;
  readonly purpose: string;
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Below the prefix that `forms` names. Each `{name}` fills one segment. */
  readonly path: string;
  /** Klarna Network (`/v2`, one global host) or the older merchant APIs (regional hosts): hosts and keys of their own. */
  readonly family: Family;
  /**
   * The forms that the path has, and how sure each is. `plain`: below `/v2` with a partner's own key (classic
   * operations: the path as it is). `account`: below `/v2/accounts/{account_id}`, for an acquiring partner.
   */
  readonly forms: { readonly plain?: Source; readonly account?: Source };
  readonly category: Category;
  /** `documented` by Klarna for this operation, or `inferred` by us from the category's description. */
  readonly categorySource: Source;
  /** Expected statuses unless a step says otherwise. */
  readonly successStatuses: readonly number[];
  readonly parameters?: readonly Parameter[];
  /** Klarna's published sample data; `undefined` for operations without a body. Made anew at each call. */
  readonly sampleBody?: () => Readonly<Record<string, unknown>>;
  /** Fields that the answer is known to have, as response paths; it may have more. */
  readonly answerFields?: readonly string[];
  /** Headers of the answer that carry what others have in the body: field, then header in small letters. Read as if they stood there. */
  readonly answerHeaders?: Readonly<Record<string, string>>;
  /** Absent: nothing in its answer waits for a customer. */
  readonly afterApproval?: ApprovalFacts;
  /** Klarna's environments and the emulator, or the emulator alone. */
  readonly allowedOn: "everywhere" | "emulator";
  /** What it makes that can be ended; of several, an answer has one or none. Absent: nothing, or nothing ends it. */
  readonly creates?: readonly Creation[];
  /** State changes of Klarna's resources, each of which makes Klarna send one webhook to a registered receiver. */
  readonly webhooks: number;
}

/** For an operation whose success status Klarna does not state, and asks to take any: the 2xx that an API answers with. */
export const ANY_SUCCESS = [200, 201, 202, 204] as const;

/** Of most Klarna Network operations: only the acquiring partner's form was seen; Klarna says that its path goes without the account too. */
export const ACCOUNT_SEEN = { plain: "inferred", account: "documented" } as const;
/** Both forms stand in Klarna's collection. */
export const BOTH_SEEN = { plain: "documented", account: "documented" } as const;
/** No account in the path, whoever calls. */
export const PLAIN = { plain: "documented" } as const;

const PATH_PARAMETER = /\{([a-z_]+)\}/g;

/**
 * Whether a request that may have been executed can be made again with no second effect: reads and deletions by
 * HTTP's own rules (RFC 9110, section 9.2.2), other writes by their `Klarna-Idempotency-Key`, which Klarna documents for
 * its network and for classic order management alone.
 */
export function repeatsSafely({
  method,
  family,
  path,
}: Pick<Operation, "method" | "family" | "path">): boolean {
  if (method === "GET" || method === "DELETE") return true;
  return family === "network" || path.startsWith("/ordermanagement/");
}

/** The names between braces in a path, in order. */
export function pathParameters({ path }: Pick<Operation, "path">): string[] {
  return [...path.matchAll(PATH_PARAMETER)].map((match) => match[1] ?? "");
}

/** The names that must be given: the path's, in order, then those of headers and body. */
export function requiredParameters(operation: Operation): string[] {
  const others = (operation.parameters ?? []).filter(
    (one) => one.in === "body" || (one.in === "header" && one.required),
  );
  return [...pathParameters(operation), ...others.map(({ name }) => name)];
}

/** The names that may be given as well. */
export function optionalParameters(operation: Operation): string[] {
  return (operation.parameters ?? [])
    .filter((one) => one.in === "query" || (one.in === "header" && !one.required))
    .map(({ name }) => name);
}

/** The whole paths that an operation answers at, by form: `/v2/accounts/{account_id}/payment/requests`. */
export function pathTemplates({ family, forms, path }: Operation): {
  readonly plain: string | undefined;
  readonly account: string | undefined;
} {
  const root = family === "network" ? "/v2" : "";
  return {
    plain: forms.plain && `${root}${path}`,
    account: forms.account && `${root}/accounts/{account_id}${path}`,
  };
}
