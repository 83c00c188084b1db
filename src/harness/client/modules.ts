import { realpathSync } from "node:fs";
import { join, sep } from "node:path";
import { Refusal, UsageError } from "../../base/errors.ts";
import { type ClientReference, shownClient } from "../../profile/client-reference.ts";
import type { Prepared } from "../prepare.ts";

/** A function of the user's, and where it lies. */
export interface ClientModule extends Pick<ClientReference, "module" | "name"> {
  /** Absolute, links resolved. */
  readonly path: string;
}

/**
 * The functions that a run's steps name, each once.
 *
 * @param allowed whether the user has said that the profile's own code may run
 * @throws Refusal `CLIENT_NOT_ALLOWED`; UsageError `CLIENT_…` for a module that can't be used
 */
export function clientModules(
  { plan: { bindings }, folder, file }: Pick<Prepared, "plan" | "folder" | "file">,
  allowed: boolean,
): readonly ClientModule[] {
  const references = new Map<string, ClientReference>();
  for (const { client } of bindings.flatMap(({ steps }) => steps)) {
    if (client) references.set(shownClient(client), client);
  }
  const [first] = references.keys();
  if (first !== undefined && !allowed) {
    throw new Refusal("CLIENT_NOT_ALLOWED", `the profile runs code of its own: \`${first}\``, {
      place: { file },
      hint: "read it, and allow it: klarna-perf run … --allow-client",
    });
  }
  return [...references.values()].map((client) => located(client, folder, file));
}

function located(client: ClientReference, folder: string, file: string): ClientModule {
  const { module, name } = client;
  const unusable = (code: string, text: string, hint: string): UsageError =>
    new UsageError(code, `\`${shownClient(client)}\` ${text}`, { place: { file }, hint });
  const root = real(folder);
  const path = real(join(folder, module));
  if (root === undefined || path === undefined) {
    throw unusable("CLIENT_NOT_FOUND", "is not there", "name it by its path from the profile");
  }
  if (!path.startsWith(root + sep)) {
    const hint = "put the file itself into the profile's folder, or into one below it";
    throw unusable("CLIENT_OUTSIDE", "leads out of the profile's folder", hint);
  }
  return { module, name, path };
}

function real(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
