import type { AppRequest } from "../../gate/listener.ts";
import type { Problem } from "../../gate/problem.ts";
import { personalDataIn } from "../../klarna/personal-data.ts";

/** Klarna's test environment must get no personal data: what a profile may not send, an application may not either. */
export function personalDataProblem({ operation, request }: AppRequest): Problem | undefined {
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
