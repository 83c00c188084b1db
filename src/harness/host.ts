import { arch, cpus, platform, totalmem } from "node:os";
import { visible } from "../guard/foreign-text.ts";
import type { Report } from "../report/schema.ts";

/** The machine, as far as it explains figures; neither its name nor its user. */
export function hostFacts(): Report["run"]["host"] {
  const processors = cpus();
  return {
    node: process.version,
    platform: platform(),
    arch: arch(),
    cpus: processors.length,
    cpuModel: visible(processors[0]?.model.trim() ?? "unknown"),
    memoryMb: Math.round(totalmem() / 1_048_576),
  };
}

/** Each CI system's own variables: how it is recognised, the run's number and the commit. */
const CI_SYSTEMS = [
  { name: "GitHub Actions", mark: "GITHUB_ACTIONS", run: "GITHUB_RUN_ID", commit: "GITHUB_SHA" },
  { name: "GitLab CI", mark: "GITLAB_CI", run: "CI_PIPELINE_ID", commit: "CI_COMMIT_SHA" },
  { name: "Jenkins", mark: "JENKINS_URL", run: "BUILD_NUMBER", commit: "GIT_COMMIT" },
] as const;

/** Which CI system this is, by its documented variables; null elsewhere. */
export function ciFacts(env: Readonly<Record<string, string | undefined>>): Report["run"]["ci"] {
  const system = CI_SYSTEMS.find(({ mark }) => env[mark]);
  if (!system) return null;
  return {
    name: system.name,
    run: visible(env[system.run] ?? ""),
    commit: visible(env[system.commit] ?? ""),
  };
}
