import type { Problem } from "../../gate/problem.ts";
import type { Permission, Rules } from "../../gate/request.ts";
import { type EnvironmentName, isKlarnaEnvironment } from "../../guard/environments.ts";
import { personalDataIn } from "../../klarna/personal-data.ts";

/** What may be passed on to an environment, whoever asks: an application, or a client of a plan's steps. */
export function rulesOf(environment: EnvironmentName, permission: Permission): Rules {
  const content = isKlarnaEnvironment(environment) ? personalDataProblem : () => undefined;
  return { permission, content };
}

/** Klarna's test environment must get no personal data: what a profile may not send, no other request may either. */
function personalDataProblem({
  operation,
  request,
}: Parameters<Rules["content"]>[0]): Problem | undefined {
  const { path, query = [], headers, body = "" } = request;
  const texts = [
    body,
    decodeURIComponent(path),
    ...query.map(([, value]) => value),
    ...Object.values(headers),
  ];
  const data = texts.map((text) => personalDataIn(text)).find((one) => one !== undefined);
  if (data === undefined) return undefined;
  return {
    status: 400,
    mark: "refused",
    code: "GATE_PERSONAL_DATA",
    text: `${operation.name} holds ${data} that is none of Klarna's samples`,
    hint: "no personal data may reach Klarna's test environment: use a published sample customer, such as customer@email.se",
    family: operation.family,
  };
}
