import type * as z from "zod";
import { FAR, micros, seconds } from "../base/units.ts";
import type { CourseStage } from "../measure/timeline.ts";
import type { RunManifest, runEndSchema } from "./run-record.ts";

/**
 * The phases that the run went through, in order; what comes after the last is the drain. A clean-up cuts short what was
 * to come: it begins as soon as nothing of the plan is under way, which may be before the last stage's end, or before
 * the first of a run whose set-up did not succeed.
 */
export function courseOf(
  planned: RunManifest["plan"]["stages"],
  {
    arrivalsFromUs,
    cleanUpFromUs,
  }: Pick<z.infer<typeof runEndSchema>, "arrivalsFromUs" | "cleanUpFromUs">,
): CourseStage[] {
  const stages: CourseStage[] = [
    ...(arrivalsFromUs > 0 ? [{ phase: "set-up" as const, duration: micros(arrivalsFromUs) }] : []),
    ...planned.map(({ phase, durationS }) => ({ phase, duration: seconds(durationS) })),
  ];
  if (cleanUpFromUs === null) return stages;
  let left = cleanUpFromUs;
  const course = stages.map(({ phase, duration }): CourseStage => {
    const lasted = Math.min(duration, left);
    left -= lasted;
    return { phase, duration: micros(lasted) };
  });
  return [
    ...course,
    { phase: "drain", duration: micros(left) },
    { phase: "clean-up", duration: FAR },
  ];
}
