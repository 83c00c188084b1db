import { KlarnaPerfError } from "../base/errors.ts";
import {
  ENVIRONMENT_NAMES,
  isKlarnaEnvironment,
  type Kind,
  KLARNA_KINDS,
  servesFamily,
} from "../guard/environments.ts";
import { visible } from "../guard/foreign-text.ts";
import { catalogued } from "../klarna/catalogue.ts";
import { needsApproval } from "../profile/approval.ts";
import { dataReader } from "../profile/data/files.ts";
import { findProfile, listProfiles } from "../profile/find.ts";
import { makePlan, type Plan } from "../profile/plan.ts";
import { parseProfile } from "../profile/read.ts";
import { packageFiles } from "./package-files.ts";

export type Listing =
  | {
      readonly name: string;
      readonly file: string;
      readonly kind: Kind;
      readonly description: string;
      readonly requests: number;
      readonly durationUs: number;
      /** Where its kind and its operations may run; Klarna's environments need a permit besides. */
      readonly environments: readonly string[];
    }
  | { readonly name: string; readonly file: string; readonly error: string };

/** The profiles that have a name in this folder, each with what a run of it would be. */
export function listedProfiles(cwd: string): Listing[] {
  const folders = { cwd, builtInDir: packageFiles().profilesDir };
  return listProfiles(folders).map(({ name, file }) => {
    try {
      const { folder, text } = findProfile(name, folders);
      const profile = parseProfile(text, file, { readData: dataReader(folder, cwd) });
      const plan = makePlan(profile, { environment: "emulator", level: "partner", seed: 0 });
      const description = visible(profile.description.trim().replace(/\s+/g, " "));
      const { kind } = profile;
      const { requests, duration } = plan;
      return {
        name,
        file,
        kind,
        description,
        requests,
        durationUs: duration,
        environments: placesFor(plan),
      };
    } catch (error) {
      if (error instanceof KlarnaPerfError)
        return { name, file, error: `${error.code}: ${error.message}` };
      throw error;
    }
  });
}

function placesFor({ profile, operations }: Plan): string[] {
  const called = operations.map(({ operation }) => catalogued(operation));
  return ENVIRONMENT_NAMES.filter(
    (environment) =>
      !isKlarnaEnvironment(environment) ||
      (KLARNA_KINDS.has(profile.kind) &&
        !needsApproval(profile) &&
        called.every(
          (one) => one.allowedOn === "everywhere" && servesFamily(environment, one.family),
        )),
  );
}

/** The names alone, without reading the files. */
export function profileNames(cwd: string): string[] {
  return listProfiles({ cwd, builtInDir: packageFiles().profilesDir }).map(({ name }) => name);
}
